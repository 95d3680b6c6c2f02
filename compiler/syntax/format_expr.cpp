// Expressions of the formatter.
#include <algorithm>

#include "compiler/syntax/format_walk.h"
#include "compiler/syntax/precedence.h"

namespace opsc::syntax {
namespace {

using antlr::OpsParser;

// Brackets that can break by themselves, so that what stands before them need not.
bool IsBracketed(OpsParser::OperandContext& c) {
  if (!c.prefixes.empty() || !c.postfixes.empty()) return false;
  bool is_block = c.text != nullptr && c.text->open->getType() == OpsParser::BLOCK_QUOTE;
  return c.list_ != nullptr || c.record_ != nullptr || is_block;
}

// `a.b(…)`: a link of a chain of calls.
size_t LinksOf(OpsParser::OperandContext& c) {
  size_t links = 0;
  for (size_t i = 0; i + 1 < c.postfixes.size(); ++i) {
    if (c.postfixes[i]->name != nullptr && c.postfixes[i + 1]->call != nullptr) ++links;
  }
  return links;
}

}  // namespace

bool Hugs(OpsParser::ExprContext& c) {
  if (c.first == nullptr || !c.rest.empty()) return false;
  return c.body != nullptr ? Hugs(*c.body) : IsBracketed(*c.first);
}

void FormatWalk::Value(G::ExprContext& c) {
  bool is_long = c.conditional != nullptr || (!c.rest.empty() && c.body == nullptr);
  if (!is_long) {
    out_.Space();
    Expr(c);
    return;
  }
  out_.BeginGroup();
  out_.BeginIndent();
  out_.Line(false);
  if (c.conditional != nullptr) {
    Conditional(c.conditional);
  } else {
    Operations(c, 0, c.rest.size(), Hanging::kNo);
  }
  out_.EndIndent();
  out_.EndGroup();
}

void FormatWalk::Assigned(G::ExprContext& c) {
  bool moves =
      c.rest.empty() && c.body == nullptr && c.first != nullptr && !c.first->postfixes.empty();
  if (!moves) return Value(c);
  out_.BeginValue();
  Expr(c);
  out_.EndValue();
}

void FormatWalk::Expr(G::ExprContext& c) {
  if (c.conditional != nullptr) return Conditional(c.conditional);
  if (c.selection != nullptr) return Select(*c.selection);
  Operations(c, 0, c.rest.size(), Hanging::kIndented);
  if (c.body == nullptr) return;
  SpacedTok();
  Value(*c.body);
}

void FormatWalk::Conditional(G::IfExprContext* c) {
  out_.BeginGroup();
  for (;;) {
    Tok();
    out_.Space();
    Expr(*c->condition);
    out_.BeginIndent();
    out_.Line(false);
    Tok();
    out_.Space();
    Expr(*c->then);
    out_.Line(false);
    Tok();
    out_.Space();
    out_.EndIndent();
    if (c->otherwise->conditional == nullptr) break;
    c = c->otherwise->conditional;
  }
  Expr(*c->otherwise);
  out_.EndGroup();
}

void FormatWalk::Select(G::MatchExprContext& c) {
  Tok();
  out_.Space();
  Expr(*c.subject);
  out_.Space();
  bool breaks = BreaksAfter(Peek());
  out_.BeginGroup();
  if (breaks) out_.BreakGroups();
  Tok();
  out_.BeginIndent();
  for (size_t i = 0; i < c.arms.size(); ++i) {
    if (i > 0) out_.Text(",");
    out_.Line(i > 0 && BlankBefore(Peek().begin));
    BeginElement();
    Arm(*c.arms[i]);
  }
  out_.CommaIfBroken();
  CommentsBeforeCloser();
  out_.EndIndent();
  out_.Line(false);
  Tok();
  out_.EndGroup();
}

void FormatWalk::Arm(G::ArmContext& c) {
  if (c.otherwise == nullptr) return Expr(*c.value);
  Tok();
  SpacedTok();
  Value(*c.value);
}

// Operands first…last with the operators between them; the loosest of these break together.
void FormatWalk::Operations(G::ExprContext& c, size_t first, size_t last, Hanging hanging) {
  if (first == last) return Operand(first == 0 ? *c.first : *c.rest[first - 1]->right);
  auto level_at = [&](size_t i) { return OperatorOf(c.rest[i - 1]->op->getType()).level; };
  int loosest = level_at(first + 1);
  for (size_t i = first + 1; i <= last; ++i) loosest = std::min(loosest, level_at(i));
  out_.BeginGroup();
  size_t begin = first;
  for (size_t i = first + 1; i <= last + 1; ++i) {
    if (i <= last && level_at(i) != loosest) continue;
    Operations(c, begin, i - 1, Hanging::kIndented);
    begin = i;
    if (i > last) break;
    if (c.rest[i - 1]->op->getType() == G::RANGE) {
      Tok();
      continue;
    }
    if (hanging == Hanging::kIndented) out_.BeginIndent();
    out_.Line(false);
    if (hanging == Hanging::kIndented) out_.EndIndent();
    Tok();
    out_.Space();
  }
  out_.EndGroup();
}

void FormatWalk::Operand(G::OperandContext& c) {
  for (const antlr4::Token* prefix : c.prefixes) {
    Tok();
    if (prefix->getType() == G::K_NOT) out_.Space();
  }
  bool is_chain = LinksOf(c) > 1;
  if (is_chain) out_.BeginGroup();
  if (c.token != nullptr) Tok();
  if (c.text != nullptr) Verbatim(*c.text);
  if (c.list_ != nullptr) List(*c.list_);
  if (c.record_ != nullptr) Record(*c.record_);
  if (c.group != nullptr) Delimited(c.group->items, [&](G::ExprContext& item) { Expr(item); });
  Postfixes(c);
  if (is_chain) out_.EndGroup();
}

void FormatWalk::Postfixes(G::OperandContext& c) {
  bool is_chain = LinksOf(c) > 1;
  for (size_t i = 0; i < c.postfixes.size(); ++i) {
    bool is_link = i + 1 < c.postfixes.size() && c.postfixes[i]->name != nullptr &&
                   c.postfixes[i + 1]->call != nullptr;
    if (is_chain) out_.BeginIndent();
    if (is_chain && is_link) out_.SoftLine(false);
    Postfix(*c.postfixes[i]);
    if (is_chain) out_.EndIndent();
  }
}

void FormatWalk::Postfix(G::PostfixContext& c) {
  if (c.call != nullptr) return Arguments(*c.call);
  if (c.changes != nullptr) {
    SpacedTok();
    out_.Space();
    return Record(*c.changes);
  }
  Tok();
  if (c.index != nullptr) Expr(*c.index);
  Tok();
}

void FormatWalk::Arguments(G::ArgumentsContext& c) {
  bool hugs = c.args.size() == 1 && Hugs(c.args[0]->named ? *c.args[0]->named : *c.args[0]->value);
  if (!hugs) return Delimited(c.args, [&](G::ArgumentContext& arg) { Argument(arg); });
  Tok();
  Argument(*c.args[0]);
  Tok();
}

void FormatWalk::Argument(G::ArgumentContext& c) {
  Expr(*c.value);
  if (c.named == nullptr) return;
  Tok();
  out_.Space();
  Expr(*c.named);
}

template <typename Context>
void FormatWalk::ComprehensionHead(Context& c) {
  Tok();
  out_.Space();
  Binder(*c.names);
  SpacedTok();
  out_.Space();
  Expr(*c.over);
  if (c.condition != nullptr) {
    SpacedTok();
    out_.Space();
    Expr(*c.condition);
  }
  Tok();
}

void FormatWalk::List(G::ListContext& c) {
  if (c.names != nullptr) {
    out_.BeginGroup();
    Tok();
    out_.BeginIndent();
    out_.SoftLine(false);
    ComprehensionHead(c);
    out_.Line(false);
    Expr(*c.value);
    CommentsBeforeCloser();
    out_.EndIndent();
    out_.SoftLine(false);
    Tok();
    out_.EndGroup();
    return;
  }
  auto element = [&](G::ListElementContext& e) {
    if (e.spread != nullptr) Tok();
    Expr(*e.value);
  };
  bool hugs = c.elements.size() == 1 && Hugs(*c.elements[0]->value);
  if (!hugs) return Delimited(c.elements, element);
  Tok();
  element(*c.elements[0]);
  Tok();
}

void FormatWalk::Record(G::RecordContext& c) {
  if (c.names == nullptr) {
    return Braces(c.entries, [&](G::EntryContext& entry) { Entry(entry); });
  }
  bool breaks = BreaksAfter(Peek());
  out_.BeginGroup();
  if (breaks) out_.BreakGroups();
  Tok();
  out_.BeginIndent();
  out_.Line(false);
  ComprehensionHead(c);
  out_.Line(false);
  Expr(*c.key);
  Tok();
  Value(*c.value);
  CommentsBeforeCloser();
  out_.EndIndent();
  out_.Line(false);
  Tok();
  out_.EndGroup();
}

void FormatWalk::Entry(G::EntryContext& c) {
  if (c.spread != nullptr) {
    Tok();
    Expr(*c.value);
    return;
  }
  if (c.key != nullptr) {
    Verbatim(*c.key);
  } else {
    Tok();
  }
  Tok();
  Value(*c.value);
}

}  // namespace opsc::syntax
