[
  (source_file)
  (block)
  (function_declaration)
  (component_declaration)
  (for_declaration)
  (lambda)
  (list_comprehension)
  (record_comprehension)
] @local.scope

(param_declaration name: (identifier) @local.definition.parameter)
(let_declaration name: (identifier) @local.definition.var)
(function_declaration name: (identifier) @local.definition.function)
(extern_function name: (identifier) @local.definition.function)
(type_declaration name: (identifier) @local.definition.type)
(component_declaration name: (identifier) @local.definition.type)
(instance name: (identifier) @local.definition.var)
(import_declaration alias: (identifier) @local.definition.import)
(parameter name: (identifier) @local.definition.parameter)
(lambda_parameters (identifier) @local.definition.parameter)
(binder (identifier) @local.definition.var)

(identifier) @local.reference
