// Records as written, checked against fields: of record literals and of instances.
#pragma once

#include "compiler/sema/context.h"

namespace opsc::sema {

// Is a field of this name, other than the one being checked, set beside it to something else than
// the same bare name?
template <typename Entries>
bool ShadowedBySibling(const ast::File& file, const Entries& entries, Symbol current, Symbol name) {
  if (name == current) return false;
  for (const auto& entry : entries) {
    if (entry.name.text != name) continue;
    const auto* ref = std::get_if<ast::NameRef>(&file.exprs[entry.value].node);
    return !(ref && ref->name.text == name);
  }
  return false;
}

// A spread value in a place of closed fields: each of its fields has to be known and to fit.
// Marks in `set` what it sets; says whether the whole has to be ensured.
Fit FitSpread(Context& c, ExprId value, const std::vector<RecordField>& fields, TypeId whole,
              std::vector<bool>& set);

// "`a`, `b`" for a message; one diagnostic for all that is missing.
void ReportMissingFields(Context& c, Span span, const std::vector<Symbol>& missing, TypeId whole);

}  // namespace opsc::sema
