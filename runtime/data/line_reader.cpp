#include "runtime/data/line_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace opsc {
namespace {

constexpr size_t kRead = size_t{1} << 20;

}  // namespace

LineReader::LineReader(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

LineReader::~LineReader() {
  close(fd_);
}

Status LineReader::Fill() {
  std::memmove(buffer_.data(), buffer_.data() + pos_, end_ - pos_);
  end_ -= pos_;
  pos_ = 0;
  if (buffer_.size() < end_ + kRead + kPadding) {
    buffer_.resize(std::max(end_ * 2, end_ + kRead) + kPadding);
  }
  ssize_t n = 0;
  do {
    n = read(fd_, buffer_.data() + end_, buffer_.size() - kPadding - end_);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return FailErrno("cannot read " + path_, errno);
  eof_ = n == 0;
  end_ += static_cast<size_t>(n);
  return {};
}

Result<std::optional<std::string_view>> LineReader::Next() {
  for (size_t seen = pos_;;) {
    const void* found =
        end_ == seen ? nullptr : std::memchr(buffer_.data() + seen, '\n', end_ - seen);
    if (found == nullptr && !eof_) {
      if (end_ - pos_ > kMaxLine) {
        return Fail(ErrorKind::kInput, fmt::format("{}:{}: a line of more than {} MiB", path_,
                                                   line_ + 1, kMaxLine >> 20));
      }
      size_t held = end_ - pos_;
      OPS_TRY(Fill());
      seen = held;
      continue;
    }
    if (found == nullptr && pos_ == end_) return std::optional<std::string_view>();
    size_t end = found == nullptr
                     ? end_
                     : static_cast<size_t>(static_cast<const char*>(found) - buffer_.data());
    begin_ = pos_;
    if (line_ == 0 &&
        std::string_view(buffer_.data() + pos_, end - pos_).starts_with("\xEF\xBB\xBF")) {
      begin_ += 3;
    }
    pos_ = found == nullptr ? end : end + 1;
    if (end > begin_ && buffer_[end - 1] == '\r') --end;
    ++line_;
    return std::optional(std::string_view(buffer_.data() + begin_, end - begin_));
  }
}

}  // namespace opsc
