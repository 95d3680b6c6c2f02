#include "compiler/source/source.h"

#include <algorithm>

namespace opsc {
namespace {

const std::vector<uint32_t>& LineStarts(const SourceFile& file) {
  if (file.line_starts.empty()) {
    file.line_starts.push_back(0);
    for (uint32_t i = 0; i < file.text.size(); ++i) {
      if (file.text[i] == '\n') file.line_starts.push_back(i + 1);
    }
  }
  return file.line_starts;
}

}  // namespace

FileId Sources::Add(std::string path, std::string text) {
  Digest digest = Sha256(text);
  files_.push_back({std::move(path), std::move(text), digest, {}});
  return static_cast<FileId>(files_.size() - 1);
}

void Sources::Replace(FileId file, std::string path, std::string text) {
  Digest digest = Sha256(text);
  files_.at(static_cast<size_t>(file)) = {std::move(path), std::move(text), digest, {}};
}

void Sources::Splice(FileId file, uint32_t begin, uint32_t end, std::string_view replacement) {
  SourceFile& source = files_.at(static_cast<size_t>(file));
  source.text.replace(begin, end - begin, replacement);
  source.line_starts.clear();
}

LineColumn Sources::Locate(FileId file, uint32_t offset) const {
  const auto& starts = LineStarts((*this)[file]);
  auto after = std::upper_bound(starts.begin(), starts.end(), offset);
  auto line = static_cast<int>(after - starts.begin());
  return {line, static_cast<int>(offset - starts[static_cast<size_t>(line - 1)]) + 1};
}

std::string_view Sources::Line(FileId file, int line) const {
  const auto& starts = LineStarts((*this)[file]);
  if (line < 1 || static_cast<size_t>(line) > starts.size()) return {};
  std::string_view rest =
      std::string_view((*this)[file].text).substr(starts[static_cast<size_t>(line - 1)]);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

std::string_view Sources::Text(Span span) const {
  return std::string_view((*this)[span.file].text).substr(span.begin, span.end - span.begin);
}

}  // namespace opsc
