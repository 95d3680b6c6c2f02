#include "compiler/sema/text.h"

#include <re2/re2.h>

#include <memory>
#include <unordered_map>

namespace opsc::sema {
namespace {

constexpr const char* kSemver =
    R"((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)";
constexpr const char* kUrl = R"([A-Za-z][A-Za-z0-9+.-]*://[^\s]+)";

re2::StringPiece Piece(std::string_view text) {
  return {text.data(), text.size()};
}

int64_t CodePoints(std::string_view text) {
  int64_t count = 0;
  for (char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  return count;
}

// A type's pattern is asked for again for each constant of that type.
const RE2& RegexOf(const std::string& pattern) {
  constexpr size_t kMost = 64;  // patterns that are being edited are many
  thread_local std::unordered_map<std::string, std::unique_ptr<RE2>> known;
  auto found = known.find(pattern);
  if (found != known.end()) return *found->second;
  if (known.size() >= kMost) known.clear();
  return *known.emplace(pattern, std::make_unique<RE2>(pattern, RE2::Quiet)).first->second;
}

bool FullMatch(std::string_view text, const std::string& pattern) {
  const RE2& regex = RegexOf(pattern);
  return !regex.ok() || RE2::FullMatch(Piece(text), regex);
}

// The measure that bounds are about.
double Measure(const Value& value) {
  if (value.is(ValueKind::kString)) return static_cast<double>(CodePoints(value.AsString()));
  bool real = value.is(ValueKind::kFloat) || value.is(ValueKind::kRatio);
  return real ? value.AsFloat() : static_cast<double>(value.AsInt());
}

bool WithinIntegers(const Value& value, const RefinedType& type) {
  if (type.low && value.AsInt() < type.low->AsInt()) return false;
  return !type.high || value.AsInt() <= type.high->AsInt();
}

}  // namespace

bool IsTextPrim(Prim prim) {
  return prim == Prim::kPath || prim == Prim::kUrl || prim == Prim::kRegex || prim == Prim::kSemver;
}

std::optional<std::string> RegexProblem(std::string_view pattern) {
  RE2 regex(Piece(pattern), RE2::Quiet);
  if (regex.ok()) return std::nullopt;
  return regex.error();
}

std::optional<std::string> TextProblem(Prim prim, std::string_view text) {
  switch (prim) {
    case Prim::kPath:
      if (text.empty()) return "it is empty";
      if (text.find('\0') != text.npos) return "it holds a zero byte";
      return std::nullopt;
    case Prim::kUrl:
      if (FullMatch(text, kUrl)) return std::nullopt;
      return "it needs a scheme, as in `https://…`";
    case Prim::kSemver:
      if (FullMatch(text, kSemver)) return std::nullopt;
      return "it needs three numbers, as in `1.4.0` or `2.0.0-rc.1`";
    case Prim::kRegex:
      return RegexProblem(text);
    default:
      return std::nullopt;
  }
}

bool KeepsTo(const Value& value, const RefinedType& type) {
  bool text = value.is(ValueKind::kString);
  if (text && !type.pattern.empty() && !FullMatch(value.AsString(), type.pattern)) return false;
  bool integers = !text && !value.is(ValueKind::kFloat) && !value.is(ValueKind::kRatio);
  if (integers) return WithinIntegers(value, type);
  auto bound = [](const Value& limit) {
    bool real = limit.is(ValueKind::kFloat) || limit.is(ValueKind::kRatio);
    return real ? limit.AsFloat() : static_cast<double>(limit.AsInt());
  };
  double measure = Measure(value);
  if (type.low && !(measure >= bound(*type.low))) return false;
  return !type.high || measure <= bound(*type.high);
}

}  // namespace opsc::sema
