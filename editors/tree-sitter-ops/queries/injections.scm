; A task's `run` is a shell script; a list there is a program with its arguments.
((field
  name: (identifier) @_name
  value: [
    (string (string_content) @injection.content)
    (block_string (string_content) @injection.content)
  ])
  (#eq? @_name "run")
  (#set! injection.language "bash")
  (#set! injection.combined))

((regex) @injection.content
  (#set! injection.language "regex"))

([
  (line_comment)
  (doc_comment)
] @injection.content
  (#set! injection.language "comment"))
