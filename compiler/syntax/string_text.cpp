// Strings: escapes, the layout of """ blocks, interpolation; regular expressions.
#include <fmt/format.h>

#include <cstdlib>

#include "compiler/syntax/build.h"

namespace opsc::syntax {
namespace {

using antlr::OpsParser;

void AppendUtf8(std::string& out, uint32_t code) {
  auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      put(0xE0 | (code >> 12));
    } else {
      put(0xF0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3F));
    }
    put(0x80 | ((code >> 6) & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

// Escapes of the file's bytes [begin, end), resolved.
class Unescaper {
 public:
  Unescaper(Builder& b, uint32_t begin, uint32_t end) : b_(b), at_(begin), end_(end) {}

  void AppendTo(std::string& out) {
    while (at_ < end_) {
      std::string_view rest = b_.text.substr(at_, end_ - at_);
      std::string_view plain = rest.substr(0, rest.find('\\'));
      out += plain;
      at_ += static_cast<uint32_t>(plain.size());
      if (at_ < end_) Escape(out);
    }
  }

 private:
  void Escape(std::string& out) {
    uint32_t begin = at_;
    char kind = at_ + 1 < end_ ? b_.text[at_ + 1] : '\0';
    at_ = std::min(at_ + 2, end_);
    switch (kind) {
      case 'n':
        out += '\n';
        return;
      case 't':
        out += '\t';
        return;
      case 'r':
        out += '\r';
        return;
      case '\\':
      case '"':
      case '$':
        out += kind;
        return;
      case 'u':
        if (Unicode(out)) return;
        break;
      default:
        SkipCharacter();
        break;
    }
    Span span{b_.file.file, begin, at_};
    std::string_view shown = b_.text.substr(begin, at_ - begin);
    bool is_line = shown.find_first_of("\r\n") != std::string_view::npos;
    Diagnostic& bad = b_.diagnostics.Add(
        Diag::kBadEscape, span,
        {is_line ? std::string("`\\` at the end of a line") : fmt::format("`{}`", shown)});
    if (kind != 'u') bad.fixes.push_back({span, "\\" + std::string(shown), "write `\\\\`"});
  }

  // The rest of a character of several bytes.
  void SkipCharacter() {
    while (at_ < end_ && (static_cast<uint8_t>(b_.text[at_]) & 0xC0) == 0x80) ++at_;
  }

  // `{1F600}` after `\u`.
  bool Unicode(std::string& out) {
    if (at_ >= end_ || b_.text[at_] != '{') return false;
    std::string_view rest = b_.text.substr(at_ + 1, end_ - at_ - 1);
    size_t close = rest.find('}');
    if (close == rest.npos) return false;
    std::string hex(rest.substr(0, close));
    at_ += static_cast<uint32_t>(close) + 2;
    bool is_hex = !hex.empty() && hex.size() <= 6 &&
                  hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (!is_hex) return false;
    auto code = static_cast<uint32_t>(std::strtoul(hex.c_str(), nullptr, 16));
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    AppendUtf8(out, code);
    return true;
  }

  Builder& b_;
  uint32_t at_;
  uint32_t end_;
};

// The bytes of a string's text between two interpolations.
struct Segment {
  uint32_t begin;
  uint32_t end;
};

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == text.npos;
}

// A """ string of several lines: what its first and last line say about the text between.
class Block {
 public:
  Block(Builder& b, std::vector<Segment>& segments) : b_(b), segments_(segments) {}

  // Cuts the first and the last line off; false (reported) when text stands on them.
  bool Trim() {
    Segment& first = segments_.front();
    std::string_view first_text = b_.text.substr(first.begin, first.end - first.begin);
    size_t line_end = first.begin + std::min(first_text.find('\n'), first_text.size());
    if (line_end >= first.end || !IsBlank(b_.text.substr(first.begin, line_end - first.begin))) {
      return Report({first.begin - 3, first.begin},
                    "the text of a \"\"\" string of several lines begins on the next line");
    }
    Segment& last = segments_.back();
    std::string_view last_text = b_.text.substr(last.begin, last.end - last.begin);
    size_t last_line = last.begin + last_text.rfind('\n');
    bool own_line = last_text.find('\n') != last_text.npos &&
                    IsBlank(b_.text.substr(last_line + 1, last.end - last_line - 1));
    if (!own_line) {
      return Report({last.end, last.end + 3},
                    "the closing \"\"\" of a string of several lines stands on its own line");
    }
    indentation_ = b_.text.substr(last_line + 1, last.end - last_line - 1);
    bool is_empty = segments_.size() == 1 && last_line == line_end;
    first.begin = static_cast<uint32_t>(line_end) + 1;
    last.end = static_cast<uint32_t>(last_line);
    if (is_empty) last.end = first.begin;
    if (last.end > last.begin && b_.text[last.end - 1] == '\r') --last.end;
    return true;
  }

  // The segment's text without indentation; `first`: it begins on a line of its own.
  std::string Dedented(const Segment& segment, bool first, bool last) {
    std::string out;
    uint32_t at = segment.begin;
    bool line_start = first;
    while (at < segment.end || (line_start && at == segment.end && !last)) {
      std::string_view rest = b_.text.substr(at, segment.end - at);
      size_t line_end = at + std::min(rest.find('\n'), rest.size());
      if (line_start) at = SkipIndentation(at, static_cast<uint32_t>(line_end));
      auto text_end = static_cast<uint32_t>(line_end);
      bool has_newline = line_end < segment.end;
      if (has_newline && text_end > at && b_.text[text_end - 1] == '\r') --text_end;
      Unescaper(b_, at, text_end).AppendTo(out);
      if (!has_newline) break;
      out += '\n';
      at = static_cast<uint32_t>(line_end) + 1;
      line_start = true;
    }
    return out;
  }

 private:
  uint32_t SkipIndentation(uint32_t begin, uint32_t line_end) {
    std::string_view line = b_.text.substr(begin, line_end - begin);
    if (line.starts_with(indentation_)) {
      return begin + static_cast<uint32_t>(indentation_.size());
    }
    bool ends =
        line_end < b_.text.size() && (b_.text[line_end] == '\n' || b_.text[line_end] == '\r');
    if (ends && IsBlank(line)) return line_end;
    Report({begin, std::max(line_end, begin)},
           "this line is indented less than the closing \"\"\" of its string");
    return begin;
  }

  bool Report(Segment at, std::string_view message) {
    b_.diagnostics.Add(Diag::kBlockString, {b_.file.file, at.begin, at.end}, {message});
    return false;
  }

  Builder& b_;
  std::vector<Segment>& segments_;
  std::string_view indentation_;
};

std::vector<std::string> Texts(Builder& b, std::vector<Segment> segments, bool is_block) {
  bool several_lines = false;
  for (const Segment& s : segments) {
    several_lines |= is_block && b.text.substr(s.begin, s.end - s.begin).find('\n') != b.text.npos;
  }
  Block block(b, segments);
  bool dedent = several_lines && block.Trim();
  std::vector<std::string> texts;
  for (size_t i = 0; i < segments.size(); ++i) {
    std::string& text = texts.emplace_back();
    if (dedent) {
      text = block.Dedented(segments[i], i == 0, i + 1 == segments.size());
    } else {
      Unescaper(b, segments[i].begin, segments[i].end).AppendTo(text);
    }
  }
  return texts;
}

}  // namespace

std::string StringText(Builder& b, const antlr4::Token* token) {
  const Token& raw = Raw(token).raw;
  if (token->getType() == OpsParser::RAW) {
    return std::string(b.text.substr(raw.begin + 2, raw.end - raw.begin - 3));
  }
  std::string text;
  Unescaper(b, raw.begin + 1, raw.end - 1).AppendTo(text);
  return text;
}

std::string PatternOf(Builder& b, const antlr4::Token* regex) {
  std::string_view text = b.TextOf(regex);
  text = text.substr(1, text.size() - 2);
  std::string pattern;
  for (size_t i = 0; i < text.size(); ++i) {
    bool is_escape = text[i] == '\\' && i + 1 < text.size();
    if (is_escape && text[i + 1] != '/') pattern += '\\';
    if (is_escape) ++i;
    pattern += text[i];
  }
  return pattern;
}

ast::ExprId BuildInterpolated(Builder& b, OpsParser::InterpolatedContext& c) {
  ast::StringLit literal;
  std::vector<Segment> segments;
  uint32_t below = 0;
  uint32_t begin = Raw(c.open).raw.end;
  for (OpsParser::PartContext* part : c.parts) {
    if (part->value == nullptr) continue;
    segments.push_back({begin, Raw(part->start).raw.begin});
    begin = Raw(part->close).raw.end;
    ast::ExprId value = BuildExpr(b, *part->value);
    literal.parts.push_back(value);
    below = std::max(below, b.HeightOf(value));
  }
  segments.push_back({begin, Raw(c.stop).raw.begin});
  literal.texts = Texts(b, std::move(segments), c.open->getType() == OpsParser::BLOCK_QUOTE);
  return b.Add(std::move(literal), b.SpanOf(c), below);
}

}  // namespace opsc::syntax
