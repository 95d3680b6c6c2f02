#include "compiler/sema/type_expr.h"

#include <fmt/format.h>

#include <array>

#include "compiler/sema/fit.h"
#include "compiler/sema/names.h"
#include "compiler/sema/noting.h"
#include "compiler/sema/text.h"

namespace opsc::sema {
namespace {

struct PrimRow {
  std::string_view name;
  Prim prim;
};
constexpr std::array kPrims{
    PrimRow{"bool", Prim::kBool},         PrimRow{"int", Prim::kInt},
    PrimRow{"float", Prim::kFloat},       PrimRow{"ratio", Prim::kRatio},
    PrimRow{"duration", Prim::kDuration}, PrimRow{"size", Prim::kSize},
    PrimRow{"time", Prim::kTime},         PrimRow{"string", Prim::kString},
    PrimRow{"bytes", Prim::kBytes},       PrimRow{"path", Prim::kPath},
    PrimRow{"url", Prim::kUrl},           PrimRow{"regex", Prim::kRegex},
    PrimRow{"semver", Prim::kSemver},     PrimRow{"file", Prim::kFile},
    PrimRow{"files", Prim::kFiles},       PrimRow{"template", Prim::kTemplate},
    PrimRow{"any", Prim::kAny},           PrimRow{"never", Prim::kNever},
};

std::optional<Prim> FindPrim(Symbol name) {
  for (const PrimRow& row : kPrims) {
    if (row.name == name.text()) return row.prim;
  }
  return std::nullopt;
}

TypeId TypeOf(Context& c, const TypeName& name) {
  switch (name.kind) {
    case TypeName::Kind::kNominal:
      return TypeOfNominal(c, static_cast<NominalId>(name.index));
    case TypeName::Kind::kAlias:
      return TypeOfAlias(c, static_cast<AliasId>(name.index));
    case TypeName::Kind::kModule:
      return TypeOfNominal(c, c.modules[name.index].nominal);
    case TypeName::Kind::kBroken:
      return c.prim(Prim::kError);
  }
  return c.prim(Prim::kError);
}

// User types shadow the built-in ones; `file` of the prelude names both a type of instance and the
// type of its value, which is what a type expression means.
TypeId ResolveSimple(Context& c, const TypePlace& place, const ast::Name& name) {
  if (place.params) {
    for (size_t i = 0; i < place.params->size(); ++i) {
      if ((*place.params)[i].text != name.text) continue;
      return c.types().Intern(VarType{static_cast<uint32_t>(i), name.text});
    }
  }
  if (IsHole(c, name.text)) FoundType(c, place.scope, std::nullopt);
  const TypeName* found = FindType(c, place.scope, name.text);
  if (found) NoteType(c, name.span, *found);
  bool of_prelude = !found || found == FindTypeIn(c, c.prelude, name.text);
  if (of_prelude) {
    if (auto prim = FindPrim(name.text)) return c.prim(*prim);
  }
  if (found) return TypeOf(c, *found);
  ReportUnknownType(c, place.scope, name);
  return c.prim(Prim::kError);
}

TypeId ResolveNamed(Context& c, const TypePlace& place, const ast::NamedTypeExpr& named,
                    Span span) {
  bool rows = named.name.size() == 1 && named.name[0].text.text() == "rows";
  if (rows && named.args.size() == 1) {
    return c.types().Intern(RowsType{ResolveType(c, place, named.args[0])});
  }
  if (!named.args.empty()) {
    c.diags->Add(Diag::kNotImplemented, span,
                 {fmt::format("the type `{}<…>`", named.name[0].text.text())});
    return c.prim(Prim::kError);
  }
  if (named.name.size() == 1) return ResolveSimple(c, place, named.name[0]);
  auto found = FindQualifiedType(c, place.scope, named.name);
  return found ? TypeOf(c, *found) : c.prim(Prim::kError);
}

Value LiteralValue(const ast::LiteralTypeExpr& literal) {
  return Match(
      literal.value, [](const std::string& text) { return Value::String(text); },
      [](int64_t number) { return Value::Int(number); }, [](bool b) { return Value::Bool(b); });
}

// A bound of a refinement: a literal, perhaps with a minus before it.
std::optional<Value> BoundValue(const ast::File& file, ast::ExprId id, Prim base) {
  const ast::ExprNode& node = file.exprs[id].node;
  if (const auto* unary = std::get_if<ast::UnaryExpr>(&node)) {
    auto value = BoundValue(file, unary->operand, base);
    if (!value) return value;
    bool real = value->is(ValueKind::kFloat);
    return real ? Value::Float(-value->AsFloat()) : Value::Int(-value->AsInt());
  }
  if (const auto* number = std::get_if<ast::IntLit>(&node)) {
    if (base == Prim::kFloat) return Value::Float(static_cast<double>(number->value));
    bool whole = base == Prim::kInt || base == Prim::kString;
    return whole ? std::optional(Value::Int(number->value)) : std::nullopt;
  }
  if (const auto* number = std::get_if<ast::FloatLit>(&node)) {
    return base == Prim::kFloat ? std::optional(Value::Float(number->value)) : std::nullopt;
  }
  const auto* quantity = std::get_if<ast::QuantityLit>(&node);
  if (!quantity) return std::nullopt;
  switch (quantity->unit) {
    case ast::Unit::kDuration:
      return base == Prim::kDuration ? std::optional(Value::Duration(quantity->integer))
                                     : std::nullopt;
    case ast::Unit::kSize:
      return base == Prim::kSize ? std::optional(Value::Size(quantity->integer)) : std::nullopt;
    case ast::Unit::kRatio:
      return base == Prim::kRatio ? std::optional(Value::Ratio(quantity->number)) : std::nullopt;
  }
  return std::nullopt;
}

bool CanRefine(Prim prim) {
  return prim == Prim::kInt || prim == Prim::kFloat || prim == Prim::kRatio ||
         prim == Prim::kDuration || prim == Prim::kSize || prim == Prim::kString;
}

std::optional<Value> ResolveBound(Context& c, const TypePlace& place, ast::ExprId id, Prim base,
                                  TypeId base_type) {
  auto value = BoundValue(*place.file, id, base);
  if (!value) {
    c.diags->Add(Diag::kBadRefinement, place.file->exprs[id].span,
                 {fmt::format("a bound of {} is a constant of its kind",
                              base == Prim::kString ? "a string's length" : Show(c, base_type))});
  }
  return value;
}

TypeId ResolveRefined(Context& c, const TypePlace& place, const ast::RefinedTypeExpr& refined,
                      Span span) {
  TypeId base = ResolveType(c, place, refined.base);
  if (IsError(c, base)) return base;
  auto prim = c.types().As<PrimType>(base) ? PrimOf(c, base) : std::nullopt;
  if (!prim || !CanRefine(*prim)) {
    c.diags->Add(Diag::kBadRefinement, span,
                 {fmt::format("{} cannot be narrowed by bounds", Show(c, base))});
    return c.prim(Prim::kError);
  }
  RefinedType type{base, {}, {}, refined.pattern};
  if (refined.low) type.low = ResolveBound(c, place, *refined.low, *prim, base);
  if (refined.high) type.high = ResolveBound(c, place, *refined.high, *prim, base);
  if (!type.pattern.empty()) {
    if (*prim != Prim::kString) {
      c.diags->Add(Diag::kBadRefinement, refined.pattern_span, {"only strings have a pattern"});
      return base;
    }
    if (auto problem = RegexProblem(type.pattern)) {
      c.diags->Add(Diag::kBadText, refined.pattern_span, {type.pattern, "regex", *problem});
      return base;
    }
  }
  return c.types().Intern(std::move(type));
}

TypeId ResolveUnion(Context& c, const TypePlace& place, const ast::UnionTypeExpr& choice) {
  std::vector<TypeId> members;
  members.reserve(choice.members.size());
  for (ast::TypeExprId member : choice.members) members.push_back(ResolveType(c, place, member));
  return MakeUnion(c, members);
}

TypeId ResolveFunctionType(Context& c, const TypePlace& place,
                           const ast::FunctionTypeExpr& function) {
  FunctionType type;
  for (ast::TypeExprId param : function.params) {
    type.params.push_back(ResolveType(c, place, param));
  }
  type.result = ResolveType(c, place, function.result);
  return c.types().Intern(std::move(type));
}

bool NamesString(const ast::File& file, ast::TypeExprId key) {
  const auto* named = std::get_if<ast::NamedTypeExpr>(&file.types[key].node);
  return named && named->name.size() == 1 && named->name[0].text.text() == "string";
}

TypeId ResolveMap(Context& c, const TypePlace& place, const ast::MapTypeExpr& map) {
  TypeId value = ResolveType(c, place, map.value);
  if (!NamesString(*place.file, map.key)) {
    c.diags->Add(Diag::kNotImplemented, place.file->types[map.key].span,
                 {"a map with keys other than `string`"});
  }
  return c.types().Intern(MapType{value});
}

}  // namespace

std::optional<TypeName> FindQualifiedType(Context& c, ScopeId scope, const ast::QName& name) {
  if (IsHole(c, name[0].text)) FoundType(c, scope, std::nullopt);
  const TypeName* found = FindType(c, scope, name[0].text);
  if (found) NoteType(c, name[0].span, *found);
  if (!found) {
    ReportUnknownType(c, scope, name[0]);
    return std::nullopt;
  }
  for (size_t i = 1; i < name.size(); ++i) {
    if (found->kind == TypeName::Kind::kBroken) return *found;
    if (found->kind != TypeName::Kind::kModule) {
      c.diags->Add(Diag::kUnknownMember, name[i].span,
                   {name[i - 1].text.text(), name[i].text.text()});
      return std::nullopt;
    }
    uint32_t module = found->index;
    if (IsHole(c, name[i].text)) FoundType(c, scope, module);
    found = FindTypeIn(c, module, name[i].text);
    if (found) NoteType(c, name[i].span, *found);
    if (found) continue;
    Diagnostic& diagnostic = c.diags->Add(Diag::kUnknownMember, name[i].span,
                                          {name[i - 1].text.text(), name[i].text.text()});
    SuggestNearest(diagnostic, name[i], TypesIn(c, module));
    return std::nullopt;
  }
  return *found;
}

TypeId TypeOfNominal(Context& c, NominalId id) {
  bool instances = c.types().nominal[id].is_instantiable;
  return instances ? c.types().Intern(InstanceType{id, {}}) : c.types().Intern(NamedType{id});
}

TypeId TypeOfAlias(Context& c, AliasId id) {
  Alias& alias = c.aliases[id];
  const auto& decl = alias.decl.As<ast::TypeDecl>();
  if (alias.progress == Progress::kRunning) {
    c.diags->Add(Diag::kRecursiveType, decl.name.span, {decl.name.text.text()}).hint = fmt::format(
        "write `type {} {{ … }}`: a declared record may hold itself", decl.name.text.text());
    alias.type = c.prim(Prim::kError);
    return alias.type;
  }
  if (alias.progress == Progress::kDone) return alias.type;
  alias.progress = Progress::kRunning;
  DeclRef ref = alias.decl;
  TypeId type = ResolveType(c, {ref.file, alias.scope}, *decl.alias);
  Alias& done = c.aliases[id];  // the table may have grown
  done.progress = Progress::kDone;
  if (IsNone(done.type)) done.type = type;
  return done.type;
}

TypeId ResolveType(Context& c, const TypePlace& place, ast::TypeExprId id) {
  const ast::TypeExpr& expr = place.file->types[id];
  DepthScope depth(c);
  if (depth.too_deep()) {
    c.diags->Add(Diag::kTooManyNested, expr.span);
    return c.prim(Prim::kError);
  }
  return Match(
      expr.node, [&](const ast::NamedTypeExpr& t) { return ResolveNamed(c, place, t, expr.span); },
      [&](const ast::LiteralTypeExpr& t) { return c.types().Intern(LiteralType{LiteralValue(t)}); },
      [&](const ast::RefinedTypeExpr& t) { return ResolveRefined(c, place, t, expr.span); },
      [&](const ast::ListTypeExpr& t) {
        return c.types().Intern(ListType{ResolveType(c, place, t.element)});
      },
      [&](const ast::MapTypeExpr& t) { return ResolveMap(c, place, t); },
      [&](const ast::RecordTypeExpr& t) { return ResolveRecordType(c, place, t); },
      [&](const ast::UnionTypeExpr& t) { return ResolveUnion(c, place, t); },
      [&](const ast::OptionalTypeExpr& t) {
        return MakeOptional(c, ResolveType(c, place, t.base));
      },
      [&](const ast::SecretTypeExpr& t) { return MakeSecret(c, ResolveType(c, place, t.base)); },
      [&](const ast::FunctionTypeExpr& t) { return ResolveFunctionType(c, place, t); },
      [&](const ast::ErrorTypeExpr&) { return c.prim(Prim::kError); });
}

}  // namespace opsc::sema
