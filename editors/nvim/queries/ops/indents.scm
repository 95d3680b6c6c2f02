; Written by test/tools/editors.py; do not edit. From editors/tree-sitter-ops/queries.
[
  (type_body)
  (instance_body)
  (block)
  (record)
  (record_comprehension)
  (record_type)
  (list)
  (list_comprehension)
  (list_type)
  (arguments)
  (parameters)
  (parenthesized_expression)
  (match_expression)
] @indent.begin

[ "}" "]" ")" ] @indent.branch @indent.end

[
  (block_string)
  (block_comment)
] @indent.ignore
