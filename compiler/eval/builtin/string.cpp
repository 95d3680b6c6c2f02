#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/builtin/arguments.h"
#include "compiler/eval/interpreter.h"
#include "compiler/kernel/scalar.h"

namespace opsc::eval::builtin {
namespace {

std::string_view Text(const Call& call, size_t arg) {
  return call.args[arg].AsString();
}

Value Strings(const std::vector<std::string_view>& parts) {
  std::vector<Value> values;
  values.reserve(parts.size());
  for (std::string_view part : parts) values.push_back(Value::String(part));
  return Value::List(std::move(values));
}

bool StartsCharacter(char c) {
  return (c & 0xC0) != 0x80;
}

std::vector<std::string_view> SplitText(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  size_t start = 0;
  if (separator.empty()) {
    for (size_t i = 1; i <= text.size(); ++i) {
      if (i < text.size() && !StartsCharacter(text[i])) continue;
      parts.push_back(text.substr(start, i - start));
      start = i;
    }
    return parts;
  }
  for (size_t at = text.find(separator); at != text.npos; at = text.find(separator, start)) {
    parts.push_back(text.substr(start, at - start));
    start = at + separator.size();
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  if (text.empty()) return lines;
  if (text.ends_with('\n')) text.remove_suffix(1);
  lines = SplitText(text, "\n");
  for (std::string_view& line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
  return lines;
}

}  // namespace

Value ContainsText(Call& call) {
  return Value::Bool(Text(call, 0).find(Text(call, 1)) != std::string_view::npos);
}
Value StartsWith(Call& call) {
  return Value::Bool(Text(call, 0).starts_with(Text(call, 1)));
}
Value EndsWith(Call& call) {
  return Value::Bool(Text(call, 0).ends_with(Text(call, 1)));
}
Value Upper(Call& call) {
  return Value::String(kernel::Upper(Text(call, 0)));
}
Value Lower(Call& call) {
  return Value::String(kernel::Lower(Text(call, 0)));
}

Value Trim(Call& call) {
  return Value::String(kernel::Trim(Text(call, 0)));
}

Value Split(Call& call) {
  auto parts = SplitText(Text(call, 0), Text(call, 1));
  return call.in.CheckSize(parts.size(), call.span) ? Strings(parts) : Value();
}

Value Join(Call& call) {
  std::string joined;
  std::string_view separator;
  for (const Value& part : call.args[0].AsList()) {
    if (!RequireKind(call, part, ValueKind::kString)) return {};
    joined += separator;
    joined += part.AsString();
    separator = Text(call, 1);
  }
  return Value::String(joined);
}

Value Replace(Call& call) {
  auto text = kernel::Replace(Text(call, 0), Text(call, 1), Text(call, 2));
  return text ? Value::String(*text) : BadArgument(call, "`replace` needs a text to look for");
}

// Characters from `from` up to, not including, `to`; what is beyond the end is left out.
Value Slice(Call& call) {
  int64_t from = call.args[1].AsInt();
  int64_t to = call.args[2].AsInt();
  auto part = kernel::Slice(Text(call, 0), from, to);
  if (part) return Value::String(*part);
  return BadArgument(call, fmt::format("{}..{} is no part of a text", from, to));
}

Value Matches(Call& call) {
  const re2::RE2* regex = call.in.Regex(Text(call, 1));
  if (regex == nullptr) {
    return BadArgument(call, fmt::format("{} is no pattern", ToText(call.args[1])));
  }
  std::string_view text = Text(call, 0);
  return Value::Bool(RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex));
}

Value Lines(Call& call) {
  return Strings(LinesOf(Text(call, 0)));
}

// Lines that are empty stay empty.
Value Indent(Call& call) {
  constexpr int64_t kWidest = 1000;
  int64_t by = call.args[1].AsInt();
  if (by < 0 || by > kWidest) {
    return BadArgument(call, fmt::format("an indentation of {} is not in 0..{}", by, kWidest));
  }
  std::string_view text = Text(call, 0);
  std::string result;
  bool at_start = true;
  for (char c : text) {
    if (at_start && c != '\n') result.append(static_cast<size_t>(by), ' ');
    result += c;
    at_start = c == '\n';
  }
  return Value::String(result);
}

}  // namespace opsc::eval::builtin
