#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"
#include "compiler/sema/names.h"
#include "compiler/sema/noting.h"
#include "compiler/sema/unify.h"

namespace opsc::sema {
namespace {

// What stands for one parameter: nothing (then its default), an expression, or a checked value; for
// the last parameter of `...xs`, any number of expressions.
struct Given {
  std::vector<ast::ExprId> exprs;
  std::optional<ExprId> checked;
  bool whole_list = false;  // of `...xs`, passed by name
  bool empty() const { return exprs.empty() && !checked; }
};

// One call of a declared function while it is being checked.
struct Call {
  SignatureId id;
  Span span;
  std::vector<Given> given;
  Bindings bindings;
  Bindings expected;  // what the place of the call says about them
  std::vector<std::optional<ExprId>> values;
};

size_t IndexOfParam(const Signature& signature, Symbol name) {
  size_t i = 0;
  while (i < signature.params.size() && signature.params[i].name != name) ++i;
  return i;
}

std::vector<std::string> ParamNames(const Signature& signature) {
  std::vector<std::string> names;
  for (const Parameter& param : signature.params) names.push_back(param.name.str());
  return names;
}

void PlaceNamed(Context& c, const Signature& signature, Call& call, const ast::Arg& arg) {
  size_t at = IndexOfParam(signature, arg.name->text);
  if (at == signature.params.size()) {
    Diagnostic& d = c.diags->Add(Diag::kUnknownArgument, arg.name->span,
                                 {signature.name.text(), arg.name->text.text()});
    SuggestNearest(d, *arg.name, ParamNames(signature));
    return;
  }
  NoteArgument(c, signature, at, arg.name->span);
  if (!call.given[at].empty()) {
    c.diags->Add(Diag::kDuplicateArgument, arg.name->span, {arg.name->text.text()});
    return;
  }
  call.given[at].exprs.push_back(arg.value);
  call.given[at].whole_list = signature.params[at].variadic;
}

void Place(Context& c, const Env& env, const Signature& signature, Call& call,
           const std::vector<ast::Arg>& args) {
  bool method = !call.given.empty() && call.given[0].checked;
  size_t next = method ? 1 : 0;
  bool reported = false;
  for (const ast::Arg& arg : args) {
    if (arg.name) {
      PlaceNamed(c, signature, call, arg);
    } else if (next < signature.params.size()) {
      call.given[next].exprs.push_back(arg.value);
      if (!signature.params[next].variadic) ++next;
    } else if (!reported) {
      reported = true;
      c.diags->Add(Diag::kTooManyArguments, env.file->exprs[arg.value].span,
                   {signature.name.text(), std::to_string(signature.params.size()),
                    std::to_string(args.size() + (method ? 1 : 0))});
    }
  }
}

bool HasDefault(const Signature& signature, size_t param) {
  return signature.ast().params[param].default_value.has_value();
}

void ReportMissing(Context& c, const Signature& signature, const Call& call) {
  for (size_t i = 0; i < signature.params.size(); ++i) {
    bool there = !call.given[i].empty() || signature.params[i].variadic || HasDefault(signature, i);
    if (there) continue;
    Diagnostic& d = c.diags->Add(Diag::kMissingArgument, call.span,
                                 {signature.params[i].name.text(), signature.name.text()});
    d.related.push_back({signature.ast().params[i].name.span, "it is declared here"});
  }
}

bool IsLambda(const ast::File& file, ast::ExprId id) {
  return std::holds_alternative<ast::LambdaExpr>(file.exprs[id].node);
}

bool IsCollection(const ast::File& file, ast::ExprId id) {
  const ast::ExprNode& node = file.exprs[id].node;
  return std::holds_alternative<ast::ListLit>(node) || std::holds_alternative<ast::RecordLit>(node);
}

// The parameter's type as far as it is known; a literal may be guided by the place of the call.
TypeId AimOf(Context& c, const Call& call, const ast::File& file, ast::ExprId arg, TypeId param) {
  Bindings bindings = call.bindings;  // an empty list or map does not say what it holds
  for (TypeId& type : bindings) {
    if (!IsNone(type) && c.types().Is(type, Prim::kNever)) type = kNone<TypeId>;
  }
  TypeId known = Substitute(c, param, bindings);
  if (!HasVar(c, known)) return known;
  if (!IsCollection(file, arg)) return kNone<TypeId>;
  TypeId guided = Substitute(c, known, call.expected);
  return HasVar(c, guided) ? kNone<TypeId> : guided;
}

ExprId CheckArg(Context& c, Env& env, Call& call, ast::ExprId arg, TypeId param) {
  ExprId value = CheckExpr(c, env, arg, AimOf(c, call, *env.file, arg, param));
  Unify(c, call.bindings, param, TypeOf(c, value));
  return value;
}

// A lambda's parameters must be known; its result may teach one.
ExprId CheckLambdaArg(Context& c, Env& env, Call& call, ast::ExprId arg, TypeId param) {
  TypeId known = Substitute(c, param, call.bindings);
  const auto* function = c.types().As<FunctionType>(known);
  if (!function || !HasVar(c, known)) return CheckExpr(c, env, arg, known);
  FunctionType guided = *function;
  for (TypeId& type : guided.params) type = Substitute(c, type, call.expected);
  if (HasVar(c, guided.result)) guided.result = kNone<TypeId>;
  const ast::Expr& expr = env.file->exprs[arg];
  ExprId value = CheckLambdaOf(c, env, std::get<ast::LambdaExpr>(expr.node), expr.span, guided);
  Unify(c, call.bindings, param, TypeOf(c, value));
  return value;
}

TypeId ElementOf(Context& c, TypeId list) {
  const auto* type = c.types().As<ListType>(list);
  return type ? type->element : c.prim(Prim::kError);
}

// `...xs`: the arguments are the elements of one list.
ExprId CheckVariadic(Context& c, Env& env, Call& call, const Given& given, TypeId list) {
  ListExpr elements;
  for (ast::ExprId arg : given.exprs) {
    elements.elements.push_back({false, CheckArg(c, env, call, arg, ElementOf(c, list))});
  }
  if (given.checked) elements.elements.push_back({false, *given.checked});
  return Add(c, std::move(elements), Substitute(c, list, call.bindings), call.span);
}

void CheckArgs(Context& c, Env& env, Call& call) {
  size_t count = call.given.size();
  for (bool lambdas : {false, true}) {
    for (size_t i = 0; i < count; ++i) {
      const Given& given = call.given[i];
      TypeId param = c.signatures[call.id].params[i].type;
      bool variadic = c.signatures[call.id].params[i].variadic && !given.whole_list;
      if (variadic) {
        if (!lambdas) call.values[i] = CheckVariadic(c, env, call, given, param);
      } else if (given.checked) {
        if (lambdas) continue;
        Unify(c, call.bindings, param, TypeOf(c, *given.checked));
        call.values[i] = given.checked;
      } else if (!given.exprs.empty() && IsLambda(*env.file, given.exprs[0]) == lambdas) {
        call.values[i] = lambdas ? CheckLambdaArg(c, env, call, given.exprs[0], param)
                                 : CheckArg(c, env, call, given.exprs[0], param);
      }
    }
  }
}

// Everything is known now: each argument has to fit; what is not given takes its default.
std::optional<std::vector<ExprId>> FinishArgs(Context& c, Call& call) {
  for (size_t i = 0; i < call.bindings.size(); ++i) {
    if (IsNone(call.bindings[i])) {
      call.bindings[i] = IsNone(call.expected[i]) ? c.prim(Prim::kNever) : call.expected[i];
    }
  }
  std::vector<ExprId> args;
  args.reserve(call.values.size());
  for (size_t i = 0; i < call.values.size(); ++i) {
    if (!call.values[i]) {
      if (!HasDefault(c.signatures[call.id], i)) return std::nullopt;
      args.push_back(DefaultOfParam(c, call.id, i));
      continue;
    }
    TypeId param = c.signatures[call.id].params[i].type;
    args.push_back(Coerce(c, *call.values[i], Substitute(c, param, call.bindings)));
  }
  return args;
}

// Where an argument is a hole: the parameters that may be given by name there.
void NameParameters(Context& c, const Env& env, const Call& call,
                    const std::vector<ast::Arg>& args) {
  bool is_open = std::ranges::any_of(args, [&](const ast::Arg& arg) {
    const auto* ref = std::get_if<ast::NameRef>(&env.file->exprs[arg.value].node);
    return !arg.name && ref && IsHole(c, ref->name.text);
  });
  if (!is_open) return;
  std::vector<RecordField> open;
  const Signature& signature = c.signatures[call.id];
  for (size_t i = 0; i < signature.params.size(); ++i) {
    const Given& given = call.given[i];
    const auto* ref = given.exprs.empty()
                          ? nullptr
                          : std::get_if<ast::NameRef>(&env.file->exprs[given.exprs.back()].node);
    bool is_given = !given.empty() && !(ref && IsHole(c, ref->name.text));
    if (!is_given) open.push_back({signature.params[i].name, signature.params[i].type, true});
  }
  FoundArguments(c, std::move(open));
}

ExprId CallFunction(Context& c, Env& env, SignatureId id, std::optional<ExprId> receiver,
                    const std::vector<ast::Arg>& args, Span span, TypeId expected) {
  const Signature& signature = ResolveSignature(c, id);
  Call call{id, span, {}, {}, {}, {}};
  call.given.resize(signature.params.size());
  call.values.resize(signature.params.size());
  call.bindings.assign(signature.ast().type_params.size(), kNone<TypeId>);
  call.expected = call.bindings;
  if (receiver && !call.given.empty()) call.given[0].checked = receiver;
  Place(c, env, signature, call, args);
  ReportMissing(c, signature, call);
  TypeId result = signature.result;
  bool guides = !IsNone(expected) && !call.expected.empty() && !c.types().Is(expected, Prim::kAny);
  if (guides) Unify(c, call.expected, result, expected);
  CheckArgs(c, env, call);
  if (c.in.notes && !c.in.notes->hole.empty()) NameParameters(c, env, call, args);
  auto values = FinishArgs(c, call);
  if (!values) return AddError(c, span);
  TypeId type = Substitute(c, result, call.bindings);
  const Signature& done = c.signatures[id];
  if (!IsNone(done.fn)) return Add(c, CallFnExpr{done.fn, std::move(*values)}, type, span);
  if (done.builtin) {
    return Add(c, CallBuiltinExpr{*done.builtin, std::move(*values)}, type, span);
  }
  return AddError(c, span);  // an `extern fn` outside of the standard library: said there
}

// A call of a value: a lambda held in a let, param, field or local.
ExprId CallValue(Context& c, Env& env, ExprId callee, const std::vector<ast::Arg>& args,
                 Span span) {
  TypeId type = TypeOf(c, callee);
  const auto* function = c.types().As<FunctionType>(type);
  bool dynamic = c.types().Is(type, Prim::kAny) || IsError(c, type);
  if (!function && !dynamic) {
    c.diags->Add(Diag::kNotCallable, SpanOf(c, callee), {Show(c, type)});
  }
  if (function && function->params.size() != args.size()) {
    c.diags->Add(
        Diag::kWrongArgumentCount, span,
        {"the function", std::to_string(function->params.size()), std::to_string(args.size())});
  }
  std::vector<ExprId> values;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].name && !IsError(c, type)) {
      c.diags->Add(Diag::kUnknownArgument, args[i].name->span,
                   {Show(c, type), args[i].name->text.text()});
    }
    bool known = function && i < function->params.size();
    values.push_back(CheckExpr(c, env, args[i].value, known ? function->params[i] : kNone<TypeId>));
  }
  if (!function && (!dynamic || IsError(c, type))) return AddError(c, span);
  TypeId result = function ? function->result : c.prim(Prim::kAny);
  return Add(c, CallValueExpr{callee, std::move(values)}, result, span);
}

