#include "compiler/kernel/row_type.h"

#include <fmt/format.h>

#include <algorithm>

namespace opsc::kernel {
namespace {

std::optional<ColumnType> ColumnTypeOf(Prim prim) {
  switch (prim) {
    case Prim::kBool:
      return ColumnType::kBool;
    case Prim::kInt:
      return ColumnType::kInt;
    case Prim::kFloat:
      return ColumnType::kFloat;
    case Prim::kRatio:
      return ColumnType::kRatio;
    case Prim::kDuration:
      return ColumnType::kDuration;
    case Prim::kSize:
      return ColumnType::kSize;
    case Prim::kTime:
      return ColumnType::kTime;
    case Prim::kString:
    case Prim::kUrl:
    case Prim::kPath:
    case Prim::kSemver:
      return ColumnType::kString;
    default:
      return std::nullopt;
  }
}

std::optional<ColumnType> ColumnTypeOf(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
      return ColumnType::kBool;
    case ValueKind::kInt:
      return ColumnType::kInt;
    case ValueKind::kString:
      return ColumnType::kString;
    default:
      return std::nullopt;
  }
}

// A union of literals of one kind, or of one type with null.
std::optional<RowField> ColumnOfUnion(const Model& model, const UnionType& choice) {
  std::optional<RowField> column;
  for (TypeId member : choice.members) {
    auto part = ColumnOf(model, member);
    if (!part || (column && part->type != column->type)) return std::nullopt;
    if (!column) {
      column = std::move(part);
    } else if (column->one_of.empty() || part->one_of.empty()) {
      column->one_of.clear();
    } else {
      column->one_of.insert(column->one_of.end(), part->one_of.begin(), part->one_of.end());
    }
  }
  return column;
}

void AddRoles(const Model& model, NominalId nominal, RowSchema& schema) {
  auto info = model.nominals.find(static_cast<uint32_t>(nominal));
  if (info == model.nominals.end()) return;
  for (const auto& [field, names] : info->second.annotations) {
    auto at = schema.Find(field.text());
    if (!at) continue;
    FieldRoles& roles = schema.fields[*at].roles;
    for (Symbol name : names) {
      roles.key |= name.text() == "key";
      roles.event_time |= name.text() == "event_time";
      roles.known_at |= name.text() == "known_at";
      roles.label |= name.text() == "label";
    }
  }
}

const std::vector<RecordField>* FieldsOfRow(const Model& model, TypeId id) {
  if (const auto* named = model.types.As<NamedType>(id)) {
    return &model.types.nominal[named->nominal].fields;
  }
  const auto* record = model.types.As<RecordType>(id);
  return record ? &record->fields : nullptr;
}

enum class Records : bool { kRefused, kFlattened };

// Fields of `id` as columns named with the prefix. nullopt: all are there.
std::optional<RowTypeProblem> AddColumns(const Model& model, TypeId id, const std::string& prefix,
                                         Records records, RowSchema& schema) {
  const auto* fields = FieldsOfRow(model, id);
  if (!fields) return RowTypeProblem{"a row has fields: declare it with `type NAME { … }`"};
  if (fields->empty()) return RowTypeProblem{"it has no fields"};
  for (const RecordField& field : *fields) {
    if (records == Records::kFlattened && FieldsOfRow(model, field.type)) {
      auto problem =
          AddColumns(model, field.type, prefix + field.name.str() + ".", records, schema);
      if (problem) return problem;
      continue;
    }
    auto column = ColumnOf(model, field.type);
    if (!column) {
      return RowTypeProblem{fmt::format("a column cannot hold its field `{}`: {}",
                                        field.name.text(), model.types.Print(field.type, 60))};
    }
    column->name = prefix + field.name.str();
    schema.fields.push_back(*std::move(column));
  }
  return std::nullopt;
}

std::expected<RowSchema, RowTypeProblem> SchemaOf(const Model& model, TypeId id, Records records) {
  RowSchema schema;
  if (auto problem = AddColumns(model, id, "", records, schema)) {
    return std::unexpected(*std::move(problem));
  }
  if (const auto* named = model.types.As<NamedType>(id)) {
    schema.name = model.types.nominal[named->nominal].name.str();
    AddRoles(model, named->nominal, schema);
  }
  return schema;
}

}  // namespace

std::optional<RowField> ColumnOf(const Model& model, TypeId id) {
  const Types& types = model.types;
  RowField column;
  if (const auto* prim = types.As<PrimType>(id)) {
    auto type = ColumnTypeOf(prim->prim);
    if (!type) return std::nullopt;
    column.type = *type;
    return column;
  }
  if (const auto* optional = types.As<OptionalType>(id)) {
    auto base = ColumnOf(model, optional->base);
    if (base) base->nullable = true;
    return base;
  }
  if (const auto* literal = types.As<LiteralType>(id)) {
    auto type = ColumnTypeOf(literal->value);
    if (!type) return std::nullopt;
    column.type = *type;
    column.one_of.push_back(literal->value);
    return column;
  }
  if (const auto* refined = types.As<RefinedType>(id)) {
    auto base = ColumnOf(model, refined->base);
    if (!base) return std::nullopt;
    base->low = refined->low;
    base->high = refined->high;
    base->pattern = refined->pattern;
    return base;
  }
  if (const auto* choice = types.As<UnionType>(id)) return ColumnOfUnion(model, *choice);
  return std::nullopt;
}

std::expected<RowSchema, RowTypeProblem> RowSchemaOf(const Model& model, TypeId type) {
  return SchemaOf(model, type, Records::kRefused);
}

std::expected<RowSchema, RowTypeProblem> FlatSchemaOf(const Model& model, TypeId type) {
  return SchemaOf(model, type, Records::kFlattened);
}

}  // namespace opsc::kernel
