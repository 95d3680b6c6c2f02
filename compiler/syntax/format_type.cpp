// Types of the formatter.
#include "compiler/syntax/format_walk.h"

namespace opsc::syntax {

void FormatWalk::Type(G::TypeContext& c) {
  out_.BeginGroup();
  Atom(*c.first);
  out_.BeginIndent();
  for (G::TypeAtomContext* atom : c.rest) {
    out_.Line(false);
    Tok();
    out_.Space();
    Atom(*atom);
  }
  out_.EndIndent();
  out_.EndGroup();
  if (c.result == nullptr) return;
  SpacedTok();
  out_.Space();
  Type(*c.result);
}

void FormatWalk::Atom(G::TypeAtomContext& c) {
  if (c.secret != nullptr) {
    Tok();
    out_.Space();
  }
  if (c.name != nullptr) {
    G::TypeNameContext& name = *c.name;
    Tok();
    for (size_t i = 0; i < 2 * name.rest.size(); ++i) Tok();
    if (!name.args.empty()) Delimited(name.args, [&](G::TypeContext& arg) { Type(arg); });
    if (name.refined != nullptr) {
      Delimited(name.refinements, [&](G::RefinementContext& r) { Refinement(r); });
    }
  } else if (c.element != nullptr) {
    Tok();
    Type(*c.element);
    Tok();
  } else if (c.open == nullptr) {
    if (c.minus != nullptr) Tok();
    Tok();
  } else if (c.open->getType() == G::LPAREN) {
    Delimited(c.group, [&](G::TypeContext& item) { Type(item); });
  } else if (c.fields.size() == 1 && source_.Slice(Raw(c.fields[0]->start).raw) == "string" &&
             c.fields[0]->value == nullptr) {  // a map
    Tok();
    Tok();
    Bound(c.fields[0]->type_, nullptr);
    Tok();
  } else {
    Braces(c.fields, [&](G::RecordFieldContext& field) {
      Tok();
      Bound(field.type_, field.value);
    });
  }
  for (size_t i = 0; i < c.optional.size(); ++i) Tok();
}

void FormatWalk::Refinement(G::RefinementContext& c) {
  RawTo(c);
}

}  // namespace opsc::syntax
