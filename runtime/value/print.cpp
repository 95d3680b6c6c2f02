// Values as text for people, in `.ops` syntax.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "runtime/base/env.h"
#include "runtime/value/value.h"

namespace opsc {
namespace {

struct UnitStep {
  int64_t factor;
  std::string_view name;
};

// The largest unit that divides `amount` exactly; the first is the unit of the number itself.
std::string InLargestUnit(int64_t amount, std::span<const UnitStep> steps, std::string_view zero) {
  if (amount == 0) return std::string(zero);
  const UnitStep* best = &steps.front();
  for (const UnitStep& step : steps) {
    if (amount % step.factor == 0) best = &step;
  }
  return fmt::format("{}{}", amount / best->factor, best->name);
}

constexpr std::array<UnitStep, 7> kDurations{{{1, "ns"},
                                              {1'000, "us"},
                                              {1'000'000, "ms"},
                                              {1'000'000'000, "s"},
                                              {60'000'000'000, "min"},
                                              {3'600'000'000'000, "h"},
                                              {86'400'000'000'000, "d"}}};
constexpr std::array<UnitStep, 5> kBinarySizes{
    {{1, "B"}, {1ll << 10, "KiB"}, {1ll << 20, "MiB"}, {1ll << 30, "GiB"}, {1ll << 40, "TiB"}}};
constexpr std::array<UnitStep, 5> kDecimalSizes{
    {{1, "B"}, {1'000, "KB"}, {1'000'000, "MB"}, {1'000'000'000, "GB"}, {1'000'000'000'000, "TB"}}};

bool IsIdentifier(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (char c : name) {
    bool word =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!word) return false;
  }
  return true;
}

// The shortest digits that read back equal, shifted by two places: 0.07 is "7", never
// "7.000000001".
std::string FormatRatio(double ratio) {
  std::array<char, 64> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), ratio,
                           std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<size_t>(end.ptr - buffer.data()));
  size_t e = text.find('e');
  if (e == std::string_view::npos) return std::string(text) + "%";
  int exponent = 0;
  std::string_view digits = text.substr(e + 1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  double percent = 0;
  std::string shifted = fmt::format("{}e{}", text.substr(0, e), exponent + 2);
  std::from_chars(shifted.data(), shifted.data() + shifted.size(), percent);
  end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), percent);
  return std::string(buffer.data(), end.ptr) + "%";
}

// The content of an `.ops` string literal that means `text`.
void AppendEscaped(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      case '$':
        out += i + 1 < text.size() && text[i + 1] == '{' ? "\\$" : "$";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          fmt::format_to(std::back_inserter(out), "\\u{{{:X}}}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
}

void Append(std::string& out, const Value& value);

void AppendList(std::string& out, std::span<const Value> items) {
  out += '[';
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ", ";
    Append(out, items[i]);
  }
  out += ']';
}

void AppendRecord(std::string& out, std::span<const Field> fields) {
  if (fields.empty()) {
    out += "{}";
    return;
  }
  out += "{ ";
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ", ";
    std::string_view name = fields[i].first.text();
    out += IsIdentifier(name) ? std::string(name) : Quote(name);
    out += ": ";
    Append(out, fields[i].second);
  }
  out += " }";
}

void AppendFiles(std::string& out, const FilesRep& files) {
  out += "files(";
  std::string_view separator;
  auto next = [&] {
    out += separator;
    separator = ", ";
  };
  for (const std::string& glob : files.include) next(), out += Quote(glob);
  for (const std::string& glob : files.exclude) next(), out += Quote("!" + glob);
  for (const Value& file : files.files) next(), Append(out, file);
  out += ')';
}

void AppendTemplate(std::string& out, const TemplateRep& text) {
  out += '"';
  for (size_t i = 0; i < text.texts.size(); ++i) {
    AppendEscaped(out, text.texts[i]);
    if (i == text.holes.size()) break;
    out += "${";
    Append(out, text.holes[i]);
    out += '}';
  }
  out += '"';
}

void AppendFile(std::string& out, const FileRep& file) {
  if (file.producer.empty()) {
    out += "file(" + Quote(file.path) + ")";
  } else {
    out += file.output.empty() ? file.producer : file.producer + "." + file.output;
  }
}

void AppendPending(std::string& out, const PendingRep& pending) {
  out += "(after apply";
  std::string_view separator = ": ";
  for (const std::string& address : pending.waits_for) {
    out += separator;
    out += address;
    separator = ", ";
  }
  out += ')';
}

void Append(std::string& out, const Value& value) {
  if (value.secret()) {
    out += "(secret)";
    return;
  }
  switch (value.kind()) {
    case ValueKind::kNull:
      out += "null";
      break;
    case ValueKind::kBool:
      out += value.AsBool() ? "true" : "false";
      break;
    case ValueKind::kInt:
      out += fmt::format("{}", value.AsInt());
      break;
    case ValueKind::kFloat:
      out += FormatFloat(value.AsFloat());
      break;
    case ValueKind::kRatio:
      out += FormatRatio(value.AsFloat());
      break;
    case ValueKind::kDuration:
      out += FormatDuration(value.AsInt());
      break;
    case ValueKind::kSize:
      out += FormatSize(value.AsInt());
      break;
    case ValueKind::kTime:
      out += FormatTime(Time{std::chrono::nanoseconds(value.AsInt())});
      break;
    case ValueKind::kString:
      out += Quote(value.AsString());
      break;
    case ValueKind::kBytes:
      out += fmt::format("({} bytes)", value.AsString().size());
      break;
    case ValueKind::kFile:
      AppendFile(out, value.AsFile());
      break;
    case ValueKind::kFiles:
      AppendFiles(out, value.AsFiles());
      break;
    case ValueKind::kTemplate:
      AppendTemplate(out, value.AsTemplate());
      break;
    case ValueKind::kList:
      AppendList(out, value.AsList());
      break;
    case ValueKind::kRecord:
      AppendRecord(out, value.AsRecord());
      break;
    case ValueKind::kFunction:
      out += "(function)";
      break;
    case ValueKind::kInstance:
      out += value.AsInstance().address;
      break;
    case ValueKind::kPending:
      AppendPending(out, value.AsPending());
      break;
  }
}

}  // namespace

std::string ToText(const Value& value) {
  std::string out;
  Append(out, value);
  return out;
}

std::string FormatDuration(int64_t nanoseconds) {
  return InLargestUnit(nanoseconds, kDurations, "0s");
}

std::string FormatSize(int64_t bytes) {
  auto unit_index = [bytes](std::span<const UnitStep> steps) {
    size_t best = 0;
    for (size_t i = 0; i < steps.size(); ++i) {
      if (bytes % steps[i].factor == 0) best = i;
    }
    return best;
  };
  bool binary = bytes == 0 || unit_index(kBinarySizes) > 0 || unit_index(kDecimalSizes) == 0;
  return binary ? InLargestUnit(bytes, kBinarySizes, "0B")
                : InLargestUnit(bytes, kDecimalSizes, "0B");
}

std::string FormatFloat(double number) {
  std::array<char, 64> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  std::string text(buffer.data(), end.ptr);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string Quote(std::string_view text) {
  std::string out = "\"";
  AppendEscaped(out, text);
  out += '"';
  return out;
}

}  // namespace opsc
