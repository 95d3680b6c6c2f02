#include "runtime/kind/service_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>

#include "runtime/base/env.h"

namespace opsc {

ServiceLog::ServiceLog(std::string path) : path_(std::move(path)) {
  Open();
}

ServiceLog::~ServiceLog() {
  if (fd_ >= 0) close(fd_);
}

void ServiceLog::Open() {
  if (fd_ >= 0) close(fd_);
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct stat status{};
  size_ = fd_ >= 0 && fstat(fd_, &status) == 0 ? static_cast<size_t>(status.st_size) : 0;
}

void ServiceLog::Write(std::string_view bytes) {
  if (bytes.empty()) return;
  if (size_ + bytes.size() > kRotateAt && size_ > 0) {
    std::rename(path_.c_str(), (path_ + ".1").c_str());
    Open();
  }
  if (fd_ < 0) Open();
  at_line_start_ = bytes.back() == '\n';
  while (fd_ >= 0 && !bytes.empty()) {
    const ssize_t n = write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    size_ += static_cast<size_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void ServiceLog::Note(std::string_view sentence) {
  std::string line = at_line_start_ ? "" : "\n";
  line += "opsc: " + FormatTime(std::chrono::system_clock::now()) + " ";
  line += sentence;
  line += '\n';
  Write(line);
}

void LastLines::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!open_) lines_.emplace_back();
    if (lines_.size() > kLines) lines_.pop_front();
    const size_t newline = bytes.find('\n');
    std::string& line = lines_.back();
    const size_t room = kLongest - std::min(kLongest, line.size());
    line += bytes.substr(0, std::min(newline, room));
    open_ = newline == std::string_view::npos;
    if (open_) return;
    bytes.remove_prefix(newline + 1);
  }
}

void LastLines::Clear() {
  lines_.clear();
  open_ = false;
}

bool LastLines::Contains(std::string_view text) const {
  return std::ranges::any_of(
      lines_, [text](const std::string& line) { return line.find(text) != std::string::npos; });
}

std::string LastLines::Text() const {
  std::string text;
  for (const std::string& line : lines_) text += "  " + line + "\n";
  return text;
}

}  // namespace opsc