std::optional<SignatureId> FunctionNamed(Context& c, const Env& env, Symbol name) {
  const ValueName* value = FindValue(c, env.scope, name);
  if (!value || value->kind != ValueName::Kind::kFunction) return std::nullopt;
  return static_cast<SignatureId>(value->index);
}

// What `x.name(…)` calls: of rows, the function `rows_name` of the prelude.
std::optional<SignatureId> MethodNamed(Context& c, const Env& env, TypeId object, Symbol name) {
  if (!c.types().As<RowsType>(object)) return FunctionNamed(c, env, name);
  return FunctionNamed(c, env, Symbol("rows_" + name.str()));
}

void ReportUnknownMethod(Context& c, const Env& env, TypeId type, const ast::Name& name) {
  if (IsError(c, type)) return;
  Diagnostic& d = c.diags->Add(Diag::kUnknownMethod, name.span, {Show(c, type), name.text.text()});
  std::vector<std::string> candidates;
  for (ScopeId s = env.scope; !IsNone(s); s = c.model->scopes[s].parent) {
    std::ranges::move(FunctionsIn(c, s), std::back_inserter(candidates));
  }
  std::ranges::move(FunctionsIn(c, c.modules[c.prelude].scope), std::back_inserter(candidates));
  SuggestNearest(d, name, candidates);
}

