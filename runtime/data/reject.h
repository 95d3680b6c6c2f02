// What was wrong with rows: counted, told with its place, and kept.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

enum class RejectKind : uint8_t {
  kType,       // no value of the column's type
  kNull,       // nothing where something must be
  kRange,      // below `low` or above `high`
  kLength,     // a string of too few or too many characters
  kOneOf,      // none of the values of the type
  kPattern,    // a string that does not match
  kNotFinite,  // NaN or an infinity
  kEncoding,   // not UTF-8
  kFuture,     // an event or its knowledge later than now
  kOrder,      // known before it happened
  kDuplicate,  // another row has these keys
  kCells,      // too many or too few cells, or a name twice
  kUnknown,    // a field that the type does not have
  kSyntax,     // no CSV or JSON
};
inline constexpr size_t kRejectKinds = 14;
std::string_view RejectName(RejectKind kind);  // "type", "null", ... as in reports

// One thing wrong with one row.
struct CellError {
  RejectKind kind = RejectKind::kType;
  std::string column;   // empty: of the row as a whole
  std::string message;  // "-3 is below 0"
};

// A row that was not taken.
struct Reject {
  uint64_t row = 0;   // of the data, from 1
  uint64_t line = 0;  // of the file, from 1; 0: it has no lines
  std::vector<CellError> errors;
  // The row as it was read, by column: JSON texts of the values.
  std::vector<std::pair<std::string, std::string>> cells;
};

// Counts of one column and kind.
using RejectCounts = std::map<std::pair<std::string, RejectKind>, uint64_t>;

// Rejected rows of one file. The first ones are kept as examples, and all are written to a
// quarantine file where one is wanted: a JSON object a line, see docs/formats/dataset.md.
class RejectLog {
 public:
  static constexpr size_t kExamples = 20;

  // `file` is how messages name the source; `quarantine` is a path, empty: none. The file is made
  // when it is closed, if not before, so it is there also when it is empty.
  RejectLog(std::string file, std::string quarantine);
  ~RejectLog();
  RejectLog(const RejectLog&) = delete;
  RejectLog& operator=(const RejectLog&) = delete;

  Status Add(Reject reject);
  Status Close();  // what was written is complete; fails where the disk is full

  const std::string& file() const { return file_; }
  void SetFile(std::string file) { file_ = std::move(file); }  // what comes next is of this one
  uint64_t rows() const { return rows_; }
  const RejectCounts& counts() const { return counts_; }
  const std::vector<std::string>& example_texts() const { return examples_; }  // as RejectText

 private:
  Status Write(const Reject& reject);

  std::string file_;
  std::string quarantine_;
  std::unique_ptr<class FileWriter> writer_;
  uint64_t rows_ = 0;
  RejectCounts counts_;
  std::vector<std::string> examples_;
};

// "data/orders/3.csv:17: amount: -3 is below 0" (line, or row where the file has no lines).
std::string RejectText(std::string_view file, const Reject& reject);

}  // namespace opsc
