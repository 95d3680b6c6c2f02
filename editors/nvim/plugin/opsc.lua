-- Starts the language server for .ops files: by vim.lsp.enable where Neovim has it (0.11), otherwise here.
-- `vim.g.ops_no_lsp = true` turns it off.
if vim.g.loaded_opsc then
  return
end
vim.g.loaded_opsc = true

vim.api.nvim_create_user_command('OpsOutput', function()
  require('opsc').show_output()
end, { desc = 'What the last code lens ran printed' })

if vim.lsp.enable then
  if not vim.g.ops_no_lsp then
    require('opsc')
    vim.lsp.enable('opsc')
  end
  return
end

-- Neovim 0.7 as Debian 12 has it: no vim.lsp.start, and autocommands from Lua.
vim.api.nvim_create_autocmd('FileType', {
  pattern = 'ops',
  callback = function(event)
    if not vim.g.ops_no_lsp then
      require('opsc').start(event.buf)
    end
  end,
})
