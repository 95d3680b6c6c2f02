-- For vim.lsp.enable('opsc') of Neovim 0.11 and newer; `vim.lsp.config('opsc', { … })` changes it.
return {
  cmd = { vim.g.ops_opsc or 'opsc', 'lsp' },
  filetypes = { 'ops' },
  handlers = require('opsc').handlers,
  root_dir = function(buffer, on_dir)
    on_dir(require('opsc').root(vim.api.nvim_buf_get_name(buffer)))
  end,
}
