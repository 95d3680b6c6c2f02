" Formatting by `opsc fmt`; what cannot be read stays as it is, with the first error below.

function! s:Formatted(lines) abort
  let opsc = get(g:, 'ops_opsc', 'opsc')
  if !executable(opsc)
    echohl ErrorMsg | echomsg 'opsc fmt: there is no program `' . opsc . '`; g:ops_opsc says where it is' | echohl None
    return []
  endif
  let command = shellescape(opsc) . ' --no-color fmt -'
  let errors = tempname()
  let formatted = systemlist(command . ' 2>' . shellescape(errors), a:lines)
  if v:shell_error
    let said = filereadable(errors) ? readfile(errors, '', 1) : []
    call delete(errors)
    echohl ErrorMsg | echomsg 'opsc fmt: ' . get(said, 0, 'failed') | echohl None
    return []
  endif
  call delete(errors)
  return formatted
endfunction

function! s:Replace(first, last, lines) abort
  if a:lines == getline(a:first, a:last)
    return
  endif
  let view = winsaveview()
  let below = line('$') - a:last
  call append(a:last, a:lines)
  execute 'silent keepjumps' a:first . ',' . a:last . 'delete _'
  let excess = line('$') - below - (a:first + len(a:lines) - 1)
  if excess > 0 && getline('$') ==# ''
    silent keepjumps $delete _
  endif
  call winrestview(view)
endfunction

function! ops#format#Buffer() abort
  let lines = s:Formatted(getline(1, '$'))
  if !empty(lines)
    call s:Replace(1, line('$'), lines)
  endif
endfunction

" For 'formatexpr': whole declarations are formatted, anything else is left to Vim.
function! ops#format#Range(first, count) abort
  if mode() =~# '[iR]'
    return 1
  endif
  let lines = s:Formatted(getline(a:first, a:first + a:count - 1))
  if !empty(lines)
    call s:Replace(a:first, a:first + a:count - 1, lines)
  endif
  return 0
endfunction
