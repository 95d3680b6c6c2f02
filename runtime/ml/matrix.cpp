#include "runtime/ml/matrix.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace opsc {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

// The strings of a field that occur in the rows to use, sorted.
std::set<std::string, std::less<>> Vocabulary(std::span<const Batch> batches,
                                              const std::vector<bool>& use, size_t field) {
  std::set<std::string, std::less<>> words;
  size_t number = 0;
  for (const Batch& batch : batches) {
    const Column& column = batch.columns[field];
    for (size_t row = 0; row < batch.rows; ++row, ++number) {
      if (!use[number] || column.IsNull(row)) continue;
      if (!words.contains(column.text(row))) words.emplace(column.text(row));
      if (words.size() > kMaxVocabulary) return words;
    }
  }
  return words;
}

Status AddStrings(const RowField& field, size_t at, std::span<const Batch> batches,
                  const std::vector<bool>& use, std::vector<EncodedColumn>& columns) {
  std::set<std::string, std::less<>> words;
  for (const Value& value : field.one_of) words.emplace(value.AsString());
  if (words.empty()) words = Vocabulary(batches, use, at);
  if (words.size() > kMaxVocabulary) {
    return Fail(ErrorKind::kInput,
                fmt::format("the feature `{}` has more than {} distinct strings", field.name,
                            kMaxVocabulary),
                "sort them into a few with `match`, or make a number of them");
  }
  for (const std::string& word : words) columns.push_back({at, word});
  return {};
}

float NumberAt(const Column& column, size_t row) {
  if (column.IsNull(row)) return kMissing;
  switch (column.type) {
    case ColumnType::kBool:
      return static_cast<float>(column.bools()[row]);
    case ColumnType::kFloat:
    case ColumnType::kRatio:
      return static_cast<float>(column.floats()[row]);
    case ColumnType::kDuration:
      return static_cast<float>(static_cast<double>(column.ints()[row]) / 1e9);
    default:
      return static_cast<float>(column.ints()[row]);
  }
}

// One column of the batch into its place in each row from `to` on.
void EncodeColumn(const EncodedColumn& encoded, const Column& column, float* to, size_t stride) {
  if (!encoded.equals) {
    for (size_t row = 0; row < column.rows; ++row) to[row * stride] = NumberAt(column, row);
    return;
  }
  if (column.rows < column.dictionary->size()) {  // not worth a look through all strings
    for (size_t row = 0; row < column.rows; ++row) {
      to[row * stride] = column.IsNull(row) ? kMissing : (column.text(row) == *encoded.equals);
    }
    return;
  }
  const std::optional<int32_t> code = column.dictionary->Find(*encoded.equals);
  const auto codes = column.codes();
  for (size_t row = 0; row < column.rows; ++row) {
    to[row * stride] = column.IsNull(row) ? kMissing : (code && codes[row] == *code ? 1.0F : 0.0F);
  }
}

}  // namespace

std::string Encoding::NameOf(size_t column) const {
  const EncodedColumn& encoded = columns[column];
  const std::string& field = features->fields[encoded.field].name;
  return encoded.equals ? fmt::format("{} = \"{}\"", field, *encoded.equals) : field;
}

Result<Encoding> FitEncoding(const SchemaPtr& features, std::span<const Batch> batches,
                             const std::vector<bool>& use) {
  Encoding encoding{features, {}};
  for (size_t at = 0; at < features->fields.size(); ++at) {
    const RowField& field = features->fields[at];
    if (field.type == ColumnType::kTime) {
      return Fail(ErrorKind::kInput, fmt::format("the feature `{}` is a time", field.name),
                  "make a number of it: `hour(…)`, `weekday(…)`, or a difference of two times");
    }
    if (field.type == ColumnType::kString) {
      OPS_TRY(AddStrings(field, at, batches, use, encoding.columns));
    } else {
      encoding.columns.push_back({at, std::nullopt});
    }
  }
  if (encoding.columns.empty()) return Fail(ErrorKind::kInput, "there are no features");
  return encoding;
}

void Encode(const Encoding& encoding, const Batch& batch, Matrix& matrix) {
  const size_t width = encoding.columns.size();
  const size_t first = matrix.rows;
  matrix.columns = width;
  matrix.rows += batch.rows;
  matrix.values.resize(matrix.rows * width);
  for (size_t at = 0; at < width; ++at) {
    EncodeColumn(encoding.columns[at], batch.columns[encoding.columns[at].field],
                 matrix.values.data() + first * width + at, width);
  }
}

nlohmann::ordered_json ToJson(const Encoding& encoding) {
  auto json = nlohmann::ordered_json::array();
  for (const EncodedColumn& column : encoding.columns) {
    nlohmann::ordered_json entry;
    entry["field"] = encoding.features->fields[column.field].name;
    if (column.equals) entry["equals"] = *column.equals;
    json.push_back(std::move(entry));
  }
  return json;
}

Result<Encoding> EncodingFromJson(SchemaPtr features, const nlohmann::ordered_json& json) {
  Encoding encoding{std::move(features), {}};
  if (!json.is_array()) return Fail(ErrorKind::kCorrupt, "an encoding is a list");
  for (const auto& entry : json) {
    const bool named = entry.is_object() && entry.contains("field") && entry["field"].is_string();
    const auto field = named ? encoding.features->Find(entry["field"].get<std::string>())
                             : std::optional<size_t>{};
    if (!field) return Fail(ErrorKind::kCorrupt, "an encoded column names no feature");
    EncodedColumn column{*field, std::nullopt};
    const auto equals = entry.find("equals");
    if (equals != entry.end()) {
      if (!equals->is_string()) return Fail(ErrorKind::kCorrupt, "`equals` is a string");
      column.equals = equals->get<std::string>();
    }
    const bool is_string = encoding.features->fields[*field].type == ColumnType::kString;
    if (is_string != column.equals.has_value()) {
      return Fail(ErrorKind::kCorrupt, "an encoded column does not fit the type of its feature");
    }
    encoding.columns.push_back(std::move(column));
  }
  return encoding;
}

}  // namespace opsc
