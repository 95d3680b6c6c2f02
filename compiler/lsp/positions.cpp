#include "compiler/lsp/positions.h"

#include <algorithm>

namespace opsc::lsp {
namespace {

// Bytes of the character that begins here; a stray byte counts as one.
uint32_t Width(std::string_view bytes) {
  auto lead = static_cast<unsigned char>(bytes[0]);
  uint32_t width = lead < 0x80 ? 1 : lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(width, static_cast<uint32_t>(bytes.size()));
}

uint32_t UnitsOf(uint32_t width, Encoding encoding) {
  if (encoding == Encoding::kUtf8) return width;
  return encoding == Encoding::kUtf16 && width == 4 ? 2 : 1;
}

// The line without what ends it.
std::string_view LineAt(std::string_view text, uint32_t begin) {
  std::string_view line = text.substr(begin);
  return line.substr(0, line.find_first_of("\r\n"));
}

}  // namespace

LineTable::LineTable(std::string_view text) {
  starts_.push_back(0);
  for (size_t at = text.find_first_of("\r\n"); at != text.npos;
       at = text.find_first_of("\r\n", at)) {
    at += text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
    starts_.push_back(static_cast<uint32_t>(at));
  }
}

uint32_t Units(std::string_view bytes, Encoding encoding) {
  if (encoding == Encoding::kUtf8) return static_cast<uint32_t>(bytes.size());
  uint32_t units = 0;
  while (!bytes.empty()) {
    uint32_t width = Width(bytes);
    units += UnitsOf(width, encoding);
    bytes.remove_prefix(width);
  }
  return units;
}

Position LineTable::At(std::string_view text, uint32_t offset, Encoding encoding) const {
  offset = std::min(offset, static_cast<uint32_t>(text.size()));
  auto after = std::ranges::upper_bound(starts_, offset);
  auto line = static_cast<uint32_t>(after - starts_.begin()) - 1;
  std::string_view rest = LineAt(text, starts_[line]);
  uint32_t left = offset - starts_[line];
  uint32_t units = 0;
  while (!rest.empty()) {
    uint32_t width = Width(rest);
    if (width > left) break;  // in the middle of a character: its begin
    units += UnitsOf(width, encoding);
    rest.remove_prefix(width);
    left -= width;
  }
  return {line, units};
}

uint32_t LineTable::Offset(std::string_view text, Position position, Encoding encoding) const {
  if (position.line >= starts_.size()) return static_cast<uint32_t>(text.size());
  uint32_t offset = starts_[position.line];
  std::string_view line = LineAt(text, offset);
  uint32_t units = 0;
  while (!line.empty() && units < position.character) {
    uint32_t width = Width(line);
    units += UnitsOf(width, encoding);
    if (units > position.character) break;  // in the middle of a character: its begin
    line.remove_prefix(width);
    offset += width;
  }
  return offset;
}

}  // namespace opsc::lsp
