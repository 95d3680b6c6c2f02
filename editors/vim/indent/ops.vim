" Indentation of .ops as `opsc fmt` writes it.
if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal indentexpr=ops#indent#Of(v:lnum)
setlocal indentkeys=0{,0},0),0],!^F,o,O,e,0=then,0=else,0=and,0=or,0=\"\"\"
setlocal autoindent nosmartindent nocindent
let b:undo_indent = 'setlocal indentexpr< indentkeys< autoindent< smartindent< cindent<'
