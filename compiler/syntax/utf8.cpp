#include "compiler/syntax/utf8.h"

#include <cstdint>
#include <cstring>

namespace opsc::syntax {
namespace {

bool Continues(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80;
}

// Bytes of the well-formed character at `at`, 0 if there is none.
size_t LengthAt(std::string_view text, size_t at) {
  auto lead = static_cast<uint8_t>(text[at]);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4 || !Continues(text, at + 1)) return 0;
  if (lead < 0xE0) return 2;
  auto second = static_cast<uint8_t>(text[at + 1]);
  bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  bool surrogate = lead == 0xED && second >= 0xA0;
  bool beyond = lead == 0xF4 && second >= 0x90;
  if (overlong || surrogate || beyond || !Continues(text, at + 2)) return 0;
  if (lead < 0xF0) return 3;
  return Continues(text, at + 3) ? 4 : 0;
}

}  // namespace

std::optional<size_t> FindInvalidUtf8(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080u;
  size_t at = 0;
  while (at < text.size()) {
    uint64_t eight = kHighBits;
    if (at + 8 <= text.size()) std::memcpy(&eight, text.data() + at, 8);
    if ((eight & kHighBits) == 0) {
      at += 8;
      continue;
    }
    size_t length = LengthAt(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

}  // namespace opsc::syntax
