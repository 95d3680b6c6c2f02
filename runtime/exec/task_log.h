// What a command prints: masked, cut into lines, shown and kept.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/event.h"
#include "runtime/value/masker.h"

namespace opsc {

// The log of one run of one task. Memory is bounded: a line of more than kLongestLine bytes is
// given out in pieces, and only the end of the log is kept for messages. Not thread-safe.
class TaskLog {
 public:
  static constexpr size_t kLongestLine = 64 * 1024;
  static constexpr size_t kKept = 64 * 1024;

  // The file is made, with its directories, when there is something to write.
  TaskLog(std::string path, std::string address, EventSink& events, Env* env,
          std::shared_ptr<const SecretPatterns> patterns);
  ~TaskLog();
  TaskLog(const TaskLog&) = delete;
  TaskLog& operator=(const TaskLog&) = delete;

  void Feed(std::string_view bytes);
  void Finish();

  bool written() const { return file_ >= 0; }
  const std::string& tail() const { return tail_; }  // the last kKept bytes, masked

 private:
  void Take(std::string_view visible);
  void Line(std::string_view line);
  void Write(std::string_view bytes);

  const std::string path_;
  EventSink& events_;
  Env* const env_;
  Masker masker_;
  Event event_;
  std::string visible_;
  std::string partial_;  // of a line whose end has not come
  std::string tail_;
  int file_ = -1;
  bool failed_ = false;
};

}  // namespace opsc
