[
  (type_body)
  (instance_body)
  (block)
  (record)
  (record_type)
  (list)
  (arguments)
  (parameters)
  (match_expression)
  (block_string)
  (block_comment)
] @fold
