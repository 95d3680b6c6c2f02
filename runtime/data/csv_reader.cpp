// Rows of a CSV file.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "runtime/data/column_names.h"
#include "runtime/data/csv_records.h"
#include "runtime/data/read.h"
#include "runtime/data/row_builder.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr size_t kIgnored = SIZE_MAX;

class CsvReader : public RowReader {
 public:
  CsvReader(int fd, const std::string& path, SchemaPtr schema, const ReadOptions& options,
            RejectLog& log)
      : records_(fd, path, options.delimiter),
        options_(options),
        builder_(std::move(schema), options),
        log_(log) {}

  Status ReadHeader();
  const SchemaPtr& schema() const override { return builder_.schema(); }
  uint64_t rows_read() const override { return row_; }
  Result<std::optional<Batch>> Next() override;

 private:
  bool IsNull(const CsvCell& cell) const {
    if (cell.quoted) return false;
    return std::ranges::any_of(options_.nulls,
                               [&](const std::string& null) { return cell.raw() == null; });
  }
  void PutCell(size_t field, const CsvCell& cell);
  void PutRecord();
  Status Refuse(std::vector<CellError> errors);
  std::string NameOf(size_t cell) const;

  CsvRecords records_;
  ReadOptions options_;
  RowBuilder builder_;
  RejectLog& log_;
  std::vector<std::string> names_;  // of the file's columns
  std::vector<size_t> fields_;      // of the row type, by the file's columns
  std::vector<size_t> absent_;      // nullable fields that the file does not have
  std::vector<CsvCell> cells_;
  std::string scratch_;
  uint64_t row_ = 0;
};

Status CsvReader::ReadHeader() {
  const RowSchema& schema = *builder_.schema();
  if (!options_.header) {
    for (size_t i = 0; i < schema.fields.size(); ++i) {
      names_.push_back(schema.fields[i].name);
      fields_.push_back(i);
    }
    return {};
  }
  OPS_ASSIGN(CsvRecords::Got got, records_.Next(cells_));
  if (got == CsvRecords::Got::kEnd) {
    return Fail(ErrorKind::kInput, fmt::format("{} is empty: not even a header", log_.file()),
                "a file without rows has a header alone; `header: false` where files have none");
  }
  if (got == CsvRecords::Got::kBroken) {
    return Fail(ErrorKind::kInput,
                fmt::format("{}:{}: {}", log_.file(), records_.line(), records_.problem()));
  }
  for (const CsvCell& cell : cells_) names_.emplace_back(CsvText(cell, scratch_));
  OPS_ASSIGN(ColumnMatch match, MatchColumns(names_, schema, options_.other_columns, log_.file()));
  fields_ = std::move(match.fields);
  absent_ = std::move(match.absent);
  return {};
}

void CsvReader::PutCell(size_t field, const CsvCell& cell) {
  const RowField& wanted = builder_.schema()->fields[field];
  if (IsNull(cell)) {
    bool is_empty_text = wanted.type == ColumnType::kString && !wanted.nullable && cell.size == 0;
    return is_empty_text ? builder_.PutString(field, {}) : builder_.PutNull(field);
  }
  builder_.PutText(field, CsvText(cell, scratch_));
}

void CsvReader::PutRecord() {
  builder_.BeginRow();
  if (cells_.size() != fields_.size()) {
    builder_.AddError({RejectKind::kCells, "",
                       fmt::format("{} cell{} where {} are wanted", cells_.size(),
                                   cells_.size() == 1 ? "" : "s", fields_.size())});
    return;
  }
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (fields_[i] != kIgnored) PutCell(fields_[i], cells_[i]);
  }
  for (size_t field : absent_) builder_.PutNull(field);
}

std::string CsvReader::NameOf(size_t cell) const {
  return cell < names_.size() ? names_[cell] : fmt::format("({})", cell + 1);
}

Status CsvReader::Refuse(std::vector<CellError> errors) {
  Reject reject{row_, records_.line(), std::move(errors), {}};
  for (size_t i = 0; i < cells_.size(); ++i) {
    Value text = Value::String(CsvText(cells_[i], scratch_));
    reject.cells.emplace_back(NameOf(i), ToJson(text, SecretPolicy::kReveal));
  }
  return log_.Add(std::move(reject));
}

Result<std::optional<Batch>> CsvReader::Next() {
  while (!builder_.full()) {
    OPS_ASSIGN(CsvRecords::Got got, records_.Next(cells_));
    if (got == CsvRecords::Got::kEnd) break;
    ++row_;
    if (got == CsvRecords::Got::kBroken) {
      OPS_TRY(Refuse({{RejectKind::kSyntax, "", records_.problem()}}));
      continue;
    }
    PutRecord();
    if (!builder_.EndRow()) OPS_TRY(Refuse(builder_.errors()));
  }
  if (builder_.rows() == 0) return std::optional<Batch>();
  return std::optional<Batch>(builder_.Finish());
}

}  // namespace

Result<std::unique_ptr<RowReader>> OpenCsv(const std::string& path, SchemaPtr schema,
                                           const ReadOptions& options, RejectLog& log) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FailErrno("cannot read " + log.file(), errno);
  (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  auto reader = std::make_unique<CsvReader>(fd, log.file(), std::move(schema), options, log);
  OPS_TRY(reader->ReadHeader());
  return std::unique_ptr<RowReader>(std::move(reader));
}

}  // namespace opsc
