" plugin.vim: the Vim plugin in a real Vim or Neovim without a terminal:
"   vim -Nu NONE -i NONE -es -S test/editors/plugin.vim
" Reads OPSC, the program, and OPS_CORPUS, formatted files (one a line of a list). Prints failures and leaves with 1.
set nocompatible nomore noswapfile nobackup
let s:root = expand('<sfile>:p:h:h:h')
let &runtimepath = s:root . '/editors/vim,' . &runtimepath
let g:ops_opsc = $OPSC
filetype plugin indent on
syntax on
let s:failures = []

function! s:Check(what, expected, actual) abort
  if a:expected !=# a:actual
    call add(s:failures, a:what . ': expected ' . string(a:expected) . ', got ' . string(a:actual))
  endif
endfunction

" The syntax group at the first match of a pattern.
function! s:GroupAt(pattern) abort
  call cursor(1, 1)
  let [line, column] = searchpos(a:pattern, 'cW')
  return synIDattr(synID(line, column, 1), 'name')
endfunction

function! s:Open(lines) abort
  let file = tempname() . '.ops'
  call writefile(a:lines, file)
  execute 'silent edit!' fnameescape(file)
  call s:Check('filetype', 'ops', &filetype)
endfunction

function! s:Colours() abort
  call s:Open([
    \ 'edition 2026',
    \ '/// Doc. `let`',
    \ 'param tier: "dev" | "prod" = "dev" // note',
    \ 'let n: int = 250ms + 3 * 2.5e3',
    \ 'task build[x] {',
    \ '  type: spec.to',
    \ '  run: """',
    \ '    echo ${names.map(n => n.upper())} if \n',
    \ '  """',
    \ '  limits: { memory: 2GiB }',
    \ '  out app: file = file("a // b")',
    \ '}',
    \ 'k8s.Deployment web if true {',
    \ '  @key x: 1',
    \ '}',
    \ '/* a /* b */ let */',
    \ 'fn f(x: string(1..2, /^a"b/)) -> any = r"\d" ?? self.x',
    \ ])
  let groups = [
    \ ['edition', 'opsKeywordDeclaration'], ['Doc\.', 'opsDoc'], ['`let`', 'opsDoc'],
    \ ['tier', 'opsField'], ['"dev"', 'opsString'], ['note', 'opsComment'], ['250ms', 'opsNumber'], ['2\.5e3', 'opsNumber'],
    \ ['\<int\>', 'opsType'], ['task', 'opsKind'], ['type:', 'opsField'], ['to$', 'opsMember'],
    \ ['echo', 'opsBlockString'], ['names', 'opsInterpolation'], ['upper', 'opsMember'], ['=> n', 'opsOperator'], ['if \\n', 'opsBlockString'],
    \ ['\\n', 'opsEscape'], ['2GiB', 'opsNumber'], ['out', 'opsKeywordDeclaration'],
    \ ['file = ', 'opsType'], ['file(', 'opsFunction'], ['// b', 'opsString'], ['k8s', 'opsInstanceType'],
    \ ['if true', 'opsKeywordConditional'], ['true', 'opsKeywordConstant'], ['@key', 'opsAttribute'],
    \ ['let \*/', 'opsBlockComment'], ['fn', 'opsKeywordDeclaration'], ['/^a', 'opsRegex'], ['\<any\>', 'opsType'],
    \ ['r"', 'opsRaw'], ['self', 'opsSelf'], ['??', 'opsOperator'],
    \ ]
  for [pattern, group] in groups
    call s:Check('group of ' . pattern, group, s:GroupAt('\C' . pattern))
  endfor
endfunction

" A formatted file is indented as it is.
function! s:Indent() abort
  for file in split($OPS_CORPUS, "\n")
    execute 'silent edit!' fnameescape(file)
    let before = getline(1, '$')
    silent normal! gg=G
    let after = getline(1, '$')
    for i in range(len(before))
      if before[i] !=# after[i]
        call add(s:failures, printf('%s:%d: indented `%s` as `%s`', file, i + 1, before[i], after[i]))
      endif
    endfor
    silent edit!
  endfor
endfunction

" What is typed line by line is indented as it is typed.
function! s:Typing() abort
  call s:Open([''])
  let text = ['task build {', 'inputs: files(', '"a",', ')', 'run: """', 'cc main.c', 'ld', '"""', 'limits: { cpu: 2 }', '}']
  call feedkeys('a' . join(text, "\<CR>") . "\<Esc>", 'xt')
  let expected = ['task build {', '  inputs: files(', '    "a",', '  )', '  run: """', '    cc main.c', '    ld', '  """',
    \ '  limits: { cpu: 2 }', '}']
  call s:Check('typed', expected, getline(1, '$'))
endfunction

function! s:Settings() abort
  call s:Open(['let a = 1'])
  call s:Check('commentstring', '// %s', &commentstring)
  call s:Check('shiftwidth', 2, &shiftwidth)
  call s:Check('match_words', 1, b:match_words =~# '\\<then\\>')
  call s:Check('formatprg', shellescape(g:ops_opsc) . ' fmt -', &formatprg)
endfunction

function! s:Format() abort
  call s:Open(['let a=1', '', 'let   b = [1,', '2]', ''])
  silent OpsFormat
  call s:Check(':OpsFormat', ['let a = 1', '', 'let b = [1, 2]'], getline(1, '$'))
  call s:Open(['let a=1', 'let   b = 2', 'let c  = 3'])
  silent normal! 2GgqG
  call s:Check('gq', ['let a=1', 'let b = 2', 'let c = 3'], getline(1, '$'))
  call s:Open(['let a=1', 'let b = ('])
  silent! OpsFormat
  call s:Check('what cannot be read stays', ['let a=1', 'let b = ('], getline(1, '$'))
endfunction

function! s:Make() abort
  call s:Open(['edition 2026', 'let a: int = "x"', 'let b = c'])
  let &shellpipe = '>%s 2>&1'
  silent make! %
  let list = filter(getqflist(), 'v:val.valid && v:val.type ==? "e"')
  call s:Check(':make', [[2, 'E', 301], [3, 'E', 201]], map(copy(list), '[v:val.lnum, v:val.type, v:val.nr]'))
  call s:Check(':make, the file', [expand('%:t')], uniq(map(copy(list), 'fnamemodify(bufname(v:val.bufnr), ":t")')))
endfunction

try
  call s:Settings()
  call s:Colours()
  call s:Typing()
  call s:Indent()
  call s:Format()
  call s:Make()
catch
  call add(s:failures, v:exception . ' in ' . v:throwpoint)
endtry

let s:said = empty(s:failures) ? ['ok: ' . len(split($OPS_CORPUS, "\n")) . ' files indented as they are formatted'] : s:failures
call writefile(s:said, '/dev/stdout')
if empty(s:failures)
  qall!
endif
cquit
