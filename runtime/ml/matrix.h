// Features as the numbers that trainers and models take.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/column/batch.h"

namespace opsc {

// Rows of float32, row after row; NaN: missing.
struct Matrix {
  size_t rows = 0;
  size_t columns = 0;
  std::vector<float> values;

  std::span<const float> row(size_t at) const {
    return std::span(values).subspan(at * columns, columns);
  }
};

// One column of the matrix: a number, bool (0 or 1), duration (seconds) or size (bytes) as it is,
// or for strings 1 where the field equals `equals` and 0 where it does not.
struct EncodedColumn {
  size_t field = 0;  // of the feature schema
  std::optional<std::string> equals;

  bool operator==(const EncodedColumn&) const = default;
};

// How features become a matrix. Fitted on training rows, so it belongs to the model's artefact.
struct Encoding {
  SchemaPtr features;
  std::vector<EncodedColumn> columns;

  std::string NameOf(size_t column) const;  // "plan = \"pro\"", "age"
};

inline constexpr size_t kMaxVocabulary = 32;

// Strings get a column a value: of their type where it names them, else of those seen in the rows
// that `use` names (a value never seen is then no column's). kInput where a field has no sensible
// number (a time) or more than kMaxVocabulary distinct strings.
Result<Encoding> FitEncoding(const SchemaPtr& features, std::span<const Batch> batches,
                             const std::vector<bool>& use);

// Appends the rows of a batch. REQUIRES: the batch has the schema of the encoding.
void Encode(const Encoding& encoding, const Batch& batch, Matrix& matrix);

//   [{"field":"age"},{"field":"plan","equals":"pro"}]
nlohmann::ordered_json ToJson(const Encoding& encoding);
Result<Encoding> EncodingFromJson(SchemaPtr features, const nlohmann::ordered_json& json);

}  // namespace opsc
