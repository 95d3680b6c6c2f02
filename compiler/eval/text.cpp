#include "compiler/eval/text.h"

#include <fmt/format.h>

namespace opsc::eval {

std::expected<std::string, Problem> TextOf(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kString:
      return std::string(value.AsString());
    case ValueKind::kInt:
      return fmt::format("{}", value.AsInt());
    case ValueKind::kBool:
      return value.AsBool() ? "true" : "false";
    case ValueKind::kFloat:
      return FormatFloat(value.AsFloat());
    case ValueKind::kDuration:
      return FormatDuration(value.AsInt());
    case ValueKind::kSize:
      return FormatSize(value.AsInt());
    case ValueKind::kRatio:
    case ValueKind::kTime:
      return ToText(value);
    case ValueKind::kFile:
      if (value.AsFile().producer.empty()) return value.AsFile().path;
      break;
    default:
      break;
  }
  return std::unexpected(
      Problem{Diag::kNoSuchOperation, fmt::format("{} has no text of its own", KindName(value))});
}

}  // namespace opsc::eval
