// Notes for editors: which declaration each name stands for, and what could stand in a hole. Each
// of these does nothing where nobody asked.
#pragma once

#include "compiler/sema/context.h"

namespace opsc::sema {

void Note(Context& c, Span use, Span target, UseOf of);
void NoteValue(Context& c, Span use, const ValueName& value);
void NoteType(Context& c, Span use, const TypeName& type);
// A field or out of a declared type or component.
void NoteFieldOf(Context& c, NominalId nominal, const ast::Name& name);
// A field read from a checked value.
void NoteField(Context& c, ExprId object, TypeId type, const ast::Name& name);
void NoteArgument(Context& c, const Signature& signature, size_t param, Span use);

// Is it the name that stands for a hole?
bool IsHole(const Context& c, Symbol name);
void FoundValue(Context& c, const Env& env, TypeId expected);
void FoundMember(Context& c, const Env& env, TypeId object, std::optional<uint32_t> module);
void FoundSelf(Context& c, const Env& env);
void FoundField(Context& c, const Env& env, TypeId type, NominalId nominal,
                const std::vector<RecordField>& fields, const std::vector<bool>& set);
void FoundType(Context& c, ScopeId scope, std::optional<uint32_t> module);
// After FoundValue in an argument: the parameters that are not given.
void FoundArguments(Context& c, std::vector<RecordField> parameters);

// Sums up what was checked for its own sake.
void Summarise(Context& c);

}  // namespace opsc::sema