void CheckArgsAlone(Context& c, Env& env, const std::vector<ast::Arg>& args) {
  for (const ast::Arg& arg : args) {
    if (!IsLambda(*env.file, arg.value)) CheckExpr(c, env, arg.value);
  }
}

bool HasCallableField(Context& c, Env& env, ExprId object, const ast::MemberExpr& member,
                      std::optional<ExprId>& field) {
  Bare bare = Strip(c, TypeOf(c, object));
  bool dynamic = c.types().Is(bare.type, Prim::kAny);
  if (dynamic && FunctionNamed(c, env, member.name.text)) return false;
  if (bare.optional) return false;
  field = FieldOf(c, env, object, member.name, member.optional, SpanOf(c, object));
  return field && (dynamic || c.types().As<FunctionType>(TypeOf(c, *field)));
}

// x.f(y): a field that holds a function, else f(x, y).
ExprId CallMethod(Context& c, Env& env, const ast::MemberExpr& member, const ast::CallExpr& call,
                  Span span, TypeId expected) {
  ExprId object = CheckExpr(c, env, member.object);
  std::optional<ExprId> field;
  if (HasCallableField(c, env, object, member, field)) {
    return CallValue(c, env, *field, call.args, span);
  }
  if (member.optional) {
    c.diags->Add(Diag::kNotImplemented, member.name.span, {"calling a method with `?.`"}).hint =
        "test it: `if x != null then x.f() else null`";
    CheckArgsAlone(c, env, call.args);
    return AddError(c, span);
  }
  if (auto function = MethodNamed(c, env, TypeOf(c, object), member.name.text)) {
    if (const auto* value = FindValue(c, env.scope, member.name.text)) {
      NoteValue(c, member.name.span, *value);
    }
    return CallFunction(c, env, *function, object, call.args, span, expected);
  }
  ReportUnknownMethod(c, env, TypeOf(c, object), member.name);
  CheckArgsAlone(c, env, call.args);
  return AddError(c, span);
}

}  // namespace

