// Offsets in a text, and the lines and characters that the protocol counts in.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace opsc::lsp {

// What a `character` counts; agreed on when a client connects.
enum class Encoding : uint8_t { kUtf8, kUtf16, kUtf32 };

// From 0. A character beyond the end of its line means that end.
struct Position {
  uint32_t line = 0;
  uint32_t character = 0;
  auto operator<=>(const Position&) const = default;
};

struct Range {
  Position start;
  Position end;
  auto operator<=>(const Range&) const = default;
};

// Where the lines of a text begin. A line ends with LF, CRLF or CR.
class LineTable {
 public:
  explicit LineTable(std::string_view text = {});

  Position At(std::string_view text, uint32_t offset, Encoding encoding) const;
  // Within the text, on the boundary of a character, for any position.
  uint32_t Offset(std::string_view text, Position position, Encoding encoding) const;
  uint32_t Begin(uint32_t line) const { return starts_[line]; }
  uint32_t count() const { return static_cast<uint32_t>(starts_.size()); }

 private:
  std::vector<uint32_t> starts_;
};

// Units of `encoding` in UTF-8 bytes.
uint32_t Units(std::string_view bytes, Encoding encoding);

}  // namespace opsc::lsp
