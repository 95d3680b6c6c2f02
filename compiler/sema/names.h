// Finding names.
#pragma once

#include "compiler/sema/context.h"

namespace opsc::sema {

// Enters a value or a type; a second one of the name is reported.
void DeclareValue(Context& c, ScopeId scope, const ast::Name& name, ValueName::Kind kind,
                  uint32_t index);
void DeclareType(Context& c, ScopeId scope, const ast::Name& name, TypeName::Kind kind,
                 uint32_t index);

// From `scope` outwards, then the prelude. Null: unknown. Declares what is waiting for its name.
const ValueName* FindValue(Context& c, ScopeId scope, Symbol name);
const TypeName* FindType(Context& c, ScopeId scope, Symbol name);
const TypeName* FindTypeIn(Context& c, uint32_t module, Symbol name);
const ValueName* FindValueIn(Context& c, uint32_t module, Symbol name);

// Activations from `from` out to `to`.
uint32_t ScopesUp(const Context& c, ScopeId from, ScopeId to);

// What a module declares, for suggestions; with NamesIn: values too.
std::vector<std::string> TypesIn(const Context& c, uint32_t module);
std::vector<std::string> NamesIn(const Context& c, uint32_t module);
// The functions declared in a scope itself.
std::vector<std::string> FunctionsIn(const Context& c, ScopeId scope);
// Adds "did you mean" and its fix, where one of `candidates` is near `name`, which is returned.
std::string SuggestNearest(Diagnostic& diagnostic, const ast::Name& name,
                           const std::vector<std::string>& candidates);
// The same for what belongs to one thing; where none is near, the hint lists `candidates`.
std::string SuggestField(Diagnostic& diagnostic, const ast::Name& name,
                         const std::vector<std::string>& candidates);
// `expected`: the type of the place, whose literals may have been meant.
void ReportUnknownValue(Context& c, const Env& env, const ast::Name& name, TypeId expected);
void ReportUnknownType(Context& c, ScopeId scope, const ast::Name& name);

}  // namespace opsc::sema
