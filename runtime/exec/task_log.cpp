#include "runtime/exec/task_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/exec/scratch.h"

namespace opsc {

TaskLog::TaskLog(std::string path, std::string address, EventSink& events, Env* env,
                 std::shared_ptr<const SecretPatterns> patterns)
    : path_(std::move(path)), events_(events), env_(env), masker_(std::move(patterns)) {
  event_.type = Event::Type::kLog;
  event_.address = std::move(address);
}

TaskLog::~TaskLog() {
  if (file_ >= 0) close(file_);
}

void TaskLog::Feed(std::string_view bytes) {
  visible_.clear();
  masker_.Feed(bytes, visible_);
  Take(visible_);
}

void TaskLog::Finish() {
  visible_.clear();
  masker_.Finish(visible_);
  Take(visible_);
  if (!partial_.empty()) Line(partial_);
  partial_.clear();
}

void TaskLog::Take(std::string_view visible) {
  if (visible.empty()) return;
  Write(visible);
  if (visible.size() >= kKept) {
    tail_.assign(visible.substr(visible.size() - kKept));
  } else {
    tail_ += visible;
    if (tail_.size() > 2 * kKept) tail_.erase(0, tail_.size() - kKept);
  }
  event_.time = env_->Now();
  while (!visible.empty()) {
    const auto* newline =
        static_cast<const char*>(std::memchr(visible.data(), '\n', visible.size()));
    const size_t length =
        newline != nullptr ? static_cast<size_t>(newline - visible.data()) : visible.size();
    const size_t piece = std::min(length, kLongestLine - partial_.size());
    const bool ends = newline != nullptr && piece == length;
    if (ends && partial_.empty()) {
      Line(visible.substr(0, piece));
    } else {
      partial_ += visible.substr(0, piece);
      if (ends || partial_.size() == kLongestLine) {
        Line(partial_);
        partial_.clear();
      }
    }
    visible.remove_prefix(piece + (ends ? 1 : 0));
  }
}

void TaskLog::Line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  event_.message.assign(line);
  events_.Take(event_);
}

void TaskLog::Write(std::string_view bytes) {
  if (failed_) return;
  if (file_ < 0) {
    (void)MakeScratchDirectory(std::string(DirName(path_)));
    file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
  while (file_ >= 0 && !bytes.empty()) {
    const ssize_t n = write(file_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (bytes.empty()) return;
  // A full disk must not end the command: the log is still shown, and this says that it is not
  // kept.
  failed_ = true;
  Event notice = event_;
  notice.type = Event::Type::kNotice;
  notice.message = "cannot write the log " + path_ + ": " + std::strerror(errno);
  events_.Take(notice);
}

}  // namespace opsc
