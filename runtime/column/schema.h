// What a row is: the row type of a `dataset` as data, for readers, kernels, trainers and servers.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// What a column holds. Ints, times (ns since 1970 UTC), durations (ns) and sizes (bytes) are int64,
// floats and ratios binary64, as in Value.
enum class ColumnType : uint8_t {
  kBool,
  kInt,
  kFloat,
  kString,
  kTime,
  kDuration,
  kSize,
  kRatio,
};

std::string_view ColumnTypeName(ColumnType type);  // "bool", "int", ... as in `.ops`
std::optional<ColumnType> ColumnTypeFromName(std::string_view name);
ValueKind KindOf(ColumnType type);
constexpr bool IsInteger(ColumnType type) {  // held as int64
  return type == ColumnType::kInt || type == ColumnType::kTime || type == ColumnType::kDuration ||
         type == ColumnType::kSize;
}
constexpr bool IsFloat(ColumnType type) {  // held as double
  return type == ColumnType::kFloat || type == ColumnType::kRatio;
}

// What the annotations of a field say; a field may have several (`@event_time @known_at`).
struct FieldRoles {
  bool key = false;         // rows of one dataset differ in their keys
  bool event_time = false;  // when it happened
  bool known_at = false;    // when it could have been known
  bool label = false;       // what a model is to predict: never a feature
  bool carried = false;     // of tables of features: to divide or group rows by, no feature

  bool operator==(const FieldRoles&) const = default;
};

// One field of a row type: its column and what is allowed in it.
struct RowField {
  std::string name;
  ColumnType type = ColumnType::kInt;
  bool nullable = false;
  // Inclusive; of the kind of `type`, but for strings, whose code points they count (kInt).
  std::optional<Value> low;
  std::optional<Value> high;
  std::vector<Value> one_of;  // of the kind of `type`; empty: anything
  std::string pattern;        // RE2, matched whole; empty: none
  FieldRoles roles;

  bool operator==(const RowField&) const = default;
};

// A field that takes anything of its type.
RowField FieldOfType(std::string name, ColumnType type);

// The fields of a row in the order of the type.
struct RowSchema {
  std::string name;  // of the type; empty where it has none
  std::vector<RowField> fields;

  bool operator==(const RowSchema&) const = default;
  std::optional<size_t> Find(std::string_view field) const;
  // Position of the field with a role, the first one.
  std::optional<size_t> EventTime() const;
  std::optional<size_t> KnownAt() const;
  std::optional<size_t> Label() const;
  std::vector<size_t> Keys() const;
};

//   {"name":"Order","fields":[{"name":"id","type":"int","nullable":true,"low":0,"high":9,
//    "one_of":["a","b"],"pattern":"…","roles":["key"]}]}
// What is absent is false, none or empty. Times and durations are numbers of nanoseconds, sizes of
// bytes. Equal schemas give equal text.
nlohmann::ordered_json ToJson(const RowSchema& schema);
std::string ToJsonText(const RowSchema& schema);
Result<RowSchema> SchemaFromJson(const nlohmann::ordered_json& json);
Result<RowSchema> SchemaFromJsonText(std::string_view text);
Digest DigestOf(const RowSchema& schema);

}  // namespace opsc
