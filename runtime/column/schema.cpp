#include "runtime/column/schema.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/check.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, ValueKind>, 8> kTypes = {{
    {"bool", ValueKind::kBool},
    {"int", ValueKind::kInt},
    {"float", ValueKind::kFloat},
    {"string", ValueKind::kString},
    {"time", ValueKind::kTime},
    {"duration", ValueKind::kDuration},
    {"size", ValueKind::kSize},
    {"ratio", ValueKind::kRatio},
}};

constexpr std::array<std::pair<std::string_view, bool FieldRoles::*>, 5> kRoles = {{
    {"key", &FieldRoles::key},
    {"event_time", &FieldRoles::event_time},
    {"known_at", &FieldRoles::known_at},
    {"carried", &FieldRoles::carried},
    {"label", &FieldRoles::label},
}};

Json ScalarJson(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
      return value.AsBool();
    case ValueKind::kFloat:
    case ValueKind::kRatio:
      return value.AsFloat();
    case ValueKind::kString:
      return std::string(value.AsString());
    default:
      return value.AsInt();
  }
}

Json FieldJson(const RowField& field) {
  Json out;
  out["name"] = field.name;
  out["type"] = ColumnTypeName(field.type);
  if (field.nullable) out["nullable"] = true;
  if (field.low) out["low"] = ScalarJson(*field.low);
  if (field.high) out["high"] = ScalarJson(*field.high);
  for (const Value& value : field.one_of) out["one_of"].push_back(ScalarJson(value));
  if (!field.pattern.empty()) out["pattern"] = field.pattern;
  for (const auto& [name, role] : kRoles) {
    if (field.roles.*role) out["roles"].push_back(name);
  }
  return out;
}

std::unexpected<Error> NotASchema(std::string_view what) {
  return Fail(ErrorKind::kCorrupt, fmt::format("this is no row schema: {}", what));
}

Result<Value> ScalarFrom(const Json& json, ValueKind kind) {
  bool is_float = kind == ValueKind::kFloat || kind == ValueKind::kRatio;
  if (kind == ValueKind::kString && json.is_string()) {
    return Value::String(json.get<std::string>());
  }
  if (kind == ValueKind::kBool && json.is_boolean()) return Value::Bool(json.get<bool>());
  if (is_float && json.is_number()) {
    auto number = json.get<double>();
    return kind == ValueKind::kFloat ? Value::Float(number) : Value::Ratio(number);
  }
  if (!json.is_number_integer()) return NotASchema("a bound is of another type than its field");
  auto number = json.get<int64_t>();
  switch (kind) {
    case ValueKind::kInt:
      return Value::Int(number);
    case ValueKind::kTime:
      return Value::Time(number);
    case ValueKind::kDuration:
      return Value::Duration(number);
    case ValueKind::kSize:
      return Value::Size(number);
    default:
      return NotASchema("a bound is of another type than its field");
  }
}

Status ReadBounds(const Json& json, RowField& field) {
  ValueKind kind = KindOf(field.type);
  ValueKind bound = kind == ValueKind::kString ? ValueKind::kInt : kind;
  if (json.contains("low")) {
    OPS_ASSIGN(field.low, ScalarFrom(json["low"], bound));
  }
  if (json.contains("high")) {
    OPS_ASSIGN(field.high, ScalarFrom(json["high"], bound));
  }
  if (!json.contains("one_of")) return {};
  if (!json["one_of"].is_array()) return NotASchema("`one_of` is no list");
  for (const Json& item : json["one_of"]) {
    OPS_ASSIGN(Value value, ScalarFrom(item, kind));
    field.one_of.push_back(std::move(value));
  }
  return {};
}

Status ReadRoles(const Json& json, RowField& field) {
  if (!json.contains("roles")) return {};
  for (const Json& item : json["roles"]) {
    bool known = false;
    for (const auto& [name, role] : kRoles) {
      if (item != name) continue;
      field.roles.*role = true;
      known = true;
    }
    if (!known) return NotASchema("unknown role " + item.dump());
  }
  return {};
}

Result<RowField> FieldFrom(const Json& json) {
  if (!json.is_object() || !json.contains("name") || !json["name"].is_string() ||
      !json.contains("type") || !json["type"].is_string()) {
    return NotASchema("a field without name and type");
  }
  RowField field;
  field.name = json["name"].get<std::string>();
  auto type = ColumnTypeFromName(json["type"].get<std::string>());
  if (!type) return NotASchema("unknown type " + json["type"].dump());
  field.type = *type;
  field.nullable = json.contains("nullable") && json["nullable"] == true;
  if (json.contains("pattern") && json["pattern"].is_string()) {
    field.pattern = json["pattern"].get<std::string>();
  }
  OPS_TRY(ReadBounds(json, field));
  OPS_TRY(ReadRoles(json, field));
  return field;
}

std::optional<size_t> FirstWith(const RowSchema& schema, bool FieldRoles::* role) {
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    if (schema.fields[i].roles.*role) return i;
  }
  return std::nullopt;
}

}  // namespace

std::string_view ColumnTypeName(ColumnType type) {
  return kTypes[static_cast<size_t>(type)].first;
}

std::optional<ColumnType> ColumnTypeFromName(std::string_view name) {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].first == name) return static_cast<ColumnType>(i);
  }
  return std::nullopt;
}

ValueKind KindOf(ColumnType type) {
  return kTypes[static_cast<size_t>(type)].second;
}

RowField FieldOfType(std::string name, ColumnType type) {
  RowField field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

std::optional<size_t> RowSchema::Find(std::string_view field) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field) return i;
  }
  return std::nullopt;
}

std::optional<size_t> RowSchema::EventTime() const {
  return FirstWith(*this, &FieldRoles::event_time);
}
std::optional<size_t> RowSchema::KnownAt() const {
  return FirstWith(*this, &FieldRoles::known_at);
}
std::optional<size_t> RowSchema::Label() const {
  return FirstWith(*this, &FieldRoles::label);
}

std::vector<size_t> RowSchema::Keys() const {
  std::vector<size_t> out;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].roles.key) out.push_back(i);
  }
  return out;
}

Json ToJson(const RowSchema& schema) {
  Json out;
  if (!schema.name.empty()) out["name"] = schema.name;
  out["fields"] = Json::array();
  for (const RowField& field : schema.fields) out["fields"].push_back(FieldJson(field));
  return out;
}

std::string ToJsonText(const RowSchema& schema) {
  return ToJson(schema).dump();
}

Result<RowSchema> SchemaFromJson(const Json& json) {
  if (!json.is_object() || !json.contains("fields") || !json["fields"].is_array()) {
    return NotASchema("it has no `fields`");
  }
  RowSchema schema;
  if (json.contains("name") && json["name"].is_string()) {
    schema.name = json["name"].get<std::string>();
  }
  for (const Json& item : json["fields"]) {
    OPS_ASSIGN(RowField field, FieldFrom(item));
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

Result<RowSchema> SchemaFromJsonText(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return NotASchema("it is no JSON");
  return SchemaFromJson(json);
}

Digest DigestOf(const RowSchema& schema) {
  return Sha256(ToJsonText(schema));
}

}  // namespace opsc
