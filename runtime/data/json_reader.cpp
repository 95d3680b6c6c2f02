// Rows of a JSON Lines file: an object a line. The only file that sees simdjson.
#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <cerrno>
#include <limits>
#include <unordered_map>
#include <utility>

#include "runtime/data/column_names.h"
#include "runtime/data/line_reader.h"
#include "runtime/data/read.h"
#include "runtime/data/row_builder.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

namespace od = simdjson::ondemand;

class JsonReader : public RowReader {
 public:
  JsonReader(int fd, SchemaPtr schema, const ReadOptions& options, RejectLog& log)
      : lines_(fd, log.file()), options_(options), builder_(std::move(schema), options), log_(log) {
    const auto& fields = builder_.schema()->fields;
    for (size_t i = 0; i < fields.size(); ++i) by_name_.emplace(fields[i].name, i);
    seen_.resize(fields.size());
  }

  const SchemaPtr& schema() const override { return builder_.schema(); }
  uint64_t rows_read() const override { return row_; }
  Result<std::optional<Batch>> Next() override;

 private:
  simdjson::padded_string_view Padded(std::string_view line) const {
    return simdjson::padded_string_view(line.data(), line.size(), lines_.capacity());
  }
  void PutLine(std::string_view line);
  bool PutObject(od::document& document);
  void PutField(std::string_view name, od::value value);
  void PutValue(size_t field, od::value value);
  void PutNumber(size_t field, od::value value);
  void PutOdd(size_t field, od::value value);
  void AddSyntax(simdjson::error_code error);
  Status Refuse(std::string_view line);

  LineReader lines_;
  ReadOptions options_;
  RowBuilder builder_;
  RejectLog& log_;
  od::parser parser_;
  std::unordered_map<std::string_view, size_t> by_name_;
  std::vector<uint64_t> seen_;  // the row in which a field was last there
  size_t expected_ = 0;         // the field that comes next if this row is like the last
  uint64_t row_ = 0;
};

void JsonReader::AddSyntax(simdjson::error_code error) {
  bool utf8 = error == simdjson::UTF8_ERROR;
  builder_.AddError({utf8 ? RejectKind::kEncoding : RejectKind::kSyntax, "",
                     utf8 ? "the line is not UTF-8"
                          : fmt::format("no JSON object: {}", simdjson::error_message(error))});
}

// NaN and infinities, which some write though JSON has none.
void JsonReader::PutOdd(size_t field, od::value value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && (token.back() == ' ' || token.back() == '\t')) token.remove_suffix(1);
  if (IsFloat(builder_.schema()->fields[field].type)) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (token == "NaN") return builder_.PutFloat(field, std::numeric_limits<double>::quiet_NaN());
    if (token == "Infinity") return builder_.PutFloat(field, kInfinity);
    if (token == "-Infinity") return builder_.PutFloat(field, -kInfinity);
  }
  builder_.PutWrongType(field, token);
}

void JsonReader::PutNumber(size_t field, od::value value) {
  ColumnType type = builder_.schema()->fields[field].type;
  if (IsFloat(type)) {
    double number = 0;
    if (value.get_double().get(number) == simdjson::SUCCESS) {
      return builder_.PutFloat(field, number);
    }
  } else if (type == ColumnType::kInt || type == ColumnType::kSize) {
    int64_t number = 0;
    if (value.get_int64().get(number) == simdjson::SUCCESS) return builder_.PutInt(field, number);
  }
  PutOdd(field, value);
}

void JsonReader::PutValue(size_t field, od::value value) {
  od::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return PutOdd(field, value);
  const ColumnType wanted = builder_.schema()->fields[field].type;
  if (type == od::json_type::number) return PutNumber(field, value);
  if (type == od::json_type::string) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return PutOdd(field, value);
    if (wanted == ColumnType::kInt || wanted == ColumnType::kFloat || wanted == ColumnType::kBool) {
      return builder_.PutWrongType(field, fmt::format("\"{}\"", text));
    }
    return builder_.PutText(field, text);
  }
  if (type == od::json_type::boolean && wanted == ColumnType::kBool) {
    bool boolean = false;
    if (value.get_bool().get(boolean) == simdjson::SUCCESS) {
      return builder_.PutBool(field, boolean);
    }
  }
  if (type == od::json_type::null && value.is_null()) return builder_.PutNull(field);
  PutOdd(field, value);
}

