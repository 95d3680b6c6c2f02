-- neovim_tree.lua: a real Neovim loads the tree-sitter parser (OPS_PARSER) and reads the plugin's queries.
vim.opt.runtimepath:prepend(vim.fn.getcwd() .. '/editors/nvim')
local failures = {}

local require_language = vim.treesitter.require_language
  or function(name, path)
    return vim.treesitter.language.add(name, { path = path })
  end
local get_query = vim.treesitter.query.get or vim.treesitter.query.get_query

local source = 'task build {\n  run: """\n    echo ${name}\n  """\n}\n'

-- The names of the captures of a query, in the text above, with what they hold.
local function captured(query, root)
  local found = {}
  for id, node in query:iter_captures(root, source, 0, -1) do
    local first, _, last = node:range()
    found[query.captures[id] .. ' ' .. first .. '-' .. last] = true
  end
  return found
end

local function main()
  require_language('ops', vim.env.OPS_PARSER)
  local root = vim.treesitter.get_string_parser(source, 'ops'):parse()[1]:root()
  local expected = {
    highlights = 'property 1-1',
    folds = 'fold 0-4',
    indents = 'indent.begin 0-4',
    locals = 'local.definition.var 0-0',
    injections = 'injection.content 1-2',
  }
  for name, capture in pairs(expected) do
    local found = captured(get_query('ops', name), root)
    if not found[capture] then
      table.insert(failures, name .. ': no ' .. capture .. ' in ' .. vim.inspect(vim.tbl_keys(found)))
    end
  end
end

local fine, trouble = xpcall(main, debug.traceback)
if not fine then
  table.insert(failures, trouble)
end
io.stdout:write(#failures == 0 and 'ok: parser and queries in Neovim\n' or table.concat(failures, '\n') .. '\n')
vim.cmd(#failures == 0 and 'qall!' or 'cquit')
