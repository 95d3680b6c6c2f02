-- neovim_lsp.lua: the language server in a real Neovim, as the plugin starts it:
--   nvim -u NONE -i NONE --headless -c 'luafile test/editors/neovim_lsp.lua'
-- OPSC is the program, OPS_PROJECT an empty directory. Prints what failed and leaves with 1.
local root = vim.fn.getcwd()
vim.opt.runtimepath:prepend(root .. '/editors/nvim')
vim.opt.swapfile = false
vim.g.ops_opsc = vim.env.OPSC
local project = vim.env.OPS_PROJECT
local patience = 30000

local text = {
  'edition 2026',
  '',
  '/// The port.',
  'param port: int(1..65535) = 8080',
  '',
  'task build {',
  '  run: "echo ${port}"',
  '  retires: 1',
  '  out app: file = "app"',
  '}',
  '',
  'task check {',
  '  run: [build.app]',
  '}',
}

local failures = {}
local function check(what, holds, seen)
  if not holds then
    table.insert(failures, what .. ': ' .. vim.inspect(seen))
  end
end

local function request(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, patience)
  for _, answer in pairs(answers or {}) do
    return answer.result, answer.error
  end
end

local function at(line, column)
  vim.api.nvim_win_set_cursor(0, { line, column })
  return vim.lsp.util.make_position_params(0, 'utf-16')
end

local function diagnostics()
  vim.wait(patience, function()
    return #vim.diagnostic.get(0) > 0
  end, 50)
  local found = vim.diagnostic.get(0)
  check('one diagnostic', #found == 1, found)
  if found[1] then
    check('its line', found[1].lnum == 7, found[1])
    check('its text', found[1].message:find('retires', 1, true) ~= nil, found[1].message)
  end
end

local function quick_fix()
  local params = at(8, 3)
  params.range = { start = params.position, ['end'] = params.position }
  params.context = { diagnostics = vim.tbl_map(function(d)
    return d.user_data and d.user_data.lsp and vim.tbl_extend('keep', d.user_data.lsp, {
      message = d.message,
      range = { start = { line = d.lnum, character = d.col }, ['end'] = { line = d.end_lnum, character = d.end_col } },
    })
  end, vim.diagnostic.get(0)) }
  local actions = request('textDocument/codeAction', params)
  local action = actions and actions[1]
  check('a code action', action ~= nil, actions)
  if action and action.edit then
    vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
  end
  check('the mended line', vim.fn.getline(8) == '  retries: 1', vim.fn.getline(8))
  vim.wait(patience, function()
    return #vim.diagnostic.get(0) == 0
  end, 50)
  check('no diagnostics any more', #vim.diagnostic.get(0) == 0, vim.diagnostic.get(0))
end

local function completion()
  vim.api.nvim_buf_set_lines(0, 8, 8, false, { '  ok' })
  local result = request('textDocument/completion', at(9, 4))
  local labels = vim.tbl_map(function(item)
    return item.label
  end, result and (result.items or result) or {})
  check('ok_codes is completed', vim.tbl_contains(labels, 'ok_codes'), labels)
  vim.api.nvim_buf_set_lines(0, 8, 9, false, {})
end

local function hover()
  local result = request('textDocument/hover', at(7, 15))
  local said = vim.inspect(result)
  check('hover has the type', said:find('int', 1, true) ~= nil, said)
  check('hover has the documentation', said:find('The port', 1, true) ~= nil, said)
end

local function rename()
  local params = at(6, 6)
  params.newName = 'compile'
  local edit = request('textDocument/rename', params)
  check('an edit', edit ~= nil, edit)
  if edit then
    vim.lsp.util.apply_workspace_edit(edit, 'utf-16')
  end
  check('the declaration', vim.fn.getline(6) == 'task compile {', vim.fn.getline(6))
  check('the use', vim.fn.search('run: \\[compile.app\\]', 'nw') > 0, vim.api.nvim_buf_get_lines(0, 0, -1, false))
end

local function code_lens()
  local result = request('textDocument/codeLens', { textDocument = vim.lsp.util.make_text_document_params() })
  local commands = vim.tbl_map(function(lens)
    return lens.command and lens.command.command
  end, result or {})
  check('a code lens runs the task', vim.tbl_contains(commands, 'opsc.lens.run'), commands)
end

local function main()
  vim.fn.writefile(text, project .. '/main.ops')
  vim.cmd('filetype plugin indent on | syntax on')
  vim.cmd('runtime! plugin/opsc.lua')
  vim.cmd('edit ' .. project .. '/main.ops')
  check('filetype', vim.bo.filetype == 'ops', vim.bo.filetype)
  vim.wait(patience, function()
    return #vim.lsp.buf_get_clients(0) > 0
  end, 50)
  local _, client = next(vim.lsp.buf_get_clients(0))
  check('the client', client ~= nil and client.name == 'opsc', client and client.name)
  check('its root', client and client.config.root_dir == project, client and client.config.root_dir)
  if client then
    for _, step in ipairs({ diagnostics, quick_fix, completion, hover, rename, code_lens }) do
      step()
    end
  end
end

local fine, trouble = xpcall(main, debug.traceback)
if not fine then
  table.insert(failures, trouble)
end
io.stdout:write(#failures == 0 and 'ok: the server in Neovim\n' or table.concat(failures, '\n') .. '\n')
vim.cmd(#failures == 0 and 'qall!' or 'cquit')
