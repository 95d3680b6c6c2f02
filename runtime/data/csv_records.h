// The records of a CSV file as slices of a buffer. RFC 4180, and: a byte order mark is skipped;
// lines end in LF, CRLF or CR; a quote inside of an unquoted cell is a character.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// One cell as it stands in the file, without its quotes.
struct CsvCell {
  const char* data = nullptr;
  size_t size = 0;
  bool quoted = false;
  bool escaped = false;  // holds doubled quotes

  std::string_view raw() const { return {data, size}; }
};
// The text of a cell; `scratch` holds it where it has to be made.
std::string_view CsvText(const CsvCell& cell, std::string& scratch);

// Reads records one after another with a buffer that grows to the longest one.
class CsvRecords {
 public:
  static constexpr size_t kMaxRecord = size_t{256} << 20;
  enum class Got : uint8_t { kRecord, kEnd, kBroken };

  CsvRecords(int fd, std::string path, char delimiter);  // owns `fd`
  ~CsvRecords();
  CsvRecords(const CsvRecords&) = delete;
  CsvRecords& operator=(const CsvRecords&) = delete;

  // The next record that is not an empty line; `cells` live until the next call. kBroken: the
  // record is no CSV, for the reason `problem()`; reading may go on behind it.
  Result<Got> Next(std::vector<CsvCell>& cells);
  uint64_t line() const { return line_; }  // where the record begins, from 1
  const std::string& problem() const { return problem_; }

 private:
  enum class Step : uint8_t { kDone, kMore, kBroken };
  Status Fill();
  Status SkipMark();
  Step Scan(std::vector<CsvCell>& cells);
  Step ScanQuoted(size_t& at, CsvCell& cell);
  Step ScanPlain(size_t& at, CsvCell& cell);
  // Behind a cell: takes the delimiter or the end of the line.
  Step TakeEnd(size_t& at, bool& is_end);
  void SkipLine(size_t at);
  size_t FindSpecial(size_t from);
  void LoadBlock(size_t block);

  int fd_;
  std::string path_;
  char delimiter_;
  std::vector<char> buffer_;
  size_t pos_ = 0;  // of the next record
  size_t end_ = 0;  // of what was read
  bool eof_ = false;
  bool started_ = false;
  size_t block_ = SIZE_MAX;  // whose special bytes `mask_` has
  uint64_t mask_ = 0;
  uint64_t line_ = 0;
  uint64_t next_line_ = 1;
  std::string problem_;
};

}  // namespace opsc
