#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/yaml/scalar.h"
#include "runtime/yaml/yaml.h"

namespace opsc {
namespace {

bool IsControl(char byte) {
  return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
}

// Characters that readers take for the end of a line, or that do not print: U+0085, U+2028, U+2029,
// U+FEFF and the rest of C1.
bool HasOddCharacter(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    auto a = static_cast<unsigned char>(text[i]);
    auto b = static_cast<unsigned char>(text[i + 1]);
    if (a == 0xC2 && b < 0xA0) return true;
    auto c = static_cast<unsigned char>(i + 2 < text.size() ? text[i + 2] : 0);
    if (a == 0xE2 && b == 0x80 && (c == 0xA8 || c == 0xA9)) return true;
    if (a == 0xEF && b == 0xBB && c == 0xBF) return true;
  }
  return false;
}

bool CanBePlain(std::string_view text) {
  constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`";
  if (yaml::LooksLikeOtherType(text) || text.front() == ' ' || text.back() == ' ') return false;
  bool indicator = kIndicators.find(text.front()) != kIndicators.npos;
  // "-x", "?x" and ":x" are plain, "- x" is not.
  bool joined = std::string_view("-?:").find(text.front()) != std::string_view::npos &&
                text.size() > 1 && text[1] != ' ' && text[1] != text[0];
  if (indicator && !joined) return false;
  if (text.back() == ':' || text.find(": ") != text.npos || text.find(" #") != text.npos)
    return false;
  return std::ranges::none_of(text, IsControl) && !HasOddCharacter(text);
}

// A block shows the lines as they are; what it cannot show exactly is quoted.
bool CanBeBlock(std::string_view text) {
  if (text.find('\n') == text.npos || text.front() == ' ' || text.front() == '\n') return false;
  bool odd = std::ranges::any_of(
      text, [](char byte) { return byte != '\n' && byte != '\t' && IsControl(byte); });
  bool only_breaks = text.find_first_not_of('\n') == text.npos;
  return !odd && !only_breaks && text.find("\n\t") == text.npos && text.front() != '\t' &&
         text.find(" \n") == text.npos && text.back() != ' ' && !HasOddCharacter(text);
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    char byte = text[i];
    if (byte == '"' || byte == '\\') out += '\\';
    if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (IsControl(byte)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    } else if (static_cast<unsigned char>(byte) == 0xC2 && i + 1 < text.size() &&
               static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else if (text.substr(i).starts_with("\xE2\x80\xA8") ||
               text.substr(i).starts_with("\xE2\x80\xA9")) {
      out += text[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (text.substr(i).starts_with("\xEF\xBB\xBF")) {
      out += "\\ufeff";
      i += 2;
    } else {
      out += byte;
    }
  }
  return out + "\"";
}

class Writer {
 public:
  std::string out;

  // After a `:` or `-`: on the same line where it fits.
  void Put(const Value& value, size_t indent) {
    switch (value.kind()) {
      case ValueKind::kRecord:
        if (value.AsRecord().empty()) return Line(" {}");
        out += '\n';
        return PutRecord(value, indent);
      case ValueKind::kList:
        if (value.AsList().empty()) return Line(" []");
        out += '\n';
        return PutList(value, indent);
      default:
        out += ' ';
        PutScalar(value, indent);
    }
  }

  void PutRecord(const Value& value, size_t indent) {
    bool first = true;
    for (const auto& [name, field] : value.AsRecord()) {
      if (!first || !inline_) out.append(indent, ' ');
      inline_ = false;
      first = false;
      out += (CanBePlain(name.text()) ? name.str() : Quoted(name.text())) + ":";
      bool list = field.is(ValueKind::kList);
      Put(field, list ? indent : indent + 2);
    }
  }

  void PutList(const Value& value, size_t indent) {
    for (const Value& item : value.AsList()) {
      if (!inline_) out.append(indent, ' ');
      inline_ = false;
      out += "-";
      bool nested = (item.is(ValueKind::kRecord) && !item.AsRecord().empty()) ||
                    (item.is(ValueKind::kList) && !item.AsList().empty());
      if (!nested) {
        Put(item, indent + 2);
        continue;
      }
      out += ' ';
      inline_ = true;
      item.is(ValueKind::kRecord) ? PutRecord(item, indent + 2) : PutList(item, indent + 2);
    }
  }

  void PutScalar(const Value& value, size_t indent) {
    if (!value.is(ValueKind::kString)) return Line(value.is_null() ? "null" : ToText(value));
    std::string_view text = value.AsString();
    if (!text.empty() && CanBeBlock(text)) return PutBlock(text, indent);
    Line(!text.empty() && CanBePlain(text) ? std::string(text) : Quoted(text));
  }

 private:
  void Line(const std::string& text) { out += text + "\n"; }

  void PutBlock(std::string_view text, size_t indent) {
    size_t breaks = text.size() - 1 - text.find_last_not_of('\n');
    out += breaks == 0 ? "|-\n" : breaks == 1 ? "|\n" : "|+\n";
    std::string_view body = text.substr(0, text.size() - (breaks == 0 ? 0 : 1));
    for (size_t at = 0; at <= body.size();) {
      size_t end = std::min(body.find('\n', at), body.size());
      if (end > at) out.append(std::max<size_t>(indent, 2), ' ');
      out += body.substr(at, end - at);
      out += '\n';
      at = end + 1;
    }
  }

  bool inline_ = false;  // the line has its indentation already
};

}  // namespace

std::string WriteYaml(const Value& value) {
  Writer writer;
  bool record = value.is(ValueKind::kRecord) && !value.AsRecord().empty();
  bool list = value.is(ValueKind::kList) && !value.AsList().empty();
  if (record) {
    writer.PutRecord(value, 0);
  } else if (list) {
    writer.PutList(value, 0);
  } else if (value.is(ValueKind::kRecord) || value.is(ValueKind::kList)) {
    writer.out = value.is(ValueKind::kRecord) ? "{}\n" : "[]\n";
  } else {
    writer.PutScalar(value, 0);
  }
  return std::move(writer.out);
}

}  // namespace opsc
