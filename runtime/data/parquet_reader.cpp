// Rows of a Parquet file.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/data/arrow_column.h"
#include "runtime/data/arrow_library.h"
#include "runtime/data/cell.h"
#include "runtime/data/column_names.h"
#include "runtime/data/key_set.h"
#include "runtime/data/read.h"
#include "runtime/value/json.h"
#include "runtime/value/utf8.h"

namespace opsc {
namespace {

// What an Arrow schema or array holds is given back by its release.
template <typename T>
struct Released {
  T value{};
  ~Released() {
    if (value.release != nullptr) value.release(&value);
  }
};

using Errors = std::vector<std::vector<CellError>>;  // by row

class ParquetReader : public RowReader {
 public:
  ParquetReader(SchemaPtr schema, const ReadOptions& options, RejectLog& log)
      : schema_(std::move(schema)), options_(options), identity_(IdentityOf(*schema_)), log_(log) {
    for (const RowField& field : schema_->fields) {
      rules_.emplace_back(field, options.not_finite, options.now_ns);
    }
  }

  Status Open(const std::string& path);
  const SchemaPtr& schema() const override { return schema_; }
  uint64_t rows_read() const override { return row_; }
  Result<std::optional<Batch>> Next() override;

 private:
  Status MatchTypes();
  Result<Batch> Convert(const ArrowArray& rows, Errors& errors);
  void CheckColumn(size_t field, Column& column, Errors& errors) const;
  void CheckTexts(size_t field, const Column& column, Errors& errors) const;
  void CheckRows(const Batch& batch, Errors& errors);
  Result<Batch> WithoutRejected(Batch batch, Errors& errors);
  std::unexpected<Error> Unreadable(Error error) const;