namespace {

// `max(o.at)` of a whole column, where `max(a, b)` is another function.
std::optional<SignatureId> ColumnFunction(Context& c, Env& env, Symbol name,
                                          const std::vector<ast::Arg>& args) {
  constexpr std::string_view kNames[] = {"sum", "min", "max", "every", "distinct"};
  bool may_be = args.size() == 1 && !args[0].name && !IsLambda(*env.file, args[0].value) &&
                std::ranges::find(kNames, name.text()) != std::end(kNames);
  if (!may_be) return std::nullopt;
  auto prim = PrimOf(c, Strip(c, TypeOf(c, CheckExpr(c, env, args[0].value))).type);
  if (!prim || *prim == Prim::kAny || *prim == Prim::kError) return std::nullopt;
  return FunctionNamed(c, env, Symbol("column_" + name.str()));
}

}  // namespace

ExprId CheckCall(Context& c, Env& env, const ast::CallExpr& call, Span span, TypeId expected) {
  const ast::ExprNode& callee = env.file->exprs[call.callee].node;
  if (const auto* ref = std::get_if<ast::NameRef>(&callee)) {
    auto function = FunctionNamed(c, env, ref->name.text);
    if (function && !FindLocal(env, ref->name.text)) {
      if (auto of_column = ColumnFunction(c, env, ref->name.text, call.args)) function = of_column;
    }
    if (function && !FindLocal(env, ref->name.text)) {
      NoteValue(c, ref->name.span, *FindValue(c, env.scope, ref->name.text));
      return CallFunction(c, env, *function, std::nullopt, call.args, span, expected);
    }
  }
  if (const auto* member = std::get_if<ast::MemberExpr>(&callee)) {
    const auto* object = std::get_if<ast::NameRef>(&env.file->exprs[member->object].node);
    bool self = object && object->name.text.text() == "self";
    if (auto module = NamedModule(c, env, member->object)) {
      const ValueName* value = FindValueIn(c, *module, member->name.text);
      if (value && value->kind == ValueName::Kind::kFunction) {
        auto id = static_cast<SignatureId>(value->index);
        NoteValue(c, member->name.span, *value);
        NoteModuleCall(c, id, object->name, member->name);
        return CallFunction(c, env, id, std::nullopt, call.args, span, expected);
      }
    } else if (!self) {
      return CallMethod(c, env, *member, call, span, expected);
    }
  }
  ExprId value = CheckExpr(c, env, call.callee);
  return CallValue(c, env, value, call.args, span);
}

}  // namespace opsc::sema
