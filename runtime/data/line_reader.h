// The lines of a file, one after another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// Lines without their end (LF or CRLF), through a buffer that grows to the longest one. Behind each
// line kPadding bytes may be read.
class LineReader {
 public:
  static constexpr size_t kPadding = 64;
  static constexpr size_t kMaxLine = size_t{256} << 20;

  LineReader(int fd, std::string path);  // owns `fd`
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Lives until the next call; nothing: the end. A byte order mark is skipped.
  Result<std::optional<std::string_view>> Next();
  uint64_t line() const { return line_; }  // of what Next gave, from 1
  // Bytes of the buffer from the front of the line on.
  size_t capacity() const { return buffer_.size() - begin_; }

 private:
  Status Fill();

  int fd_;
  std::string path_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // of the line that was given
  size_t pos_ = 0;    // of the next
  size_t end_ = 0;
  bool eof_ = false;
  uint64_t line_ = 0;
};

}  // namespace opsc
