" Settings for .ops.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=//\ %s
setlocal comments=s1:/*,mb:*,ex:*/,:///,://
setlocal formatoptions-=t formatoptions+=croqlj
setlocal expandtab shiftwidth=2 softtabstop=2
setlocal suffixesadd=.ops
setlocal include=^\\s*import\\s\\+
let &l:formatprg = shellescape(get(g:, 'ops_opsc', 'opsc')) . ' fmt -'
setlocal formatexpr=ops#format#Range(v:lnum,v:count)

let b:match_words = '\<if\>:\<then\>:\<else\>,\<for\>:\<in\>,\<moved\>:\<to\>,\<check\>\|\<assert\>:\<else\>,{:},(:),[:]'
let b:match_ignorecase = 0
let b:match_skip = 's:opsComment\|opsDoc\|opsBlockComment\|opsString\|opsBlockString'

command! -buffer OpsFormat call ops#format#Buffer()

augroup ops_format
  autocmd! BufWritePre <buffer>
  autocmd BufWritePre <buffer> if get(g:, 'ops_format_on_save', 0) | call ops#format#Buffer() | endif
augroup END

if get(g:, 'ops_set_compiler', 1)
  compiler opsc
endif

let b:undo_ftplugin = 'setlocal commentstring< comments< formatoptions< expandtab< shiftwidth< softtabstop<'
  \ . ' suffixesadd< include< formatprg< formatexpr< makeprg< errorformat<'
  \ . ' | unlet! b:match_words b:match_ignorecase b:match_skip | silent! delcommand -buffer OpsFormat'
  \ . ' | silent! autocmd! ops_format BufWritePre <buffer>'
