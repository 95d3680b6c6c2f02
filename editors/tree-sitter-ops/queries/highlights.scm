; Colours. The first matching pattern is the weakest for Neovim, so what is more special stands below.

(identifier) @variable

; names
(import_declaration alias: (identifier) @module)
(import_declaration target: (qualified_name (identifier) @module))
(param_declaration name: (identifier) @variable.parameter)
(let_declaration name: (identifier) @variable)
(out_declaration name: (identifier) @property)
(function_declaration name: (identifier) @function)
(extern_function name: (identifier) @function)
(parameter name: (identifier) @variable.parameter)
(variadic_parameter name: (identifier) @variable.parameter)
(lambda_parameters (identifier) @variable.parameter)
(binder (identifier) @variable.parameter)
(type_parameters (identifier) @type)
(type_declaration name: (identifier) @type.definition)
(component_declaration name: (identifier) @type.definition)
(instance type: (qualified_name (identifier) @module))
(instance type: (qualified_name (identifier) @type .))
(instance name: (identifier) @variable)
(named_type name: (qualified_name (identifier) @module))
(named_type name: (qualified_name (identifier) @type .))

; fields
(field name: (_) @property)
(entry name: (_) @property)
(type_member name: (_) @property)
(record_type_field name: (_) @property)
(named_argument name: (identifier) @variable.parameter)
(member_expression member: (identifier) @property)

; calls
(call_expression function: (identifier) @function.call)
(call_expression function: (member_expression member: (identifier) @function.method.call))
((identifier) @variable.builtin
  (#eq? @variable.builtin "self"))

(annotation "@" @attribute name: (identifier) @attribute)

; literals
(integer) @number
(edition year: (integer) @constant)
(float) @number.float
(quantity) @number
[
  (true)
  (false)
] @boolean
(null) @constant.builtin
[
  (string)
  (raw_string)
  (block_string)
] @string
(import_declaration path: (string) @string.special.path)
(escape_sequence) @string.escape
(regex) @string.regexp
(interpolation
  "${" @punctuation.special
  "}" @punctuation.special) @none

; signs
[
  "=" "->" "=>" "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" "??" ".." "..." "|" "?" "?."
] @operator
[ "(" ")" "[" "]" "{" "}" ] @punctuation.bracket
[ "," ":" "." ] @punctuation.delimiter

; generated: words (by test/tools/editors.py)
[
    "import"
    "param"
    "let"
    "out"
    "fn"
    "type"
    "component"
    "extern"
    "assert"
    "moved"
    "removed"
    "edition"
] @keyword

[
    "if"
    "then"
    "else"
    "match"
] @keyword.conditional

[
    "for"
    "in"
] @keyword.repeat

[
    "and"
    "or"
    "not"
] @keyword.operator

[
    "as"
    "check"
    "secret"
    "to"
    "with"
] @keyword.modifier

((named_type name: (qualified_name . (identifier) @type.builtin .))
  (#any-of? @type.builtin
    "bool"
    "int"
    "float"
    "ratio"
    "duration"
    "size"
    "time"
    "string"
    "bytes"
    "path"
    "url"
    "regex"
    "semver"
    "file"
    "files"
    "template"
    "any"
    "never"))

((call_expression function: (identifier) @function.builtin)
  (#any-of? @function.builtin
    "abs"
    "all"
    "any"
    "as_of"
    "base64"
    "by_group"
    "by_key"
    "by_time"
    "bytes_of"
    "ceil"
    "clamp"
    "column_distinct"
    "column_every"
    "column_max"
    "column_min"
    "column_sum"
    "contains"
    "cos"
    "count"
    "cron"
    "csv"
    "day"
    "declassify"
    "distinct"
    "drift"
    "drop"
    "duplicates"
    "ends_with"
    "error"
    "every"
    "exec"
    "exp"
    "expm1"
    "file"
    "files"
    "filter"
    "find"
    "first"
    "flat_map"
    "flatten"
    "floor"
    "fold"
    "git"
    "group_by"
    "hash_bucket"
    "hour"
    "http_get"
    "indent"
    "is_finite"
    "is_nan"
    "join"
    "jsonl"
    "keys"
    "kubernetes"
    "last"
    "length"
    "lines"
    "local"
    "log"
    "log1p"
    "lower"
    "manifests"
    "manual"
    "map"
    "matches"
    "max"
    "mean"
    "merge"
    "min"
    "minute"
    "mlflow"
    "month"
    "new_data"
    "null_rate"
    "parquet"
    "parse_float"
    "parse_int"
    "pow"
    "push"
    "python"
    "quantile"
    "range"
    "replace"
    "result"
    "reverse"
    "round"
    "rows"
    "rows_count"
    "rows_last"
    "rows_max"
    "rows_mean"
    "rows_min"
    "rows_sum"
    "seconds"
    "secret_env"
    "secret_file"
    "sha256"
    "share"
    "signed_by"
    "sin"
    "slice"
    "sort"
    "sort_by"
    "split"
    "sqrt"
    "starts_with"
    "std"
    "sum"
    "tag"
    "take"
    "tcp"
    "to_float"
    "to_json"
    "trim"
    "upper"
    "values"
    "weekday"
    "window"
    "xgboost"
    "year"
    "zip"))

((call_expression function: (member_expression member: (identifier) @function.builtin))
  (#any-of? @function.builtin
    "abs"
    "all"
    "any"
    "as_of"
    "base64"
    "by_group"
    "by_key"
    "by_time"
    "bytes_of"
    "ceil"
    "clamp"
    "column_distinct"
    "column_every"
    "column_max"
    "column_min"
    "column_sum"
    "contains"
    "cos"
    "count"
    "cron"
    "csv"
    "day"
    "declassify"
    "distinct"
    "drift"
    "drop"
    "duplicates"
    "ends_with"
    "error"
    "every"
    "exec"
    "exp"
    "expm1"
    "file"
    "files"
    "filter"
    "find"
    "first"
    "flat_map"
    "flatten"
    "floor"
    "fold"
    "git"
    "group_by"
    "hash_bucket"
    "hour"
    "http_get"
    "indent"
    "is_finite"
    "is_nan"
    "join"
    "jsonl"
    "keys"
    "kubernetes"
    "last"
    "length"
    "lines"
    "local"
    "log"
    "log1p"
    "lower"
    "manifests"
    "manual"
    "map"
    "matches"
    "max"
    "mean"
    "merge"
    "min"
    "minute"
    "mlflow"
    "month"
    "new_data"
    "null_rate"
    "parquet"
    "parse_float"
    "parse_int"
    "pow"
    "push"
    "python"
    "quantile"
    "range"
    "replace"
    "result"
    "reverse"
    "round"
    "rows"
    "rows_count"
    "rows_last"
    "rows_max"
    "rows_mean"
    "rows_min"
    "rows_sum"
    "seconds"
    "secret_env"
    "secret_file"
    "sha256"
    "share"
    "signed_by"
    "sin"
    "slice"
    "sort"
    "sort_by"
    "split"
    "sqrt"
    "starts_with"
    "std"
    "sum"
    "tag"
    "take"
    "tcp"
    "to_float"
    "to_json"
    "trim"
    "upper"
    "values"
    "weekday"
    "window"
    "xgboost"
    "year"
    "zip"))
; generated: end

[
  (line_comment)
  (block_comment)
] @comment
(doc_comment) @comment.documentation
