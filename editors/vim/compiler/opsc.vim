" :make runs `opsc check` and fills the quickfix list.
if exists('current_compiler')
  finish
endif
let current_compiler = 'opsc'

let &l:makeprg = shellescape(get(g:, 'ops_opsc', 'opsc')) . ' --no-color check'
CompilerSet errorformat=
  \%E%f:%l:%c:\ error:\ %m\ [OPS%n],
  \%W%f:%l:%c:\ warning:\ %m\ [OPS%n],
  \%I%f:%l:%c:\ hint:\ %m\ [OPS%n],
  \%I%f:%l:%c:\ %m,
  \%-G%.%#
