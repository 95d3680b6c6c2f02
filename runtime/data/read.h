// Files of rows, read and checked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/column/batch.h"
#include "runtime/data/field_rule.h"
#include "runtime/data/reject.h"

namespace opsc {

enum class FileFormat : uint8_t { kCsv, kJsonLines, kParquet };
std::string_view FormatName(FileFormat format);  // "csv", "jsonl", "parquet"
std::optional<FileFormat> FormatFromName(std::string_view name);

// What is done with a column of a file that the row type does not have.
enum class OtherColumns : uint8_t { kRefuse, kIgnore };

// How a file is read.
struct ReadOptions {
  FileFormat format = FileFormat::kCsv;
  char delimiter = ',';                   // CSV
  bool header = true;                     // CSV: the first record names the columns
  std::vector<std::string> nulls = {""};  // CSV: what an unquoted cell spells for null
  OtherColumns other_columns = OtherColumns::kRefuse;
  NotFinite not_finite = NotFinite::kRefuse;
  int64_t now_ns = 0;  // times of events later than this are refused; 0: none is
};

// Rows of one file in order, checked against the row type. Rejected rows go to the log. Memory is
// bounded by a batch, the longest row and, with `@key`s, 8 to 32 bytes a row.
class RowReader : public BatchSource {
 public:
  // All rows that were read so far, rejected ones too.
  virtual uint64_t rows_read() const = 0;
};

// `file` is opened at `path`. Fails where it cannot be read as a whole: missing, no such format, a
// column of the type that the file does not have, or one that the type does not have.
// `log` outlives the reader.
Result<std::unique_ptr<RowReader>> OpenRows(const std::string& path, SchemaPtr schema,
                                            const ReadOptions& options, RejectLog& log);

// Of one format each; OpenRows chooses.
Result<std::unique_ptr<RowReader>> OpenCsv(const std::string& path, SchemaPtr schema,
                                           const ReadOptions& options, RejectLog& log);
Result<std::unique_ptr<RowReader>> OpenJsonLines(const std::string& path, SchemaPtr schema,
                                                 const ReadOptions& options, RejectLog& log);
Result<std::unique_ptr<RowReader>> OpenParquet(const std::string& path, SchemaPtr schema,
                                               const ReadOptions& options, RejectLog& log);

}  // namespace opsc
