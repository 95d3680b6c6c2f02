#include "runtime/store/run_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/store/posix_file.h"

namespace opsc {
namespace {

constexpr size_t kSecondLength = 15;  // 20261123T115300

std::string SecondText(Time now) {
  std::string text = FormatTime(now);  // 2026-11-23T11:53:00.123Z
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text.substr(0, kSecondLength);
}

}  // namespace

std::string NextRunId(Time now, std::string_view last) {
  unsigned random = static_cast<uint8_t>(RandomBytes(1)[0]) << 4;  // room for more in this second
  std::string id = fmt::format("{}-{:04x}", SecondText(now), random);
  if (id > last) return id;
  // In the second of `last`, or before: one above it.
  std::string_view digits = last.substr(std::min(last.size(), kSecondLength + 1));
  unsigned number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc() || digits.size() != 4 || number >= 0xFFFF) {
    return fmt::format("{}.1", last);
  }
  return fmt::format("{}-{:04x}", last.substr(0, kSecondLength), number + 1);
}

}  // namespace opsc
