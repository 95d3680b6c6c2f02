-- The language server of opsc in Neovim 0.7 and newer. Without any set-up it starts for each .ops file
-- (plugin/opsc.lua); `require('opsc').setup { … }` changes how.
local M = {}

M.config = {
  cmd = nil, -- { 'opsc', 'lsp' }, or what g:ops_opsc names
  root_markers = { 'ops.lock', '.ops', '.git' },
  settings = {}, -- { opsc = { inlayHints = { types = false } } }
  capabilities = nil,
  on_attach = nil,
}

local function command()
  return M.config.cmd or { vim.g.ops_opsc or 'opsc', 'lsp' }
end

local function exists(path)
  return vim.loop.fs_stat(path) ~= nil
end

local function has_sources(directory)
  return #vim.fn.glob(directory .. '/*.ops', true, true) > 0
end

-- The project of a file: the nearest directory with a state, a lock or a repository. Where that has no sources itself,
-- the highest one below it that has; without any of them, the highest one that has sources all the way.
function M.root(file)
  local at = vim.fn.fnamemodify(file, ':p:h')
  local highest, unbroken, is_unbroken = at, at, true
  while true do
    local found = has_sources(at)
    is_unbroken = is_unbroken and (found or at == unbroken)
    highest = found and at or highest
    unbroken = is_unbroken and at or unbroken
    for _, marker in ipairs(M.config.root_markers) do
      if exists(at .. '/' .. marker) then
        return highest
      end
    end
    local above = vim.fn.fnamemodify(at, ':h')
    if above == at then
      return unbroken
    end
    at = above
  end
end

-- What a mapping may expect in a buffer with the server. Only what is not mapped yet, and only before 0.11, which has
-- mappings of its own.
local function keys(buffer)
  if vim.fn.has('nvim-0.11') == 1 or vim.g.ops_no_maps then
    return
  end
  local function map(lhs, act)
    if vim.fn.maparg(lhs, 'n') == '' then
      vim.keymap.set('n', lhs, act, { buffer = buffer, silent = true })
    end
  end
  map('K', vim.lsp.buf.hover)
  map('gd', vim.lsp.buf.definition)
  map('grr', vim.lsp.buf.references)
  map('grn', vim.lsp.buf.rename)
  map('gra', vim.lsp.buf.code_action)
  map('[d', vim.diagnostic.goto_prev)
  map(']d', vim.diagnostic.goto_next)
  map('grl', vim.lsp.codelens.run)
end

-- `plan | run | test` stand above instances; |vim.lsp.codelens.run()| starts one.
local function lenses(buffer)
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'BufWritePost' }, {
    buffer = buffer,
    callback = function()
      vim.lsp.codelens.refresh()
    end,
  })
end

local function on_attach(client, buffer)
  vim.api.nvim_buf_set_option(buffer, 'omnifunc', 'v:lua.vim.lsp.omnifunc')
  keys(buffer)
  if vim.fn.has('nvim-0.11') == 0 then
    lenses(buffer)
  end
  if M.config.on_attach then
    M.config.on_attach(client, buffer)
  end
end

-- What the last code lens ran printed, for :OpsOutput.
M.output = ''

-- The server ran a code lens (`vim.lsp.codelens.run()`).
local function on_ran(_, ran)
  M.output = ran.output
  local lines = vim.split(vim.trim(ran.output), '\n')
  local level = ran.exit == 0 and vim.log.levels.INFO or vim.log.levels.ERROR
  vim.notify('opsc: ' .. lines[#lines] .. (ran.exit == 0 and '' or '  (:OpsOutput shows all)'), level)
end

function M.show_output()
  vim.cmd('botright 12new')
  vim.bo.buftype, vim.bo.bufhidden, vim.bo.swapfile = 'nofile', 'wipe', false
  vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(M.output, '\n'))
  vim.bo.modifiable = false
end

M.handlers = { ['opsc/ran'] = on_ran }

local clients = {} -- before 0.8: by root

local function start_07(config, buffer)
  local id = clients[config.root_dir]
  if id == nil or vim.lsp.client_is_stopped(id) then
    id = vim.lsp.start_client(config)
    clients[config.root_dir] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

local has_told = false

-- Starts the server for a buffer, or attaches the one of its project.
function M.start(buffer)
  buffer = buffer or vim.api.nvim_get_current_buf()
  local file = vim.api.nvim_buf_get_name(buffer)
  local cmd = command()
  if vim.fn.executable(cmd[1]) == 0 then
    if not has_told then
      has_told = true
      local text = 'opsc: there is no program `' .. cmd[1] .. '`; set vim.g.ops_opsc to its path'
      vim.notify(text, vim.log.levels.WARN)
    end
    return
  end
  local config = {
    name = 'opsc',
    cmd = cmd,
    root_dir = M.root(file),
    settings = M.config.settings,
    init_options = M.config.settings.opsc,
    capabilities = M.config.capabilities,
    on_attach = on_attach,
    handlers = M.handlers,
    get_language_id = function()
      return 'ops'
    end,
  }
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buffer })
  else
    start_07(config, buffer)
  end
end

function M.setup(options)
  M.config = vim.tbl_deep_extend('force', M.config, options or {})
end

return M
