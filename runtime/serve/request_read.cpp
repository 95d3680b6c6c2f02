#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/serve/request.h"
#include "runtime/serve/request_json.h"

namespace opsc {
namespace {

using Json = nlohmann::json;

std::unexpected<RequestError> Refuse(std::string error) {
  return std::unexpected(RequestError{std::move(error), {}});
}

// Rows are judged one by one here: two requests may be about the same key, at any time.
SchemaPtr WithoutRoles(const RowSchema& schema) {
  auto plain = std::make_shared<RowSchema>(schema);
  for (RowField& field : plain->fields) field.roles = {};
  return plain;
}

void PutNumber(RowBuilder& rows, size_t field, const Json& value) {
  const ColumnType type = rows.schema()->fields[field].type;
  if (IsFloat(type)) return rows.PutFloat(field, value.get<double>());
  const bool whole = value.is_number_unsigned() ? value.get<uint64_t>() <= uint64_t{INT64_MAX}
                                                : value.is_number_integer();
  if (whole && (type == ColumnType::kInt || type == ColumnType::kSize)) {
    return rows.PutInt(field, value.get<int64_t>());
  }
  rows.PutWrongType(field, value.dump());
}

void PutText(RowBuilder& rows, size_t field, const std::string& text) {
  const ColumnType type = rows.schema()->fields[field].type;
  if (type == ColumnType::kString) return rows.PutString(field, text);
  if (type == ColumnType::kInt || type == ColumnType::kFloat || type == ColumnType::kBool) {
    return rows.PutWrongType(field, fmt::format("\"{}\"", text));
  }
  rows.PutText(field, text);
}

void Put(RowBuilder& rows, size_t field, const Json& value) {
  if (value.is_null()) return rows.PutNull(field);
  if (value.is_number()) return PutNumber(rows, field, value);
  if (value.is_string()) return PutText(rows, field, value.get_ref<const std::string&>());
  if (value.is_boolean() && rows.schema()->fields[field].type == ColumnType::kBool) {
    return rows.PutBool(field, value.get<bool>());
  }
  rows.PutWrongType(field, value.is_structured() ? value.type_name() : value.dump());
}

// Ends a row; its errors join those of the request.
void End(RowBuilder& rows, size_t row, RequestError& error) {
  if (rows.EndRow()) return;
  for (const CellError& cell : rows.errors()) {
    if (error.fields.size() < 20) error.fields.push_back({row, cell.column, cell.message});
  }
}

void PutRecord(RowBuilder& rows, const Json& record, size_t row, RequestError& error) {
  rows.BeginRow();
  if (!record.is_object()) {
    error.fields.push_back({row, "", "a row is an object"});
    return;
  }
  const auto& fields = rows.schema()->fields;
  size_t known = 0;
  for (size_t field = 0; field < fields.size(); ++field) {
    const auto value = record.find(fields[field].name);
    if (value != record.end()) ++known;
    value == record.end() ? rows.PutNull(field) : Put(rows, field, *value);
  }
  if (known < record.size()) {
    for (const auto& [name, value] : record.items()) {
      if (!rows.schema()->Find(name)) {
        rows.AddError({RejectKind::kUnknown, name, "no field of the row type"});
      }
    }
  }
  End(rows, row, error);
}

// Does a datatype of the protocol give values of the type? Where the type is written as text (a
// time, a share), BYTES do.
bool Fits(std::string_view datatype, ColumnType type) {
  const auto any = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, datatype) != names.end();
  };
  const bool whole =
      any({"INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"});
  switch (type) {
    case ColumnType::kBool:
      return datatype == "BOOL";
    case ColumnType::kInt:
      return whole;
    case ColumnType::kFloat:
      return whole || any({"FP16", "FP32", "FP64"});
    case ColumnType::kRatio:
      return whole || any({"FP16", "FP32", "FP64", "BYTES"});
    case ColumnType::kSize:
      return whole || datatype == "BYTES";
    default:
      return datatype == "BYTES";
  }
}

// Whoever names outputs asks for the one that there is.
RequestResult<bool> CheckOutputs(const Json& request) {
  const auto outputs = request.find("outputs");
  if (outputs == request.end()) return true;
  if (!outputs->is_array()) return Refuse("`outputs` is a list");
  for (const Json& output : *outputs) {
    const bool named = output.is_object() && output.contains("name") && output["name"].is_string();
    const std::string name = named ? output["name"].get<std::string>() : output.dump();
    if (name != "prediction") {
      return Refuse(fmt::format("there is no output `{}`: there is `prediction`", name));
    }
  }
  return true;
}

// The tensor of each field, in the order of the schema; null: there is none.
RequestResult<std::vector<const Json*>> TensorsOf(const RowSchema& schema, const Json& inputs) {
  std::vector<const Json*> tensors(schema.fields.size());
  for (const Json& input : inputs) {
    if (!input.is_object() || !input.contains("name") || !input.contains("data") ||
        !input.contains("datatype")) {
      return Refuse("an input has `name`, `shape`, `datatype` and `data`");
    }
    const std::string name = input["name"].is_string() ? input["name"].get<std::string>() : "";
    const auto field = schema.Find(name);
    if (!field) return Refuse(fmt::format("there is no input `{}`", name));
    if (tensors[*field] != nullptr) return Refuse(fmt::format("the input `{}` stands twice", name));
    const Json& datatype = input["datatype"];
    const std::string given = datatype.is_string() ? datatype.get<std::string>() : datatype.dump();
    if (!Fits(given, schema.fields[*field].type)) {
      return Refuse(fmt::format("the input `{}` is of type {}, which {} does not give", name,
                                ColumnTypeName(schema.fields[*field].type), given));
    }
    tensors[*field] = &input;
  }
  return tensors;
}