void JsonReader::PutField(std::string_view name, od::value value) {
  const auto& fields = builder_.schema()->fields;
  size_t field = expected_;
  if (field >= fields.size() || fields[field].name != name) {
    auto found = by_name_.find(name);
    if (found == by_name_.end()) {
      if (options_.other_columns == OtherColumns::kIgnore) return;
      builder_.AddError({RejectKind::kUnknown, ShownCell(name), "no field of the row type"});
      return;
    }
    field = found->second;
  }
  expected_ = field + 1;
  if (std::exchange(seen_[field], row_) == row_) {
    builder_.AddError({RejectKind::kCells, fields[field].name, "stands twice in the row"});
    return;
  }
  PutValue(field, value);
}

// False where the line is no JSON.
bool JsonReader::PutObject(od::document& document) {
  od::object object;
  if (auto error = document.get_object().get(object)) {
    AddSyntax(error);
    return false;
  }
  for (auto entry : object) {
    od::field field;
    std::string_view name;
    if (auto error = std::move(entry).get(field); error || field.unescaped_key().get(name)) {
      AddSyntax(error ? error : simdjson::STRING_ERROR);
      return false;
    }
    PutField(name, field.value());
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    builder_.AddError({RejectKind::kSyntax, "", "text behind the object"});
    return false;
  }
  return true;
}

void JsonReader::PutLine(std::string_view line) {
  builder_.BeginRow();
  expected_ = 0;
  od::document document;
  if (auto error = parser_.iterate(Padded(line)).get(document)) return AddSyntax(error);
  if (!PutObject(document)) return;
  for (size_t field = 0; field < seen_.size(); ++field) {
    if (seen_[field] != row_) builder_.PutNull(field);
  }
}

Status JsonReader::Refuse(std::string_view line) {
  Reject reject{row_, lines_.line(), builder_.errors(), {}};
  od::document document;
  od::object object;
  bool whole = parser_.iterate(Padded(line)).get(document) == simdjson::SUCCESS &&
               document.get_object().get(object) == simdjson::SUCCESS;
  if (whole) {
    for (auto entry : object) {
      od::field field;
      std::string_view name;
      std::string_view text;
      whole = std::move(entry).get(field) == simdjson::SUCCESS &&
              field.unescaped_key().get(name) == simdjson::SUCCESS &&
              simdjson::to_json_string(field.value()).get(text) == simdjson::SUCCESS;
      if (!whole) break;
      reject.cells.emplace_back(name, text);
    }
  }
  auto odd = [](const auto& cell) { return !FromJson(cell.second).has_value(); };
  if (!whole || std::ranges::any_of(reject.cells, odd)) {
    reject.cells = {{"(line)", ToJson(Value::String(line), SecretPolicy::kReveal)}};
  }
  return log_.Add(std::move(reject));
}

Result<std::optional<Batch>> JsonReader::Next() {
  while (!builder_.full()) {
    OPS_ASSIGN(auto line, lines_.Next());
    if (!line) break;
    if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
    ++row_;
    PutLine(*line);
    if (!builder_.EndRow()) OPS_TRY(Refuse(*line));
  }
  if (builder_.rows() == 0) return std::optional<Batch>();
  return std::optional<Batch>(builder_.Finish());
}

}  // namespace

Result<std::unique_ptr<RowReader>> OpenJsonLines(const std::string& path, SchemaPtr schema,
                                                 const ReadOptions& options, RejectLog& log) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FailErrno("cannot read " + log.file(), errno);
  return std::unique_ptr<RowReader>(
      std::make_unique<JsonReader>(fd, std::move(schema), options, log));
}

}  // namespace opsc
