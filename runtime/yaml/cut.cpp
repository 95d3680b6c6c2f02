#include "runtime/yaml/cut.h"

#include <algorithm>

namespace opsc {
namespace {

constexpr std::string_view kMark = "---";
constexpr std::string_view kBlank = " \t\r\n";

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(kBlank) == text.npos;
}

bool IsMark(std::string_view line) {
  if (!line.starts_with(kMark)) return false;
  return line.size() == kMark.size() || line[kMark.size()] == ' ' || line[kMark.size()] == '\t' ||
         line[kMark.size()] == '\r';
}

}  // namespace

std::optional<StreamPiece> StreamCutter::Next() {
  if (looked_ == 0) SkipBlank();
  if (IsBlank(rest_)) return std::nullopt;
  bool is_json = rest_[0] == '{' || rest_[0] == '[';
  auto end = is_json ? EndOfJson() : EndOfYaml();
  if (!end) return std::nullopt;
  return Take(*end);
}

std::optional<StreamPiece> StreamCutter::Last() {
  if (looked_ == 0) SkipBlank();
  if (IsBlank(rest_)) return std::nullopt;
  return Take(rest_.size());
}

std::optional<size_t> StreamCutter::EndOfJson() {
  for (; looked_ < rest_.size(); ++looked_) {
    char c = rest_[looked_];
    if (in_text_) {
      if (!escaped_ && c == '"') in_text_ = false;
      escaped_ = !escaped_ && c == '\\';
    } else if (c == '"') {
      in_text_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && --depth_ == 0) {
      return looked_ + 1;
    }
  }
  return std::nullopt;
}

// `looked_` is at the beginning of a line. The mark that opens the document belongs to it.
std::optional<size_t> StreamCutter::EndOfYaml() {
  for (size_t end; (end = rest_.find('\n', looked_)) != std::string::npos; looked_ = end + 1) {
    std::string_view line = std::string_view(rest_).substr(looked_, end - looked_);
    if (looked_ > 0 && IsMark(line)) return looked_;
  }
  return std::nullopt;
}

StreamPiece StreamCutter::Take(size_t end) {
  StreamPiece piece{rest_.substr(0, end), line_};
  line_ += static_cast<int>(std::ranges::count(piece.text, '\n'));
  rest_.erase(0, end);
  looked_ = 0;
  depth_ = 0;
  in_text_ = escaped_ = false;
  return piece;
}

void StreamCutter::SkipBlank() {
  size_t begin = std::min(rest_.find_first_not_of(kBlank), rest_.size());
  // Only whole lines: the indentation of what follows is part of it.
  size_t line = begin == 0 ? std::string::npos : rest_.rfind('\n', begin - 1);
  bool is_json = begin < rest_.size() && (rest_[begin] == '{' || rest_[begin] == '[');
  size_t end = is_json ? begin : line == std::string::npos ? 0 : line + 1;
  line_ +=
      static_cast<int>(std::count(rest_.begin(), rest_.begin() + static_cast<long>(end), '\n'));
  rest_.erase(0, end);
}

}  // namespace opsc
