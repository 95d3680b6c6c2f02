// Tokens and comments of the formatter.
#include <algorithm>

#include "compiler/syntax/format_walk.h"

namespace opsc::syntax {
namespace {

using antlr::OpsParser;

bool IsLineComment(std::string_view text) {
  return text.starts_with("//");
}

}  // namespace

SourceText::SourceText(std::string_view all) : text(all) {
  Lexer lexer(text);
  for (Token token = lexer.Next(); token.kind != kEndOfFile; token = lexer.Next()) {
    if (token.channel != Channel::kProgram) comments.push_back(token);
  }
}

bool SourceText::HasNewline(uint32_t begin, uint32_t end) const {
  return text.substr(begin, end - begin).find('\n') != text.npos;
}

bool SourceText::HasBlankLine(uint32_t begin, uint32_t end) const {
  return std::ranges::count(text.substr(begin, end - begin), '\n') > 1;
}

const Token& FormatWalk::Peek() {
  while (chunk_.tokens[next_].kind == OpsParser::COMMA) ++next_;
  return chunk_.tokens[next_];
}

void FormatWalk::Tok() {
  const Token& token = Peek();
  Comments(token.begin);
  out_.Text(source_.Slice(token));
  source_.written = token.end;
  ++next_;
  TrailingComments(Peek().begin);
}

void FormatWalk::SpacedTok() {
  out_.Space();
  Tok();
}

void FormatWalk::BeginElement() {
  uint32_t begin = Peek().begin;
  docs_begin_ = next_ == 0 ? 0 : chunk_.tokens[next_ - 1].end;
  docs_end_ = begin;
  Comments(begin);
}

// Docs that document nothing are comments: written as such, what follows cannot take them for its
// own.
std::string_view FormatWalk::TextOf(const Token& comment) const {
  std::string_view text = source_.Slice(comment);
  bool documents = docs_begin_ <= comment.begin && comment.begin < docs_end_;
  if (documents || comment.channel != Channel::kDoc) return text;
  while (text.starts_with("///")) text.remove_prefix(1);
  return text;
}

void FormatWalk::Comments(uint32_t before) {
  std::vector<Token>& comments = source_.comments;
  size_t& i = source_.next_comment;
  for (; i < comments.size() && comments[i].begin < before; ++i) {
    uint32_t end = comments[i].end;
    bool is_last = i + 1 == comments.size() || comments[i + 1].begin >= before;
    uint32_t following = is_last ? before : comments[i + 1].begin;
    out_.Leading(TextOf(comments[i]), source_.HasBlankLine(end, following));
    source_.written = end;
  }
}

void FormatWalk::TrailingComments(uint32_t before) {
  std::vector<Token>& comments = source_.comments;
  size_t& i = source_.next_comment;
  for (; i < comments.size() && comments[i].begin < before; ++i) {
    if (source_.HasNewline(source_.written, comments[i].begin)) return;
    if (comments[i].channel == Channel::kDoc) return;  // perhaps of what follows
    std::string_view comment = source_.Slice(comments[i]);
    if (IsLineComment(comment) || comment.find('\n') != comment.npos) {
      out_.Suffix(comment);
    } else {
      bool after_opener =
          source_.text[source_.written - 1] == '(' || source_.text[source_.written - 1] == '[';
      if (!after_opener) out_.Space();
      out_.Text(comment);
      if (after_opener) out_.Space();
    }
    source_.written = comments[i].end;
  }
}

bool FormatWalk::BlankBefore(uint32_t begin) const {
  size_t i = source_.next_comment;
  if (i < source_.comments.size()) begin = std::min(begin, source_.comments[i].begin);
  return source_.HasBlankLine(source_.written, begin);
}

bool FormatWalk::BreaksAfter(const Token& opener) const {
  size_t after = source_.text.find_first_not_of(" \t\r", opener.end);
  return after != source_.text.npos && source_.text[after] == '\n';
}

void FormatWalk::CommentsBeforeCloser() {
  uint32_t closer = Peek().begin;
  std::vector<Token>& comments = source_.comments;
  size_t& i = source_.next_comment;
  for (; i < comments.size() && comments[i].begin < closer; ++i) {
    out_.HardLine(source_.HasBlankLine(source_.written, comments[i].begin));
    out_.Text(TextOf(comments[i]));
    source_.written = comments[i].end;
  }
}

void FormatWalk::RawTo(const antlr4::ParserRuleContext& c) {
  size_t end = c.stop->getTokenIndex();
  while (next_ <= end) Tok();
}

void FormatWalk::Verbatim(const antlr4::ParserRuleContext& c) {
  const Token& first = Peek();
  Comments(first.begin);
  uint32_t end = Raw(c.stop).raw.end;
  size_t line = first.begin == 0 ? 0 : source_.text.rfind('\n', first.begin - 1) + 1;
  size_t indent = source_.text.find_first_not_of(" \t", line) - line;
  out_.Block(source_.text.substr(first.begin, end - first.begin), static_cast<int>(indent));
  next_ = c.stop->getTokenIndex() + 1;
  source_.written = end;
  std::vector<Token>& comments = source_.comments;
  size_t& i = source_.next_comment;
  while (i < comments.size() && comments[i].begin < end) ++i;
  TrailingComments(Peek().begin);
}

void EndOfSource(SourceText& source, Layout& layout) {
  for (size_t i = source.next_comment; i < source.comments.size(); ++i) {
    const Token& comment = source.comments[i];
    if (source.written > 0) {
      layout.HardLine(source.HasBlankLine(source.written, comment.begin));
    }
    layout.Text(source.Slice(comment));
    source.written = comment.end;
  }
}

}  // namespace opsc::syntax
