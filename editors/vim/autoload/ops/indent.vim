" How far a line of .ops is indented: one step more than the line with the innermost open bracket, and one more where
" it goes on with what the line above began.

let s:text = '^ops\%(String\|BlockString\|Raw\|Regex\|Comment\|Doc\|BlockComment\|Escape\|InterpolationMark\|Todo\)$'
let s:begins = '^\s*\%(\%(then\|else\|and\|or\|in\|with\)\>\|[-+*%?]\|/[^/*]\|[<>=!]=\|[<>]\|\.\h\)'
let s:ends = '\%(=\|=>\|->\|:\|??\|[-+*/]\|\s%\|\<\%(and\|or\|not\|in\|then\|else\)\)\s*$'

function! s:IsText(line, column) abort
  return synIDattr(synID(a:line, a:column, 1), 'name') =~# s:text
endfunction

" The line of the bracket that is open at the cursor, or 0.
function! s:OpenLine() abort
  let skip = 's:IsText(line("."), col("."))'
  return searchpair('[{(\[]', '', '[})\]]', 'bnW', skip)
endfunction

" The line without its comment.
function! s:Code(line) abort
  let text = getline(a:line)
  let at = match(text, '//')
  while at >= 0 && s:IsText(a:line, at + 1) && synIDattr(synID(a:line, at + 1, 1), 'name') !~# 'Comment\|Doc'
    let at = match(text, '//', at + 2)
  endwhile
  return at >= 0 ? strpart(text, 0, at) : text
endfunction

" The last line above that has code.
function! s:Above(line) abort
  let line = prevnonblank(a:line - 1)
  while line > 0 && s:Code(line) =~# '^\s*$'
    let line = prevnonblank(line - 1)
  endwhile
  return line
endfunction

let s:inside = '^ops\%(BlockString\|Escape\|BlockComment\)$'

function! s:NameBefore(line) abort
  return a:line > 1 ? synIDattr(synID(a:line - 1, max([1, col([a:line - 1, '$']) - 1]), 1), 'name') : ''
endfunction

" Inside of a text of several lines; its first line is not.
function! s:InText(line) abort
  let text = getline(a:line)
  if text =~# '^\s*$'
    return s:NameBefore(a:line) =~# s:inside && getline(a:line - 1) !~# '\S.*\%("""\|\*/\)\s*$'
      \ || getline(a:line - 1) =~# '[:=(,[]\s*"""\s*$'
  endif
  return synIDattr(synID(a:line, 1, 1), 'name') =~# s:inside && text !~# '^\s*/\*'
endfunction

" Texts stay as they are; a new line is indented as the one above.
function! s:TextIndent(line) abort
  if getline(a:line) !~# '^\s*$'
    return indent(a:line)
  endif
  let above = prevnonblank(a:line - 1)
  return indent(above) + (getline(above) =~# '[:=(,[]\s*"""\s*$' ? shiftwidth() : 0)
endfunction

" Closing quotes, as they are typed, stand below the line that opened the string.
function! s:BlockEnd(line) abort
  let at = a:line - 1
  while at > 0 && getline(at) !~# '"""\s*$'
    let at -= 1
  endwhile
  return indent(at)
endfunction

function! ops#indent#Of(line) abort
  if a:line == 1
    return 0
  endif
  let text = getline(a:line)
  if mode() ==# 'i' && text =~# '^\s*"""' && s:NameBefore(a:line) =~# s:inside
    return s:BlockEnd(a:line)
  endif
  if s:InText(a:line)
    return s:TextIndent(a:line)
  endif
  let closers = matchstr(text, '^\s*\zs[])}]*')
  call cursor(a:line, max([1, match(text, '\S') + len(closers)]))
  let open = s:OpenLine()
  if closers !=# ''
    return open > 0 ? indent(open) : 0
  endif
  let base = open > 0 ? indent(open) + shiftwidth() : 0
  let above = s:Above(a:line)
  if above <= open
    return base
  endif
  if text =~# s:begins && text !~# '^\s*\.\.\.'
    let goes_on = getline(above) =~# s:begins
    return goes_on ? indent(above) : indent(above) + shiftwidth()
  endif
  return s:Code(above) =~# s:ends && s:Code(above) !~# ',\s*$' ? indent(above) + shiftwidth() : base
endfunction
