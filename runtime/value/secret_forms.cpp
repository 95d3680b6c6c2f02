// The encodings in which programs print a secret.
#include <algorithm>
#include <array>

#include "runtime/value/json.h"
#include "runtime/value/masker.h"

namespace opsc {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
// Text leaves of a JSON document shorter than this ("type", "oauth2") are too common to hide.
constexpr size_t kShortestLeaf = 8;
// Encoders wrap lines, so longer base64 and hex forms are also entered in overlapping pieces.
constexpr size_t kLongForm = 48;
constexpr size_t kPiece = 12;
constexpr size_t kStride = 4;

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

void AppendHex(unsigned char byte, std::string_view digits, std::string& out) {
  out.push_back(digits[byte >> 4]);
  out.push_back(digits[byte & 15]);
}

constexpr std::string_view kLowerHex = "0123456789abcdef";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";

std::string Hex(std::string_view text, std::string_view digits) {
  std::string out;
  for (char c : text) AppendHex(static_cast<unsigned char>(c), digits, out);
  return out;
}

// The base64 characters that are the same whatever stands before (`offset` bytes, modulo 3) and
// behind the text (RFC 4648).
std::string Base64Core(std::string_view text, size_t offset, std::string_view alphabet) {
  std::string bytes(offset, '\0');
  bytes += text;
  const size_t first = (offset * 8 + 5) / 6;
  const size_t end = bytes.size() * 8 / 6;
  std::string out;
  for (size_t i = first; i < end; ++i) {
    unsigned six = 0;
    for (size_t bit = i * 6; bit < i * 6 + 6; ++bit) {
      six = six << 1 | (static_cast<unsigned char>(bytes[bit / 8]) >> (7 - bit % 8) & 1u);
    }
    out.push_back(alphabet[six]);
  }
  return out;
}

// Percent-encoding (RFC 3986); `keep` stays as it is, a space becomes `space`.
std::string Percent(std::string_view text, std::string_view keep, std::string_view space,
                    std::string_view digits) {
  std::string out;
  for (char c : text) {
    if (IsUnreserved(c) || keep.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else if (c == ' ') {
      out += space;
    } else {
      out.push_back('%');
      AppendHex(static_cast<unsigned char>(c), digits, out);
    }
  }
  return out;
}

struct Escape {
  char character;
  std::string_view text;
};

// Each listed character by its escape, control characters by `control` and two hex digits.
std::string Replace(std::string_view text, std::initializer_list<Escape> escapes,
                    std::string_view control = {}) {
  std::string out;
  for (char c : text) {
    const auto* found = std::ranges::find(escapes, c, &Escape::character);
    if (found != escapes.end()) {
      out += found->text;
    } else if (static_cast<unsigned char>(c) < 0x20 && !control.empty()) {
      out += control;
      AppendHex(static_cast<unsigned char>(c), kLowerHex, out);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string JsonEscape(std::string_view text) {
  return Replace(text,
                 {{'"', "\\\""},
                  {'\\', "\\\\"},
                  {'\n', "\\n"},
                  {'\t', "\\t"},
                  {'\r', "\\r"},
                  {'\b', "\\b"},
                  {'\f', "\\f"}},
                 "\\u00");
}

// As JsonEscape, with everything outside ASCII as \uXXXX (UTF-16), as Python and Ruby print it.
std::string JsonAscii(std::string_view text, std::string_view digits) {
  std::string out;
  const auto unit = [&](uint32_t code) {
    out += "\\u";
    AppendHex(static_cast<unsigned char>(code >> 8), digits, out);
    AppendHex(static_cast<unsigned char>(code & 255), digits, out);
  };
  const std::string escaped = JsonEscape(text);
  for (size_t i = 0; i < escaped.size();) {
    const auto lead = static_cast<unsigned char>(escaped[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length == 1 || i + length > escaped.size()) {
      out.push_back(escaped[i++]);
      continue;
    }
    uint32_t code = lead & (0xFFu >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      code = code << 6 | (static_cast<unsigned char>(escaped[i + k]) & 63u);
    }
    if (code >= 0x10000) {
      unit(0xD800 + ((code - 0x10000) >> 10));
      unit(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      unit(code);
    }
    i += length;
  }
  return out;
}

// As printf %q of bash: a backslash before everything that means something to a shell.
std::string Backslashed(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!IsUnreserved(c) && std::string_view("/:=@%+,").find(c) == std::string_view::npos &&
        static_cast<unsigned char>(c) < 0x80) {
      out.push_back('\\');
    }
    out.push_back(c);
  }
  return out;
}

void AddForms(std::string_view text, std::vector<std::string>& forms) {
  forms.emplace_back(text);
  for (std::string_view alphabet : {kStandard, kUrlSafe}) {
    for (size_t offset = 0; offset < 3; ++offset)
      forms.push_back(Base64Core(text, offset, alphabet));
  }
  for (std::string_view digits : {kLowerHex, kUpperHex}) {
    forms.push_back(Hex(text, digits));
    forms.push_back(Percent(text, "", "%20", digits));
    forms.push_back(Percent(text, "", "+", digits));
    forms.push_back(Percent(text, "!'()*", "%20", digits));             // encodeURIComponent
    forms.push_back(Percent(text, "/", "%20", digits));                 // urllib.parse.quote
    forms.push_back(Percent(text, "!'()*;/?:@&=+$,#", "%20", digits));  // encodeURI
    forms.push_back(JsonAscii(text, digits));
  }
  const std::string json = JsonEscape(text);
  forms.push_back(json);
  forms.push_back(JsonEscape(json));
  forms.push_back(Replace(json, {{'/', "\\/"}}));
  forms.push_back(Replace(json, {{'<', "\\u003c"}, {'>', "\\u003e"}, {'&', "\\u0026"}}));
  forms.push_back(Replace(text, {{'\'', "'\\''"}}));
  forms.push_back(Replace(text, {{'\'', "'\"'\"'"}}));
  forms.push_back(Replace(text, {{'$', "\\$"}, {'`', "\\`"}, {'"', "\\\""}, {'\\', "\\\\"}}));
  forms.push_back(Backslashed(text));
  forms.push_back(Replace(
      text, {{'\\', "\\\\"}, {'\'', "\\'"}, {'\n', "\\n"}, {'\t', "\\t"}, {'\r', "\\r"}}, "\\x"));
  forms.push_back(Replace(text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}}));
  forms.push_back(Replace(
      text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}}));
  forms.push_back(Replace(
      text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&#34;"}, {'\'', "&apos;"}}));
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// The whole text, and it and its lines without blanks around them.
void AddTexts(std::string_view text, std::vector<std::string>& texts) {
  texts.emplace_back(text);
  texts.emplace_back(Trim(text));
  while (true) {
    const size_t newline = text.find('\n');
    texts.emplace_back(Trim(text.substr(0, newline)));
    if (newline == std::string_view::npos) return;
    text.remove_prefix(newline + 1);
  }
}

void AddLeaves(const Value& value, std::vector<std::string>& texts) {
  if (value.is(ValueKind::kString) && value.AsString().size() >= kShortestLeaf) {
    AddTexts(value.AsString(), texts);
  } else if (value.is(ValueKind::kList)) {
    for (const Value& item : value.AsList()) AddLeaves(item, texts);
  } else if (value.is(ValueKind::kRecord)) {
    for (const auto& [name, field] : value.AsRecord()) AddLeaves(field, texts);
  }
}

}  // namespace

std::vector<std::string> SecretForms(std::string_view secret) {
  std::vector<std::string> texts;
  AddTexts(secret, texts);
  if (Trim(secret).starts_with('{') || Trim(secret).starts_with('[')) {
    if (auto document = FromJson(secret)) AddLeaves(*document, texts);
  }
  std::vector<std::string> forms;
  std::ranges::sort(texts);
  const auto repeated_texts = std::ranges::unique(texts);
  texts.erase(repeated_texts.begin(), repeated_texts.end());
  for (const std::string& text : texts) {
    if (text.size() >= kShortestMasked) AddForms(text, forms);
  }
  const size_t whole = forms.size();
  for (size_t i = 0; i < whole; ++i) {
    const std::string form = forms[i];
    const bool may_be_wrapped = form.find_first_not_of(kStandard) == std::string::npos ||
                                form.find_first_not_of(kUrlSafe) == std::string::npos;
    if (form.size() < kLongForm || !may_be_wrapped) continue;
    for (size_t at = 0; at + kPiece <= form.size(); at += kStride) {
      forms.push_back(form.substr(at, kPiece));
    }
  }
  std::erase_if(forms, [](const std::string& form) { return form.size() < kShortestMasked; });
  std::ranges::sort(forms);
  const auto repeated = std::ranges::unique(forms);
  forms.erase(repeated.begin(), repeated.end());
  return forms;
}

}  // namespace opsc