  SchemaPtr schema_;
  ReadOptions options_;
  std::vector<size_t> identity_;
  RejectLog& log_;
  ArrowStream stream_;
  Released<ArrowSchema> file_schema_;
  std::vector<size_t> columns_;  // of the file, by field; SIZE_MAX: absent
  std::vector<FieldRule> rules_;
  KeySet keys_;
  uint64_t row_ = 0;
};

std::unexpected<Error> ParquetReader::Unreadable(Error error) const {
  return Fail(error.kind,
              fmt::format("{} cannot be read as Parquet: {}", log_.file(), error.message),
              error.hint.empty() ? "the file may be cut or of another format" : error.hint);
}

Status ParquetReader::Open(const std::string& path) {
  OPS_ASSIGN(const OpscArrowPlugin* plugin, ArrowPlugin());
  std::array<char, 1024> error{};
  if (plugin->open(path.c_str(), static_cast<int64_t>(kMaxBatchRows), stream_.get(), error.data(),
                   static_cast<int64_t>(error.size())) != 0) {
    return Unreadable({ErrorKind::kInput, error.data(), ""});
  }
  if (stream_.get()->get_schema(stream_.get(), &file_schema_.value) != 0) {
    return Unreadable({ErrorKind::kInput, "it has no schema", ""});
  }
  return MatchTypes();
}

Status ParquetReader::MatchTypes() {
  const ArrowSchema& file = file_schema_.value;
  std::vector<std::string> names;
  for (int64_t i = 0; i < file.n_children; ++i) names.emplace_back(file.children[i]->name);
  OPS_ASSIGN(ColumnMatch match, MatchColumns(names, *schema_, options_.other_columns, log_.file()));
  columns_.assign(schema_->fields.size(), SIZE_MAX);
  for (size_t i = 0; i < names.size(); ++i) {
    if (match.fields[i] == SIZE_MAX) continue;
    columns_[match.fields[i]] = i;
    const RowField& field = schema_->fields[match.fields[i]];
    const ArrowSchema& column = *file.children[i];
    if (FitsColumn(column, field.type)) continue;
    return Fail(ErrorKind::kInput,
                fmt::format("{}: the column `{}` holds {}, and the row type says {}", log_.file(),
                            field.name, ArrowTypeText(column), ColumnTypeName(field.type)),
                "nothing is converted in silence: change the type, or write the file with another");
  }
  return {};
}

void ParquetReader::CheckTexts(size_t field, const Column& column, Errors& errors) const {
  const FieldRule& rule = rules_[field];
  const Dictionary& dictionary = *column.dictionary;
  std::vector<std::optional<CellError>> known(dictionary.size());
  for (size_t code = 0; code < known.size(); ++code) {
    std::string_view text = dictionary[static_cast<int32_t>(code)];
    known[code] = IsUtf8(text) ? rule.CheckText(text) : rule.NotUtf8(text);
  }
  for (size_t row = 0; row < column.rows; ++row) {
    const auto& error = known[static_cast<size_t>(column.codes()[row])];
    if (error && !column.IsNull(row)) errors[row].push_back(*error);
  }
}

void ParquetReader::CheckColumn(size_t field, Column& column, Errors& errors) const {
  const FieldRule& rule = rules_[field];
  bool nullable = schema_->fields[field].nullable;
  if (IsFloat(column.type) && options_.not_finite == NotFinite::kNull) {
    for (size_t row = 0; row < column.rows; ++row) {
      if (!std::isfinite(column.floats()[row])) column.SetNull(row);
    }
  }
  if (!nullable && column.has_validity()) {
    for (size_t row = 0; row < column.rows; ++row) {
      if (column.IsNull(row)) errors[row].push_back(rule.Missing());
    }
  }
  if (column.type == ColumnType::kString) return CheckTexts(field, column, errors);
  for (size_t row = 0; row < column.rows; ++row) {
    if (column.IsNull(row)) continue;
    std::optional<CellError> error;
    if (column.type == ColumnType::kBool) {
      error = rule.CheckBool(column.bools()[row] != 0);
    } else if (IsFloat(column.type)) {
      error = rule.CheckFloat(column.floats()[row]);
    } else {
      error = rule.CheckInt(column.ints()[row]);
    }
    if (error) errors[row].push_back(std::move(*error));
  }
}

Result<Batch> ParquetReader::Convert(const ArrowArray& rows, Errors& errors) {
  Batch batch;
  batch.schema = schema_;
  batch.rows = static_cast<size_t>(rows.length);
  errors.resize(batch.rows);
  ArrowSchema absent{};
  absent.format = "n";
  ArrowArray nothing{};
  for (size_t field = 0; field < schema_->fields.size(); ++field) {
    bool there = columns_[field] != SIZE_MAX;
    const ArrowSchema& type = there ? *file_schema_.value.children[columns_[field]] : absent;
    const ArrowArray& array = there ? *rows.children[columns_[field]] : nothing;
    std::vector<uint32_t> outside;
    OPS_ASSIGN(Column column,
               CopyColumn(type, array, schema_->fields[field].type, batch.rows, outside));
    for (uint32_t row : outside) {
      errors[row].push_back(rules_[field].WrongType(ArrowTypeText(type) + " out of range"));
    }
    CheckColumn(field, column, errors);
    batch.columns.push_back(std::move(column));
  }
  return batch;
}

void ParquetReader::CheckRows(const Batch& batch, Errors& errors) {
  auto event = schema_->EventTime();
  auto known = schema_->KnownAt();
  bool two_clocks = event && known && event != known;
  std::string names;
  for (size_t field : identity_) {
    names += (names.empty() ? "" : ", ") + schema_->fields[field].name;
  }
  for (size_t row = 0; row < batch.rows; ++row) {
    if (!errors[row].empty()) continue;
    if (two_clocks && !batch.columns[*event].IsNull(row) && !batch.columns[*known].IsNull(row) &&
        batch.columns[*event].ints()[row] > batch.columns[*known].ints()[row]) {
      errors[row].push_back(
          {RejectKind::kOrder, schema_->fields[*known].name,
           fmt::format("known before `{}` says that it happened", schema_->fields[*event].name)});
    } else if (!identity_.empty() && !keys_.Insert(KeyOf(batch.columns, identity_, row))) {
      errors[row].push_back(
          {RejectKind::kDuplicate, names, "an earlier row of the file has the same key"});
    }
  }
}

Result<Batch> ParquetReader::WithoutRejected(Batch batch, Errors& errors) {
  std::vector<uint32_t> kept;
  for (size_t row = 0; row < batch.rows; ++row) {
    if (errors[row].empty()) {
      kept.push_back(static_cast<uint32_t>(row));
      continue;
    }
    Reject reject{row_ + row + 1, 0, std::move(errors[row]), {}};
    for (size_t field = 0; field < batch.columns.size(); ++field) {
      reject.cells.emplace_back(schema_->fields[field].name,
                                ToJson(ValueAt(batch.columns[field], row), SecretPolicy::kReveal));
    }
    OPS_TRY(log_.Add(std::move(reject)));
  }
  row_ += batch.rows;
  return kept.size() == batch.rows ? std::move(batch) : Take(batch, kept);
}

Result<std::optional<Batch>> ParquetReader::Next() {
  for (;;) {
    Released<ArrowArray> rows;
    auto more = stream_.Next(rows.value);
    if (!more) return Unreadable(std::move(more).error());
    if (!*more) return std::optional<Batch>();
    Errors errors;
    auto converted = Convert(rows.value, errors);
    if (!converted) return Unreadable(std::move(converted).error());
    CheckRows(*converted, errors);
    OPS_ASSIGN(Batch batch, WithoutRejected(std::move(*converted), errors));
    if (batch.rows > 0) return std::optional<Batch>(std::move(batch));
  }
}

}  // namespace

Result<std::unique_ptr<RowReader>> OpenParquet(const std::string& path, SchemaPtr schema,
                                               const ReadOptions& options, RejectLog& log) {
  auto reader = std::make_unique<ParquetReader>(std::move(schema), options, log);
  OPS_TRY(reader->Open(path));
  return std::unique_ptr<RowReader>(std::move(reader));
}

}  // namespace opsc
