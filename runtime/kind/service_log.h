// What a service prints, kept on disk within bounds, and its last lines in memory.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace opsc {

// `service.log` and, once that has 10 MB, the 10 MB before it as `service.log.1`. A disk that is
// full loses lines of the log, never the service.
class ServiceLog {
 public:
  explicit ServiceLog(std::string path);
  ~ServiceLog();
  ServiceLog(const ServiceLog&) = delete;
  ServiceLog& operator=(const ServiceLog&) = delete;

  void Write(std::string_view bytes);    // of the service, as they come
  void Note(std::string_view sentence);  // of the supervisor: "opsc: TIME sentence"

  static constexpr size_t kRotateAt = 10'000'000;  // bytes

 private:
  void Open();

  std::string path_;
  int fd_ = -1;
  size_t size_ = 0;
  bool at_line_start_ = true;
};

// The last lines of a stream, long ones cut.
class LastLines {
 public:
  void Add(std::string_view bytes);
  void Clear();
  bool Contains(std::string_view text) const;
  std::string Text() const;  // each indented by two blanks and ended by a newline

 private:
  static constexpr size_t kLines = 20;
  static constexpr size_t kLongest = 400;  // bytes

  std::deque<std::string> lines_;
  bool open_ = false;  // the last line has no newline yet
};

}  // namespace opsc
