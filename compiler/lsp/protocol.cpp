#include "compiler/lsp/protocol.h"

#include <algorithm>
#include <limits>

namespace opsc::lsp {
namespace {

uint32_t Count(const Json& json) {
  auto number = json.get<int64_t>();
  return static_cast<uint32_t>(std::clamp<int64_t>(number, 0, std::numeric_limits<int32_t>::max()));
}

}  // namespace

Position PositionFrom(const Json& json) {
  return {Count(json.at("line")), Count(json.at("character"))};
}

Range RangeFrom(const Json& json) {
  Range range{PositionFrom(json.at("start")), PositionFrom(json.at("end"))};
  if (range.end < range.start) std::swap(range.start, range.end);
  return range;
}

std::string CodeBlock(std::string_view code) {
  return "```ops\n" + std::string(code) + "\n```";
}

}  // namespace opsc::lsp
