// The row type that a file seems to have.
#pragma once

#include <string>
#include <vector>

#include "runtime/data/read.h"

namespace opsc {

// One column as it was found.
struct InferredField {
  RowField field;
  bool distinct = false;            // all values differ, none is null: it may be a key
  std::vector<std::string> values;  // of strings with few different ones, sorted
  // Why it is a string although most of it is not: "`n/a` in line 17 is no int"; empty: no reason.
  std::string remark;
};

struct InferredRows {
  ReadOptions options;  // with which every row of the file can be read
  uint64_t rows = 0;
  std::vector<InferredField> fields;
};

// csv, tsv, jsonl, ndjson and parquet by the end of the name.
Result<FileFormat> FormatOfFile(const std::string& path);

// Reads all of the file. Fails where it has no columns or cannot be read.
Result<InferredRows> InferRows(const std::string& path);

// The inferred type with which the file is read.
SchemaPtr SchemaOf(const InferredRows& rows);

}  // namespace opsc
