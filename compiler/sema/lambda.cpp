#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/ast_walk.h"
#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/narrow.h"

namespace opsc::sema {
namespace {

// The names used in an expression, each once: what a lambda may capture.
void CollectNames(const ast::File& file, ast::ExprId id, std::vector<Symbol>& names) {
  const ast::ExprNode& node = file.exprs[id].node;
  if (const auto* ref = std::get_if<ast::NameRef>(&node)) {
    if (std::ranges::find(names, ref->name.text) == names.end()) names.push_back(ref->name.text);
    return;
  }
  ForEachChild(node, [&](ast::ExprId child) { CollectNames(file, child, names); });
}

// Copies what the body uses of the frame around into the first slots of the lambda's own.
std::vector<uint32_t> Capture(const Env& env, const ast::LambdaExpr& lambda, Frame& frame) {
  std::vector<uint32_t> captures;
  if (!env.frame || env.frame->locals.empty()) return captures;
  std::vector<Symbol> names;
  CollectNames(*env.file, lambda.body, names);
  bool self = env.self && env.self->slot;
  if (self) names.push_back(Symbol());  // the record of a `check`
  for (Symbol name : names) {
    const Local* local = FindLocal(env, name);
    if (!local) continue;
    captures.push_back(local->slot);
    Local copy = *local;
    copy.slot = frame.next++;
    frame.locals.push_back(copy);
  }
  frame.size = frame.next;
  return captures;
}

// The binder's locals, for as long as it lives.
class LoopScope {
 public:
  LoopScope(Context& c, Frame& frame, const ast::Binder& binder, LoopTypes types)
      : frame_(frame), locals_(frame.locals.size()), next_(frame.next) {
    first = AddLocal(c, frame, binder.first.text, types.first, binder.first.span);
    if (!binder.second) return;
    second = AddLocal(c, frame, binder.second->text, types.second, binder.second->span);
  }
  ~LoopScope() {
    frame_.locals.erase(frame_.locals.begin() + static_cast<ptrdiff_t>(locals_),
                        frame_.locals.end());
    frame_.next = next_;
  }
  LoopScope(const LoopScope&) = delete;
  LoopScope& operator=(const LoopScope&) = delete;

  uint32_t first = 0;
  std::optional<uint32_t> second;