// How many elements the shape says; 0 rows are none.
RequestResult<size_t> RowsOfShape(const Json& tensor) {
  const std::string name = tensor["name"].get<std::string>();
  const auto shape = tensor.find("shape");
  const bool list = shape != tensor.end() && shape->is_array() && !shape->empty() &&
                    shape->size() <= 2 && (*shape)[0].is_number_unsigned();
  const bool one_wide = list && (shape->size() == 1 || (*shape)[1] == 1);
  if (!one_wide) return Refuse(fmt::format("the input `{}` is of shape [n] or [n, 1]", name));
  const auto rows = (*shape)[0].get<size_t>();
  if (!tensor["data"].is_array() || tensor["data"].size() != rows) {
    return Refuse(
        fmt::format("the input `{}` has another number of elements than its shape says", name));
  }
  return rows;
}

// Element `row` of a tensor, of which the data may be nested ([[1], [2]]).
const Json& Element(const Json& tensor, size_t row) {
  const Json& element = tensor["data"][row];
  return element.is_array() && element.size() == 1 ? element[0] : element;
}

RequestResult<size_t> CommonRows(const std::vector<const Json*>& tensors) {
  std::optional<size_t> common;
  for (const Json* tensor : tensors) {
    if (tensor == nullptr) continue;
    const auto rows = RowsOfShape(*tensor);
    if (!rows) return rows;
    if (common && *common != *rows) return Refuse("the inputs differ in their number of rows");
    common = *rows;
  }
  if (!common || *common == 0) return Refuse("there are no rows");
  if (*common > kMaxRequestRows) {
    return Refuse(fmt::format("more than {} rows in one request", kMaxRequestRows));
  }
  return *common;
}

RequestResult<RequestRows> Ended(RowBuilder& rows, RequestError error, std::string id) {
  Batch batch = rows.Finish();
  if (error.fields.empty()) return RequestRows{std::move(batch), std::move(id)};
  const auto& first = error.fields.front();
  error.error =
      first.field.empty() ? first.message : fmt::format("{}: {}", first.field, first.message);
  return std::unexpected(std::move(error));
}

}  // namespace

RequestReader::RequestReader(SchemaPtr schema) : schema_(WithoutRoles(*schema)) {}

Pool<RowBuilder>::Lease RequestReader::Take() {
  return builders_.Take([&] { return std::make_unique<RowBuilder>(schema_, ReadOptions{}); });
}

RequestResult<RequestRows> RequestReader::Typed(std::string_view body) {
  const auto parsed = ParseBody(body);
  if (!parsed) return Refuse(parsed.error());
  const Json& json = *parsed;
  if (!json.is_object()) {
    return Refuse("the body is no JSON object: a row, or {\"rows\": [row, …]}");
  }
  const bool many = json.size() == 1 && json.contains("rows") && json["rows"].is_array() &&
                    !schema_->Find("rows");
  const size_t count = many ? json["rows"].size() : 1;
  if (count == 0) return Refuse("there are no rows");
  if (count > kMaxRequestRows) {
    return Refuse(fmt::format("more than {} rows in one request", kMaxRequestRows));
  }
  const auto rows = Take();
  RequestError error;
  for (size_t row = 0; row < count; ++row) {
    PutRecord(*rows, many ? json["rows"][row] : json, row, error);
  }
  return Ended(*rows, std::move(error), "");
}

RequestResult<RequestRows> RequestReader::Oip(std::string_view body) {
  const auto parsed = ParseBody(body);
  if (!parsed) return Refuse(parsed.error());
  const Json& json = *parsed;
  if (!json.is_object() || !json.contains("inputs") || !json["inputs"].is_array()) {
    return Refuse("the body is no JSON object with a list of `inputs`");
  }
  if (const auto outputs = CheckOutputs(json); !outputs) return std::unexpected(outputs.error());
  const auto tensors = TensorsOf(*schema_, json["inputs"]);
  if (!tensors) return std::unexpected(tensors.error());
  const auto count = CommonRows(*tensors);
  if (!count) return std::unexpected(count.error());
  const auto rows = Take();
  RequestError error;
  for (size_t row = 0; row < *count; ++row) {
    rows->BeginRow();
    for (size_t field = 0; field < tensors->size(); ++field) {
      const Json* tensor = (*tensors)[field];
      tensor == nullptr ? rows->PutNull(field) : Put(*rows, field, Element(*tensor, row));
    }
    End(*rows, row, error);
  }
  const auto id = json.find("id");
  return Ended(*rows, std::move(error),
               id != json.end() && id->is_string() ? id->get<std::string>() : "");
}

}  // namespace opsc
