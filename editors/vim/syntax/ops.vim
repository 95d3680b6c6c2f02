" Colours for .ops, the language of opsc.
if exists('b:current_syntax')
  finish
endif

let s:cpo = &cpoptions
set cpoptions&vim

syn case match
syn sync minlines=200

" Of what begins at the same place the last one wins.
syn match opsType /\<[A-Z]\w*\>/
syn match opsInstanceType /^\s*\zs\h[0-9A-Za-z_.]*\ze\s\+\h\w*\s*\%(\[.*\]\s*\)\=\%({\|if\>.*{\)/
syn match opsNumber /\<\d[0-9_]*\%(\.\d\+\)\=\%([eE][+-]\=\d\+\)\=\>/
syn match opsOperator /->\|=>\|==\|!=\|<=\|>=\|??\|?\.\|\.\.\.\|\.\.\|[-=<>+*/%|?]/
" generated: words (by test/tools/editors.py)
syn match opsKeywordDeclaration /\<\%(component\|edition\|removed\|assert\|extern\|import\|moved\|param\|type\|let\|out\|fn\)\>/
syn match opsKeywordConditional /\<\%(match\|else\|then\|if\)\>/
syn match opsKeywordLoop /\<\%(for\|in\)\>/
syn match opsKeywordOperator /\<\%(and\|not\|or\)\>/
syn match opsKeywordModifier /\<\%(secret\|check\|with\|as\|to\)\>/
syn match opsKeywordConstant /\<\%(false\|null\|true\)\>/
syn match opsFunction /\<\%(column_distinct\|column_every\|hash_bucket\|parse_float\|secret_file\|starts_with\|column_max\|column_min\|column_sum\|declassify\|duplicates\|kubernetes\|rows_count\|secret_env\|ends_with\|is_finite\|manifests\|null_rate\|parse_int\|rows_last\|rows_mean\|signed_by\|by_group\|bytes_of\|contains\|distinct\|flat_map\|group_by\|http_get\|new_data\|quantile\|rows_max\|rows_min\|rows_sum\|to_float\|by_time\|flatten\|matches\|parquet\|replace\|reverse\|seconds\|sort_by\|to_json\|weekday\|xgboost\|base64\|by_key\|filter\|indent\|is_nan\|length\|manual\|minute\|mlflow\|python\|result\|sha256\|values\|window\|as_of\|clamp\|count\|drift\|error\|every\|expm1\|files\|first\|floor\|jsonl\|lines\|local\|log1p\|lower\|merge\|month\|range\|round\|share\|slice\|split\|upper\|ceil\|cron\|drop\|exec\|file\|find\|fold\|hour\|join\|keys\|last\|mean\|push\|rows\|sort\|sqrt\|take\|trim\|year\|abs\|all\|any\|cos\|csv\|day\|exp\|git\|log\|map\|max\|min\|pow\|sin\|std\|sum\|tag\|tcp\|zip\)\>\ze\s*(/
syn match opsType /\<\%(RetrainTrigger\|RolloutMetrics\|XgboostTrainer\|PythonTrainer\|ModelMetrics\|ColumnDrift\|DataSource\|SyncTarget\|GitSource\|Manifests\|Executor\|Measures\|Tracking\|duration\|template\|Signers\|Trainer\|Trigger\|Limits\|semver\|string\|Probe\|Split\|bytes\|float\|never\|ratio\|regex\|Cron\|bool\|path\|size\|time\|int\|url\)\>/
syn match opsType /\<\%(files\|file\|any\)\>\%(\s*(\)\@!/
syn match opsKind /^\s*\zs\%(environment\|directory\|endpoint\|features\|pipeline\|dataset\|service\|action\|policy\|batch\|model\|file\|sync\|task\|test\)\ze\s\+\h\w*/
syn match opsNumber /\<\d[0-9_]*\%(\.\d\+\)\=\%(\%(GiB\|KiB\|MiB\|TiB\|min\|GB\|KB\|MB\|TB\|ms\|ns\|us\|B\|d\|h\|s\)\>\|%\)/
" generated: end
syn keyword opsSelf self
" A keyword is a name where a field or a member is named.
syn match opsField /\<\h\w*\>\ze\s*:/
syn match opsMember /\%([^.]\|^\)\@1<=?\=\.\s*\h\w*/ contains=opsDot
syn match opsDot /?\=\./ contained
syn match opsAttribute /@\s*\h\w*/
syn match opsBracket /[][(){}]/

syn match opsEscape /\\\%([ntr\\"$]\|u{\x\{1,6}}\)/ contained
syn region opsInterpolation matchgroup=opsInterpolationMark start=/\${/ end=/}/ contained contains=TOP
syn region opsBraces start=/{/ end=/}/ contained containedin=opsInterpolation contains=TOP transparent
syn region opsString start=/"/ skip=/\\./ end=/"\|$/ contains=opsEscape,opsInterpolation
syn region opsBlockString start=/"""/ skip=/\\./ end=/"""/ contains=opsEscape,opsInterpolation
syn match opsRaw /\<r"[^"]*"/
syn match opsRegex +/^\%([^/\\]\|\\.\)*/+

syn match opsComment +//.*+ contains=opsTodo,@Spell
syn match opsDoc +///.*+ contains=opsTodo,@Spell
syn region opsBlockComment start=+/\*+ end=+\*/+ contains=opsBlockComment,opsTodo,@Spell
syn keyword opsTodo contained TODO FIXME XXX NOTE

hi def link opsType Type
hi def link opsInstanceType Type
hi def link opsKind Structure
hi def link opsKeywordDeclaration Statement
hi def link opsKeywordConditional Conditional
hi def link opsKeywordLoop Repeat
hi def link opsKeywordOperator Operator
hi def link opsKeywordModifier StorageClass
hi def link opsKeywordConstant Constant
hi def link opsSelf Special
hi def link opsFunction Function
hi def link opsField Identifier
hi def link opsAttribute PreProc
hi def link opsNumber Number
hi def link opsOperator Operator
hi def link opsString String
hi def link opsBlockString String
hi def link opsRaw String
hi def link opsRegex String
hi def link opsEscape SpecialChar
hi def link opsInterpolationMark Delimiter
hi def link opsComment Comment
hi def link opsDoc Comment
hi def link opsBlockComment Comment
hi def link opsTodo Todo

let b:current_syntax = 'ops'
let &cpoptions = s:cpo
unlet s:cpo