 private:
  Frame& frame_;
  size_t locals_;
  uint32_t next_;
};

std::optional<ExprId> CheckFilter(Context& c, Env& env,
                                  const std::optional<ast::ExprId>& condition) {
  if (!condition) return std::nullopt;
  return CheckExpr(c, env, *condition, c.prim(Prim::kBool));
}

LoopTypes ReportLoop(Context& c, ExprId over, std::string hint) {
  c.diags->Add(Diag::kNotIterable, SpanOf(c, over), {Show(c, TypeOf(c, over))}).hint =
      std::move(hint);
  return {c.prim(Prim::kError), c.prim(Prim::kError)};
}

LoopTypes TypesOfMap(Context& c, const ast::Binder& binder, ExprId over, TypeId key, TypeId value) {
  if (!binder.second) {
    return ReportLoop(
        c, over,
        fmt::format("a map has keys and values: `for key, {} in …`", binder.first.text.text()));
  }
  return {key, value};
}

// What is made of each element of a secret is a secret as a whole: how many there are tells of it.
TypeId TypeOfAll(Context& c, ExprId over, TypeId type) {
  return Strip(c, TypeOf(c, over)).secret ? MakeSecret(c, type) : type;
}

// What is made of one of these: it may be a secret where all of them are.
ExprId CheckPart(Context& c, Env& env, ast::ExprId part, ExprId over, TypeId expected) {
  return CheckExpr(c, env, part, IsNone(expected) ? expected : TypeOfAll(c, over, expected));
}

}  // namespace

LoopTypes TypesOfLoop(Context& c, const ast::Binder& binder, ExprId over) {
  Bare bare = Strip(c, TypeOf(c, over));
  if (bare.optional) {
    return ReportLoop(c, over, "it may be null: write `?? []`, or test with `!= null` first");
  }
  auto marked = [&](TypeId type) { return bare.secret ? MakeSecret(c, type) : type; };
  bool dynamic = c.types().Is(bare.type, Prim::kAny) || IsError(c, bare.type);
  if (dynamic) return {bare.type, bare.type};
  if (const auto* list = c.types().As<ListType>(bare.type)) {
    TypeId element = marked(list->element);
    if (!binder.second) return {element, element};
    return {c.prim(Prim::kInt), element};
  }
  TypeId key = marked(c.prim(Prim::kString));
  if (const auto* map = c.types().As<MapType>(bare.type)) {
    return TypesOfMap(c, binder, over, key, marked(map->value));
  }
  if (const auto* fields = FieldsOf(c, bare.type)) {
    std::vector<TypeId> types;
    for (const RecordField& field : *fields) types.push_back(field.type);
    return TypesOfMap(c, binder, over, key, marked(JoinAll(c, types)));
  }
  return ReportLoop(c, over, "");
}

ExprId CheckLambdaOf(Context& c, Env& env, const ast::LambdaExpr& lambda, Span span,
                     const FunctionType& type) {
  if (lambda.params.size() != type.params.size()) {
    c.diags->Add(Diag::kWrongParameterCount, span,
                 {std::to_string(lambda.params.size()), std::to_string(type.params.size())});
    return AddError(c, span);
  }
  Frame frame;
  LambdaExpr node;
  node.captures = Capture(env, lambda, frame);
  node.param_count = static_cast<uint32_t>(lambda.params.size());
  for (size_t i = 0; i < lambda.params.size(); ++i) {
    AddLocal(c, frame, lambda.params[i].text, type.params[i], lambda.params[i].span);
  }
  SelfScope self;
  Env inner{env.file, env.scope, &frame, env.self, env.facts};
  if (env.self && env.self->slot) {
    self = *env.self;
    self.slot = FindLocal(inner, Symbol())->slot;
    inner.self = &self;
  }
  node.body = CheckExpr(c, inner, lambda.body, type.result);
  node.frame_size = frame.size;
  FunctionType own{type.params, IsNone(type.result) ? TypeOf(c, node.body) : type.result};
  return Add(c, std::move(node), c.types().Intern(std::move(own)), span);
}

ExprId CheckLambda(Context& c, Env& env, const ast::LambdaExpr& lambda, Span span,
                   TypeId expected) {
  if (!IsNone(expected)) {
    if (const auto* function = c.types().As<FunctionType>(expected)) {
      return CheckLambdaOf(c, env, lambda, span, *function);
    }
    bool dynamic = c.types().Is(expected, Prim::kAny) || IsError(c, expected);
    if (dynamic) {
      FunctionType type{std::vector<TypeId>(lambda.params.size(), expected), kNone<TypeId>};
      return CheckLambdaOf(c, env, lambda, span, type);
    }
  }
  if (lambda.params.empty()) return CheckLambdaOf(c, env, lambda, span, {{}, kNone<TypeId>});
  if (IsNone(expected) || c.types().As<VarType>(expected)) {
    c.diags
        ->Add(Diag::kCannotInfer, span,
              {fmt::format("the lambda's parameter `{}`", lambda.params[0].text.text())})
        .hint =
        "give the place a function type: `let f: (int) -> int = x => x + 1`, or write a `fn`";
  } else {
    c.diags->Add(Diag::kTypeMismatch, span, {Show(c, expected), "a function"});
  }
  return AddError(c, span);
}

ExprId CheckListComp(Context& c, Env& env, const ast::ListComp& comp, Span span, TypeId expected) {
  const auto* list = IsNone(expected) ? nullptr : c.types().As<ListType>(expected);
  ListCompExpr node;
  node.over = CheckExpr(c, env, comp.over);
  LoopScope loop(c, *env.frame, comp.binder, TypesOfLoop(c, comp.binder, node.over));
  node.slot = loop.first;
  node.second_slot = loop.second;
  node.condition = CheckFilter(c, env, comp.condition);
  FactScope facts(env);
  if (comp.condition) Assume(c, env, *comp.condition, Outcome::kTrue);
  node.value = CheckPart(c, env, comp.value, node.over, list ? list->element : kNone<TypeId>);
  TypeId type = list ? expected : c.types().Intern(ListType{TypeOf(c, node.value)});
  type = TypeOfAll(c, node.over, type);
  return Add(c, std::move(node), type, span);
}

ExprId CheckRecordComp(Context& c, Env& env, const ast::RecordComp& comp, Span span,
                       TypeId expected) {
  const auto* map = IsNone(expected) ? nullptr : c.types().As<MapType>(expected);
  RecordCompExpr node;
  node.over = CheckExpr(c, env, comp.over);
  LoopScope loop(c, *env.frame, comp.binder, TypesOfLoop(c, comp.binder, node.over));
  node.slot = loop.first;
  node.second_slot = loop.second;
  node.condition = CheckFilter(c, env, comp.condition);
  FactScope facts(env);
  if (comp.condition) Assume(c, env, *comp.condition, Outcome::kTrue);
  node.key = CheckPart(c, env, comp.key, node.over, c.prim(Prim::kString));
  node.value = CheckPart(c, env, comp.value, node.over, map ? map->value : kNone<TypeId>);
  TypeId type = map ? expected : c.types().Intern(MapType{TypeOf(c, node.value)});
  type = TypeOfAll(c, node.over, type);
  return Add(c, std::move(node), type, span);
}

}  // namespace opsc::sema
