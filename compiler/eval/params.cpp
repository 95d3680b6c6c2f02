#include "compiler/eval/params.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/eval/literal_text.h"
#include "runtime/value/json.h"

namespace opsc::eval {
namespace {

std::unexpected<Problem> Expected(const Types& types, TypeId type) {
  return std::unexpected(Problem{Diag::kBadParam, "expected " + types.Print(type)});
}

// A scalar literal of one kind.
Outcome FromLiteral(const Types& types, std::string_view text, ValueKind kind, TypeId type) {
  std::optional<Value> value = ParseLiteral(text);
  if (value && kind == ValueKind::kFloat && value->is(ValueKind::kInt)) {
    return Value::Float(static_cast<double>(value->AsInt()));
  }
  if (value && value->is(kind)) return *value;
  return Expected(types, type);
}

Outcome ParsePrim(const Types& types, std::string_view text, Prim prim, TypeId type) {
  switch (prim) {
    case Prim::kNull:
      return FromLiteral(types, text, ValueKind::kNull, type);
    case Prim::kBool:
      return FromLiteral(types, text, ValueKind::kBool, type);
    case Prim::kInt:
      return FromLiteral(types, text, ValueKind::kInt, type);
    case Prim::kFloat:
      return FromLiteral(types, text, ValueKind::kFloat, type);
    case Prim::kRatio:
      return FromLiteral(types, text, ValueKind::kRatio, type);
    case Prim::kDuration:
      return FromLiteral(types, text, ValueKind::kDuration, type);
    case Prim::kSize:
      return FromLiteral(types, text, ValueKind::kSize, type);
    case Prim::kString:
    case Prim::kPath:
    case Prim::kUrl:
    case Prim::kRegex:
    case Prim::kSemver:
      return Value::String(text);
    case Prim::kBytes:
      return Value::Bytes(text);
    case Prim::kFile: {
      FileRep file;
      file.path = text;
      return Value::File(std::move(file));
    }
    case Prim::kFiles: {
      FilesRep files;
      files.include = {std::string(text)};
      return Value::Files(std::move(files));
    }
    case Prim::kAny: {
      auto literal = ParseLiteral(text);
      return literal ? *literal : Value::String(text);
    }
    default:
      return Expected(types, type);
  }
}

// JSON has no durations, sizes, ratios or ints that are floats: what the type says is read into it.
Outcome Typed(const Types& types, const Value& json, TypeId type);

Outcome TypedList(const Types& types, const Value& json, TypeId element) {
  std::vector<Value> items;
  for (const Value& item : json.AsList()) {
    auto typed = Typed(types, item, element);
    if (!typed) return typed;
    items.push_back(*std::move(typed));
  }
  return Value::List(std::move(items));
}

template <typename TypeOf>
Outcome TypedFields(const Types& types, const Value& json, TypeOf&& type_of) {
  std::vector<Field> fields;
  for (const auto& [name, field] : json.AsRecord()) {
    std::optional<TypeId> type = type_of(name);
    auto typed = type ? Typed(types, field, *type) : Outcome(field);
    if (!typed) return typed;
    fields.emplace_back(name, *std::move(typed));
  }
  return Value::Record(std::move(fields));
}

auto FieldTypes(const std::vector<RecordField>& fields) {
  return [&fields](Symbol name) -> std::optional<TypeId> {
    for (const RecordField& field : fields) {
      if (field.name == name) return field.type;
    }
    return std::nullopt;
  };
}

Outcome TypedUnion(const Types& types, const Value& json, const UnionType& choice) {
  for (TypeId member : choice.members) {
    const auto* literal = types.As<LiteralType>(member);
    if (literal != nullptr && literal->value == json) return json;
  }
  for (TypeId member : choice.members) {
    if (types.As<LiteralType>(member) != nullptr) continue;
    if (auto typed = Typed(types, json, member)) return typed;
  }
  return json;  // refused by Ensure, with its place
}

Outcome Typed(const Types& types, const Value& json, TypeId type) {
  bool list = json.is(ValueKind::kList);
  bool record = json.is(ValueKind::kRecord);
  if (const auto* t = types.As<OptionalType>(type)) {
    return json.is_null() ? Outcome(json) : Typed(types, json, t->base);
  }
  if (const auto* t = types.As<SecretType>(type)) return Typed(types, json, t->base);
  if (const auto* t = types.As<RefinedType>(type)) return Typed(types, json, t->base);
  if (const auto* t = types.As<UnionType>(type)) return TypedUnion(types, json, *t);
  if (const auto* t = types.As<ListType>(type)) {
    return list ? TypedList(types, json, t->element) : Expected(types, type);
  }
  if (const auto* t = types.As<MapType>(type)) {
    auto all = [t](Symbol) { return std::optional(t->value); };
    return record ? TypedFields(types, json, all) : Expected(types, type);
  }
  if (const auto* t = types.As<RecordType>(type)) {
    return record ? TypedFields(types, json, FieldTypes(t->fields)) : Expected(types, type);
  }
  if (const auto* t = types.As<NamedType>(type)) {
    const auto& fields = types.nominal[t->nominal].fields;
    return record ? TypedFields(types, json, FieldTypes(fields)) : Expected(types, type);
  }
  const auto* prim = types.As<PrimType>(type);
  if (prim == nullptr || prim->prim == Prim::kAny) return json;
  if (json.is(ValueKind::kString)) return ParsePrim(types, json.AsString(), prim->prim, type);
  if (prim->prim == Prim::kFloat && json.is(ValueKind::kInt)) {
    return Value::Float(static_cast<double>(json.AsInt()));
  }
  return json;
}

bool IsText(const Types& types, TypeId type) {
  if (const auto* refined = types.As<RefinedType>(type)) return IsText(types, refined->base);
  const auto* prim = types.As<PrimType>(type);
  return prim != nullptr && prim->prim >= Prim::kString && prim->prim <= Prim::kSemver;
}

Outcome ParseUnion(const Types& types, std::string_view text, const UnionType& choice) {
  for (TypeId member : choice.members) {
    const auto* literal = types.As<LiteralType>(member);
    if (literal == nullptr) continue;
    bool same = literal->value.is(ValueKind::kString) ? literal->value.AsString() == text
                                                      : ToText(literal->value) == text;
    if (same) return literal->value;
  }
  for (bool last : {false, true}) {  // text takes everything, so it comes last
    for (TypeId member : choice.members) {
      if (types.As<LiteralType>(member) != nullptr || IsText(types, member) != last) continue;
      if (auto parsed = ParseParam(types, text, member)) return parsed;
    }
  }
  return Value::String(text);  // refused by Ensure, with what there is
}

std::string PlaceOf(const EvalOptions& options, const ParamItem& param,
                    std::string_view otherwise) {
  auto place = options.places.find(param.name.str());
  return place == options.places.end() ? std::string(otherwise) : "given by " + place->second;
}

}  // namespace

Outcome ParseParam(const Types& types, std::string_view text, TypeId type) {
  if (const auto* t = types.As<OptionalType>(type)) {
    if (text == "null") return Value::Null();
    return ParseParam(types, text, t->base);
  }
  if (const auto* t = types.As<SecretType>(type)) return ParseParam(types, text, t->base);
  if (const auto* t = types.As<RefinedType>(type)) return ParseParam(types, text, t->base);
  if (const auto* t = types.As<UnionType>(type)) return ParseUnion(types, text, *t);
  if (const auto* t = types.As<LiteralType>(type)) {
    return t->value.is(ValueKind::kString) ? Value::String(text)
                                           : FromLiteral(types, text, t->value.kind(), type);
  }
  if (const auto* t = types.As<PrimType>(type)) return ParsePrim(types, text, t->prim, type);
  auto json = FromJson(text);
  if (json) return Typed(types, *json, type);
  if (auto literal = ParseLiteral(text)) return Typed(types, *literal, type);
  return std::unexpected(
      Problem{Diag::kBadParam,
              fmt::format("expected {} as JSON; {}", types.Print(type), json.error().message)});
}

std::optional<Value> GivenParam(Interpreter& in, const ParamItem& param, Span span) {
  const EvalOptions& options = in.options();
  const Types& types = in.model().types;
  auto text = options.params.find(param.name.str());
  auto typed = options.values.find(param.name.str());
  bool secret = types.As<SecretType>(param.type) != nullptr;
  Value value;
  std::string shown;
  std::string origin;
  if (text != options.params.end()) {
    shown = secret ? "(secret)" : text->second;
    auto parsed = ParseParam(types, text->second, param.type);
    if (!parsed) {
      in.Fail(Diag::kBadParam, span, {param.name.text(), shown, parsed.error().detail});
      return std::nullopt;
    }
    value = *parsed;
    origin = PlaceOf(options, param, "given from outside");
  } else if (typed != options.values.end()) {
    value = typed->second;
    shown = ToText(value);
    origin = PlaceOf(options, param, "given by the environment or test");
  } else {
    return std::nullopt;
  }
  std::string problem = in.ensurer().Mismatch(value, param.type);
  if (!problem.empty()) {
    in.Fail(Diag::kBadParam, span,
            {param.name.text(), shown, secret ? "it does not fit" : problem});
    return std::nullopt;
  }
  value = in.ensurer().Ensure(value, param.type, span);
  if (in.failed()) return std::nullopt;
  value.SetOrigin(in.origins().Link(fmt::format("param {}, {}", param.name.text(), origin), span,
                                    OriginId::kUnknown));
  return value;
}

void RefuseUnknownParams(Interpreter& in) {
  std::vector<std::string> known;
  const Scope& root = in.model().scopes[in.model().modules[0].scope];
  for (ItemId id : root.items) {
    if (const auto* param = std::get_if<ParamItem>(&in.model().items[id].node)) {
      known.push_back(param->name.str());
    }
  }
  auto refuse = [&](const std::string& name) {
    if (std::ranges::find(known, name) != known.end()) return;
    Diagnostic& d = in.diagnostics().Add(Diag::kUnknownParam, Span{}, {name});
    std::string nearest = Nearest(name, known);
    if (!nearest.empty())
      d.hint = fmt::format("did you mean `{}`?", nearest);
    else if (known.empty())
      d.hint = "this program has no parameters";
    auto place = in.options().places.find(name);
    if (place == in.options().places.end()) return;
    d.hint = fmt::format("given by {}{}{}", place->second, d.hint.empty() ? "" : "; ", d.hint);
  };
  for (const auto& [name, unused] : in.options().params) refuse(name);
  for (const auto& [name, unused] : in.options().values) refuse(name);
}

}  // namespace opsc::eval
