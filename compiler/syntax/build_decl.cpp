#include "compiler/syntax/build.h"

namespace opsc::syntax {
namespace {

using antlr::OpsParser;
using ast::DeclNode;
using ast::ExprId;

std::optional<ExprId> MaybeExpr(Builder& b, OpsParser::ExprContext* c) {
  return c == nullptr ? std::nullopt : std::optional(BuildExpr(b, *c));
}

std::optional<ast::TypeExprId> MaybeType(Builder& b, OpsParser::TypeContext* c) {
  return c == nullptr ? std::nullopt : std::optional(BuildType(b, *c));
}

std::vector<ast::Annotation> BuildNotes(Builder& b,
                                        const std::vector<OpsParser::AnnotationContext*>& notes) {
  std::vector<ast::Annotation> built;
  for (OpsParser::AnnotationContext* note : notes) {
    built.push_back({b.NameOf(note->name), {}});
    if (note->call != nullptr) built.back().args = BuildArgs(b, *note->call);
  }
  return built;
}

std::vector<ast::DeclId> BuildItems(Builder& b, const std::vector<OpsParser::ItemContext*>& items) {
  std::vector<ast::DeclId> ids;
  ids.reserve(items.size());
  for (OpsParser::ItemContext* item : items) ids.push_back(BuildItem(b, *item));
  return ids;
}

DeclNode BuildImport(Builder& b, OpsParser::ImportDeclContext& c) {
  ast::ImportDecl import;
  if (c.path != nullptr) import.path = StringText(b, c.path);
  if (c.target != nullptr) import.qname = BuildQName(b, *c.target);
  if (c.call != nullptr) import.args = BuildArgs(b, *c.call);
  if (c.alias != nullptr) import.alias = b.NameOf(c.alias->token);
  return import;
}

ast::OutDecl BuildOut(Builder& b, OpsParser::OutDeclContext& c) {
  return {b.NameOf(c.name->token), MaybeType(b, c.type_), BuildExpr(b, *c.value)};
}

DeclNode BuildFn(Builder& b, OpsParser::FnDeclContext& c, bool is_extern) {
  ast::FnDecl fn;
  fn.is_extern = is_extern;
  fn.name = b.NameOf(c.name->token);
  for (OpsParser::IdentContext* name : c.generics) fn.type_params.push_back(b.NameOf(name->token));
  for (OpsParser::FnParamContext* p : c.params) {
    ast::FnParam& param = fn.params.emplace_back();
    param.name = b.NameOf(p->name->token);
    param.type = BuildType(b, *p->type_);
    param.default_value = MaybeExpr(b, p->value);
    param.variadic = p->variadic != nullptr;
    if (param.variadic && p != c.params.back()) {
      b.diagnostics.Add(Diag::kSyntax, b.SpanOf(*p), {"only the last parameter can be variadic"});
    }
  }
  fn.result = BuildType(b, *c.result);
  fn.body = MaybeExpr(b, c.body);
  if (is_extern && fn.body) {
    b.diagnostics.Add(Diag::kSyntax, b.file.exprs[*fn.body].span,
                      {"an `extern fn` has no body: the runtime implements it"});
  }
  if (!is_extern && !fn.body) {
    fn.body = b.Error({b.file.file, b.SpanOf(c).end, b.SpanOf(c).end},
                      "expected `= expression`: the body of the function");
  }
  return fn;
}

void AddTypeMember(Builder& b, ast::TypeDecl& type, OpsParser::TypeMemberContext& c) {
  std::string doc = b.DocBefore(c.start);
  if (c.condition != nullptr) {
    if (!c.notes.empty()) {
      b.diagnostics.Add(Diag::kSyntax, b.SpanOf(*c.notes[0]), {"a `check` has no annotations"});
    }
    ExprId condition = BuildExpr(b, *c.condition);
    type.checks.push_back({condition, BuildExpr(b, *c.message), b.SpanOf(c)});
    return;
  }
  ast::TypeMember& member = type.members.emplace_back();
  member.doc = std::move(doc);
  member.annotations = BuildNotes(b, c.notes);
  member.is_out = c.out != nullptr;
  member.name = FieldNameOf(b, *c.name);
  member.type = BuildType(b, *c.type_);
  member.default_value = MaybeExpr(b, c.value);
}

DeclNode BuildTypeDecl(Builder& b, OpsParser::TypeDeclContext& c, bool is_extern) {
  ast::TypeDecl type;
  type.is_extern = is_extern;
  type.name = b.NameOf(c.name->token);
  type.alias = MaybeType(b, c.alias);
  for (OpsParser::TypeMemberContext* member : c.members) AddTypeMember(b, type, *member);
  return type;
}

DeclNode BuildInstance(Builder& b, OpsParser::InstanceDeclContext& c) {
  ast::InstanceDecl instance;
  instance.type = BuildQName(b, *c.type_);
  instance.name = b.NameOf(c.name->token);
  instance.key = MaybeExpr(b, c.key);
  instance.condition = MaybeExpr(b, c.condition);
  instance.members.reserve(c.members.size());
  for (OpsParser::MemberContext* m : c.members) {
    using Kind = ast::InstanceMember::Kind;
    ast::InstanceMember& member = instance.members.emplace_back();
    member.doc = b.DocBefore(m->start);
    if (m->out != nullptr) {
      ast::OutDecl out = BuildOut(b, *m->out);
      member.kind = Kind::kOut;
      member.name = out.name;
      member.type = out.type;
      member.value = out.value;
      continue;
    }
    member.kind = m->spread != nullptr ? Kind::kSpread : Kind::kField;
    if (m->name != nullptr) member.name = FieldNameOf(b, *m->name);
    member.value = BuildExpr(b, *m->value);
  }
  return instance;
}

ast::DeclId BuildIf(Builder& b, OpsParser::IfDeclContext& c);

DeclNode IfNode(Builder& b, OpsParser::IfDeclContext& c) {
  ast::IfDecl node{BuildExpr(b, *c.condition), BuildItems(b, c.then), {}};
  if (c.chained != nullptr) node.otherwise.push_back(BuildIf(b, *c.chained));
  if (c.open != nullptr) node.otherwise = BuildItems(b, c.otherwise);
  return node;
}

ast::DeclId BuildIf(Builder& b, OpsParser::IfDeclContext& c) {
  DeclNode node = IfNode(b, c);
  return b.file.decls.Add({std::move(node), b.SpanOf(c), {}, {}});
}

DeclNode BuildFor(Builder& b, OpsParser::ForDeclContext& c) {
  ast::Binder binder = BuildBinder(b, *c.names);
  ExprId over = BuildExpr(b, *c.over);
  return ast::ForDecl{binder, over, BuildItems(b, c.items)};
}

DeclNode BuildNode(Builder& b, OpsParser::ItemContext& c) {
  if (c.instance != nullptr) return BuildInstance(b, *c.instance);
  if (c.let != nullptr) {
    return ast::LetDecl{b.NameOf(c.let->name->token), MaybeType(b, c.let->type_),
                        BuildExpr(b, *c.let->value)};
  }
  if (c.param != nullptr) {
    return ast::ParamDecl{b.NameOf(c.param->name->token), BuildType(b, *c.param->type_),
                          MaybeExpr(b, c.param->value)};
  }
  if (c.out != nullptr) return BuildOut(b, *c.out);
  if (c.fn != nullptr) return BuildFn(b, *c.fn, c.external != nullptr);
  if (c.type_ != nullptr) return BuildTypeDecl(b, *c.type_, c.external != nullptr);
  if (c.component != nullptr) {
    return ast::ComponentDecl{b.NameOf(c.component->name->token),
                              BuildItems(b, c.component->items)};
  }
  if (c.for_ != nullptr) return BuildFor(b, *c.for_);
  if (c.if_ != nullptr) return IfNode(b, *c.if_);
  if (c.import_ != nullptr) return BuildImport(b, *c.import_);
  if (c.assert_ != nullptr) {
    return ast::AssertDecl{BuildExpr(b, *c.assert_->condition), BuildExpr(b, *c.assert_->message)};
  }
  if (c.moved != nullptr) {
    return ast::MovedDecl{BuildExpr(b, *c.moved->from), BuildExpr(b, *c.moved->to)};
  }
  return ast::RemovedDecl{BuildExpr(b, *c.removed->address)};
}

}  // namespace

ast::DeclId BuildItem(Builder& b, OpsParser::ItemContext& c) {
  std::string doc = b.DocBefore(c.start);
  std::vector<ast::Annotation> notes = BuildNotes(b, c.notes);
  DeclNode node = BuildNode(b, c);
  return b.file.decls.Add({std::move(node), b.SpanOf(c), std::move(doc), std::move(notes)});
}

}  // namespace opsc::syntax
