// Declarations of the formatter.
#include "compiler/syntax/format_walk.h"

namespace opsc::syntax {

bool FormatWalk::BeginsWithEdition() const {
  return source_.written == 0 && chunk_.tokens[0].kind == G::K_EDITION;
}

void FormatWalk::Edition(G::EditionContext&) {
  Tok();
  SpacedTok();
}

void FormatWalk::TopLevel(G::ItemContext& c) {
  if (source_.written > 0) out_.HardLine(BlankBefore(Peek().begin));
  BeginElement();
  Item(c);
}

void FormatWalk::Items(const std::vector<G::ItemContext*>& items) {
  Tok();
  out_.BeginIndent();
  for (size_t i = 0; i < items.size(); ++i) {
    out_.HardLine(i > 0 && BlankBefore(Peek().begin));
    BeginElement();
    Item(*items[i]);
  }
  bool has_comments =
      !items.empty() || (source_.next_comment < source_.comments.size() &&
                         source_.comments[source_.next_comment].begin < Peek().begin);
  CommentsBeforeCloser();
  out_.EndIndent();
  if (has_comments) out_.HardLine(false);
  Tok();
}

void FormatWalk::Note(G::AnnotationContext& c) {
  Tok();
  Tok();
  if (c.call != nullptr) Arguments(*c.call);
}

void FormatWalk::Notes(const std::vector<G::AnnotationContext*>& notes) {
  for (G::AnnotationContext* note : notes) {
    Note(*note);
    if (source_.HasNewline(source_.written, Peek().begin)) {
      out_.HardLine(false);
    } else {
      out_.Space();
    }
  }
}

void FormatWalk::Bound(G::TypeContext* type, G::ExprContext* value) {
  if (type != nullptr) {
    Tok();
    out_.Space();
    Type(*type);
  }
  if (value != nullptr) {
    SpacedTok();
    Assigned(*value);
  }
}

void FormatWalk::Import(G::ImportDeclContext& c) {
  Tok();
  out_.Space();
  if (c.path != nullptr) Tok();
  if (c.target != nullptr) RawTo(*c.target);
  if (c.call != nullptr) Arguments(*c.call);
  if (c.alias == nullptr) return;
  SpacedTok();
  SpacedTok();
}

void FormatWalk::Fn(G::FnDeclContext& c) {
  Tok();
  SpacedTok();
  if (!c.generics.empty()) {
    Tok();
    for (size_t i = 0; i < c.generics.size(); ++i) {
      if (i > 0) out_.Text(", ");
      Tok();
    }
    Tok();
  }
  Delimited(c.params, [&](G::FnParamContext& param) {
    if (param.variadic != nullptr) Tok();
    Tok();
    Bound(param.type_, param.value);
  });
  SpacedTok();
  out_.Space();
  Type(*c.result);
  if (c.body == nullptr) return;
  SpacedTok();
  Assigned(*c.body);
}

void FormatWalk::TypeDecl(G::TypeDeclContext& c) {
  Tok();
  SpacedTok();
  if (c.alias != nullptr) {
    SpacedTok();
    out_.Space();
    Type(*c.alias);
    return;
  }
  out_.Space();
  Braces(c.members, [&](G::TypeMemberContext& member) { TypeMember(member); });
}

void FormatWalk::TypeMember(G::TypeMemberContext& c) {
  Notes(c.notes);
  if (c.condition != nullptr) {
    Else(*c.condition, *c.message);
    return;
  }
  if (c.out != nullptr) {
    Tok();
    out_.Space();
  }
  Tok();
  Bound(c.type_, c.value);
}

void FormatWalk::Else(G::ExprContext& condition, G::ExprContext& message) {
  out_.BeginGroup();
  Tok();
  out_.Space();
  Expr(condition);
  out_.BeginIndent();
  out_.Line(false);
  Tok();
  out_.Space();
  Expr(message);
  out_.EndIndent();
  out_.EndGroup();
}

void FormatWalk::Binder(G::BinderContext& c) {
  Tok();
  if (c.second == nullptr) return;
  out_.Text(", ");
  Tok();
}

void FormatWalk::If(G::IfDeclContext* c) {
  for (;;) {
    Tok();
    out_.Space();
    Expr(*c->condition);
    out_.Space();
    Items(c->then);
    if (c->chained == nullptr && c->open == nullptr) return;
    SpacedTok();
    out_.Space();
    if (c->open != nullptr) return Items(c->otherwise);
    c = c->chained;
  }
}

void FormatWalk::Instance(G::InstanceDeclContext& c) {
  RawTo(*c.type_);
  SpacedTok();
  if (c.key != nullptr) {
    Tok();
    Expr(*c.key);
    Tok();
  }
  if (c.condition != nullptr) {
    SpacedTok();
    out_.Space();
    Expr(*c.condition);
  }
  out_.Space();
  Braces(c.members, [&](G::MemberContext& member) { Member(member); });
}

void FormatWalk::Member(G::MemberContext& c) {
  Tok();
  if (c.out != nullptr) {
    SpacedTok();
    Bound(c.out->type_, c.out->value);
  } else if (c.spread != nullptr) {
    Expr(*c.value);
  } else {
    Tok();
    Value(*c.value);
  }
}

void FormatWalk::Item(G::ItemContext& c) {
  Notes(c.notes);
  if (c.external != nullptr) {
    Tok();
    out_.Space();
  }
  if (c.instance != nullptr) return Instance(*c.instance);
  if (c.import_ != nullptr) return Import(*c.import_);
  if (c.fn != nullptr) return Fn(*c.fn);
  if (c.type_ != nullptr) return TypeDecl(*c.type_);
  if (c.if_ != nullptr) return If(c.if_);
  if (c.assert_ != nullptr) return Else(*c.assert_->condition, *c.assert_->message);
  Tok();
  out_.Space();
  if (c.removed != nullptr) return Expr(*c.removed->address);
  if (c.moved != nullptr) {
    Expr(*c.moved->from);
    SpacedTok();
    out_.Space();
    return Expr(*c.moved->to);
  }
  if (c.for_ != nullptr) {
    Binder(*c.for_->names);
    SpacedTok();
    out_.Space();
    Expr(*c.for_->over);
    out_.Space();
    return Items(c.for_->items);
  }
  Tok();
  if (c.param != nullptr) Bound(c.param->type_, c.param->value);
  if (c.let != nullptr) Bound(c.let->type_, c.let->value);
  if (c.out != nullptr) Bound(c.out->type_, c.out->value);
  if (c.component != nullptr) {
    out_.Space();
    Items(c.component->items);
  }
}

}  // namespace opsc::syntax
