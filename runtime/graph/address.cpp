#include "runtime/graph/address.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/digest.h"
#include "runtime/value/value.h"

namespace opsc {
namespace {

constexpr size_t kMaxPathPart = 200;  // bytes; file systems allow 255

bool IsNameByte(char c) {
  return !std::string_view("/[]\"\\ \t\r\n").contains(c) && static_cast<unsigned char>(c) > 0x20;
}

bool IsBareKey(std::string_view key) {
  if (key == "true" || key == "false") return true;
  if (key.starts_with('-')) key.remove_prefix(1);
  return !key.empty() && std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; });
}

std::unexpected<Error> BadAddress(std::string_view text, std::string_view why) {
  return Fail(ErrorKind::kInput, fmt::format("`{}` is not an address: {}", text, why),
              "an address looks like `build`, `test[\"unit\"]` or `web/server`; "
              "`test.unit` and `test[unit]` are understood too");
}

// Length of the string literal at the front of `text` with both quotes, 0 where it does not end.
size_t QuotedLength(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return 0;
}

std::string AsKey(std::string_view bare) {
  return IsBareKey(bare) ? std::string(bare) : Quote(bare);
}

// Reads `[key]` or `.key` from the front of `rest`. Empty result: none was there or it is bad.
Result<std::optional<std::string>> TakeKey(std::string_view whole, std::string_view& rest) {
  if (rest.empty() || rest.front() == '/') return std::nullopt;
  if (rest.front() == '.') {
    std::string_view bare = rest.substr(1, rest.find('/') - 1);
    rest.remove_prefix(1 + bare.size());
    if (bare.empty()) return BadAddress(whole, "a key is missing after `.`");
    return AsKey(bare);
  }
  if (rest.front() != '[')
    return BadAddress(whole, fmt::format("`{}` is out of place", rest.front()));
  rest.remove_prefix(1);
  size_t length = rest.starts_with('"') ? QuotedLength(rest) : rest.find(']');
  if (length == 0 || length >= rest.size() || rest[length] != ']') {
    return BadAddress(whole, "`[` is not closed");
  }
  std::string_view key = rest.substr(0, length);
  rest.remove_prefix(length + 1);
  if (key.starts_with('"')) return std::string(key);
  return AsKey(key);
}

void AppendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// The escape that begins at `text[i]` (the byte after the backslash); leaves `i` on its last byte.
void AppendEscape(std::string& out, std::string_view text, size_t& i) {
  switch (text[i]) {
    case 'n':
      out += '\n';
      return;
    case 't':
      out += '\t';
      return;
    case 'r':
      out += '\r';
      return;
    case '0':
      out += '\0';
      return;
    case 'u':
      break;
    default:
      out += text[i];
      return;
  }
  if (i + 1 >= text.size() || text[i + 1] != '{') {
    out += 'u';
    return;
  }
  uint32_t code = 0;
  for (i += 2; i < text.size() && text[i] != '}'; ++i) {
    uint32_t c = static_cast<unsigned char>(text[i]) | 0x20u;
    code = std::min<uint32_t>(code * 16 + (c >= 'a' ? c - 'a' + 10 : c & 0xFu), 0x10FFFF);
  }
  AppendUtf8(out, code);
}

// What a key means: the content of a string literal, a bare key as it is.
std::string KeyContent(std::string_view key) {
  if (!key.starts_with('"') || key.size() < 2) return std::string(key);
  key = key.substr(1, key.size() - 2);
  std::string content;
  for (size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '\\' && i + 1 < key.size()) {
      AppendEscape(content, key, ++i);
    } else {
      content += key[i];
    }
  }
  return content;
}

void AppendPathPart(std::string& out, std::string_view part) {
  if (!out.empty()) out += '/';
  std::string escaped;
  for (char c : part) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '_' || c == '-' || c == '+' || c == '=' || c == '@' || c == ',' ||
                 (c == '.' && !escaped.empty());
    if (plain) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  if (escaped.empty()) escaped = "%";
  if (escaped.size() > kMaxPathPart) {
    escaped = escaped.substr(0, kMaxPathPart - 13) + '%' + Sha256(part).Short();
  }
  out += escaped;
}

}  // namespace

std::string Address::ToText() const {
  std::string text;
  for (const Segment& segment : segments) {
    if (!text.empty()) text += '/';
    text += segment.name;
    if (segment.key) text += '[' + *segment.key + ']';
  }
  return text;
}

Result<Address> Address::Parse(std::string_view text) {
  Address address;
  std::string_view rest = text;
  do {
    if (!address.segments.empty()) rest.remove_prefix(1);
    auto end = std::ranges::find_if(rest, [](char c) { return !IsNameByte(c) || c == '.'; });
    std::string name(rest.begin(), end);
    if (name.empty()) return BadAddress(text, "a name is missing");
    rest.remove_prefix(name.size());
    OPS_ASSIGN(std::optional<std::string> key, TakeKey(text, rest));
    address.segments.push_back({std::move(name), std::move(key)});
    if (!rest.empty() && rest.front() != '/') {
      return BadAddress(text, fmt::format("`{}` is out of place", rest.front()));
    }
  } while (!rest.empty());
  return address;
}

std::string AddressToPath(std::string_view address) {
  auto parsed = Address::Parse(address);
  std::string path;
  if (!parsed) {
    AppendPathPart(path, address);
    return path;
  }
  for (const Address::Segment& segment : parsed->segments) {
    AppendPathPart(path, segment.name);
    if (segment.key) AppendPathPart(path, KeyContent(*segment.key));
  }
  return path;
}

}  // namespace opsc
