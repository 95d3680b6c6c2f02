#include "runtime/graph/shell_template.h"

#include <fmt/format.h>

#include <deque>
#include <string_view>

#include "runtime/base/check.h"

namespace opsc {
namespace {

// What the shell is reading at one level of nesting.
enum class In {
  kCommand,       // words of a command: the top level and `$(…)`
  kDouble,        // "…"
  kSingle,        // '…'
  kComment,       // # to the end of the line
  kBackticks,     // `…`
  kBraces,        // ${…}
  kArithmetic,    // $((…))
  kDelimiter,     // the word behind <<
  kHereDocument,  // the lines up to that word
};

struct Frame {
  In in = In::kCommand;
  int parens = 0;             // open `(` inside it
  bool substitution = false;  // kCommand: ends with `)`
  bool fresh = false;         // `$(` was just read: another `(` makes it arithmetic
  bool quoted = false;        // kBraces, kDouble: inside double quotes already
};

struct HereDocument {
  std::string delimiter;
  bool quoted = false;
  bool strip_tabs = false;
};

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}
bool EndsWord(char c) {
  return IsBlank(c) || std::string_view("\n;&|()<>").find(c) != std::string_view::npos;
}

// The quoting state of the POSIX shell after each character of a script.
class ShellReader {
 public:
  void Take(std::string_view text) {
    for (char c : text) Take(c);
  }
  // Marks that an expansion stands here.
  void TakeHole() {
    word_start_ = false;
    word_.push_back('\x01');
    line_.push_back('\x01');
    top().fresh = false;
    less_ = false;
  }
  const Frame& state() const { return frames_.back(); }
  bool word_start() const { return word_start_; }
  bool after_backslash() const { return escaped_; }
  bool after_dollar() const { return dollar_; }
  // A `case` inside `$(…)`: its patterns end with a `)` that closes nothing.
  bool unclear() const { return unclear_; }
  bool here_document_quoted() const { return documents_.front().quoted; }
  bool here_document_runs_commands() const { return here_parens_ > 0 || here_backticks_; }

 private:
  Frame& top() { return frames_.back(); }
  void Push(In in) { frames_.push_back({.in = in}); }
  void Pop() {
    frames_.pop_back();
    OPS_CHECK(!frames_.empty(), "the top level of a script is never closed");
  }

  void Take(char c);
  bool TakeAfterDollar(char c);
  void TakeInCommand(char c);
  void TakeInDouble(char c);
  void TakeInBraces(char c);
  void TakeInArithmetic(char c);
  void TakeInDelimiter(char c);
  void TakeInHereDocument(char c);
  bool TakeQuote(char c);
  void EndWord();
  void EndDelimiter();

  std::vector<Frame> frames_{Frame{}};
  bool escaped_ = false;
  bool dollar_ = false;
  bool less_ = false;  // one `<` was just read
  bool word_start_ = true;
  bool unclear_ = false;
  std::string word_;     // kCommand: the current word; kDelimiter: its text
  std::string line_;     // kHereDocument: the current line
  int here_parens_ = 0;  // kHereDocument: inside `$(…)`
  bool here_backticks_ = false;
  HereDocument delimiter_;  // being read
  char delimiter_quote_ = 0;
  std::deque<HereDocument> documents_;  // announced, bodies not read yet
};

void ShellReader::Take(char c) {
  if (escaped_) {
    escaped_ = false;
    word_start_ = false;
    if (state().in == In::kHereDocument) line_.push_back(c);
    return;
  }
  if (dollar_) {
    dollar_ = false;
    if (TakeAfterDollar(c)) return;
  }
  switch (state().in) {
    case In::kCommand:
      return TakeInCommand(c);
    case In::kDouble:
      return TakeInDouble(c);
    case In::kSingle:
      if (c == '\'') Pop();
      return;
    case In::kComment:
      if (c != '\n') return;
      Pop();
      return TakeInCommand(c);
    case In::kBackticks:
      if (c == '\\') escaped_ = true;
      if (c == '`') Pop();
      return;
    case In::kBraces:
      return TakeInBraces(c);
    case In::kArithmetic:
      return TakeInArithmetic(c);
    case In::kDelimiter:
      return TakeInDelimiter(c);
    case In::kHereDocument:
      return TakeInHereDocument(c);
  }
}

bool ShellReader::TakeAfterDollar(char c) {
  if (state().in == In::kHereDocument) {
    if (c == '(') ++here_parens_;
    if (c == '(') line_.push_back(c);
    return c == '(';
  }
  if (c == '(') {
    Push(In::kCommand);
    top().substitution = top().fresh = true;
    word_start_ = true;
    word_.clear();
    return true;
  }
  if (c == '{') {
    const bool quoted = state().in == In::kDouble || state().quoted;
    Push(In::kBraces);
    top().quoted = quoted;
    return true;
  }
  word_start_ = false;
  return c == '#' || c == '$' || c == '!' || c == '?' || c == '*' || c == '@' || c == '-';
}

// The openers that words, `${…}` and double quotes share.
bool ShellReader::TakeQuote(char c) {
  switch (c) {
    case '\\':
      escaped_ = true;
      return true;
    case '`':
      Push(In::kBackticks);
      return true;
    case '$':
      dollar_ = true;
      return true;
    default:
      return false;
  }
}

void ShellReader::EndWord() {
  if (word_ == "case" && state().substitution) unclear_ = true;
  word_.clear();
}

void ShellReader::TakeInCommand(char c) {
  if (state().fresh) {
    top().fresh = false;
    if (c == '(') {
      top() = {.in = In::kArithmetic, .parens = 2};
      return;
    }
  }
  const bool was_less = less_;
  less_ = false;
  if (c == '#' && word_start_) return Push(In::kComment);
  if (EndsWord(c)) {
    EndWord();
    word_start_ = true;
  } else {
    word_.push_back(c);
    word_start_ = false;
  }
  if (TakeQuote(c)) return;
  switch (c) {
    case '"':
      return Push(In::kDouble);
    case '\'':
      return Push(In::kSingle);
    case '(':
      ++top().parens;
      return;
    case ')':
      if (state().parens > 0) {
        --top().parens;
      } else if (state().substitution) {
        Pop();
        word_start_ = false;
      }
      return;
    case '<':
      less_ = !was_less;
      if (!was_less) return;
      delimiter_ = {};
      delimiter_quote_ = 0;
      return Push(In::kDelimiter);
    case '\n':
      if (!documents_.empty()) Push(In::kHereDocument);
      return;
    default:
      return;
  }
}

void ShellReader::TakeInDouble(char c) {
  if (!TakeQuote(c) && c == '"') Pop();
}

void ShellReader::TakeInBraces(char c) {
  if (TakeQuote(c)) return;
  if (c == '}') return Pop();
  if (c == '\'' && !state().quoted) return Push(In::kSingle);
  if (c == '"') {
    const bool quoted = state().quoted;
    Push(In::kDouble);
    top().quoted = quoted;
  }
}

void ShellReader::TakeInArithmetic(char c) {
  if (TakeQuote(c)) return;
  if (c == '(') ++top().parens;
  if (c == ')' && --top().parens == 0) Pop();
}

void ShellReader::EndDelimiter() {
  Pop();
  documents_.push_back(std::move(delimiter_));
}

void ShellReader::TakeInDelimiter(char c) {
  std::string& word = delimiter_.delimiter;
  if (delimiter_quote_ != 0) {
    if (c == delimiter_quote_)
      delimiter_quote_ = 0;
    else
      word.push_back(c);
    return;
  }
  const bool at_start = word.empty() && !delimiter_.quoted;
  if (at_start && c == '<') return Pop();  // <<< of other shells: a word follows
  if (at_start && c == '-' && !delimiter_.strip_tabs) {
    delimiter_.strip_tabs = true;
  } else if (at_start && IsBlank(c)) {
    return;
  } else if (c == '\'' || c == '"') {
    delimiter_.quoted = true;
    delimiter_quote_ = c;
  } else if (c == '\\') {
    delimiter_.quoted = true;
  } else if (EndsWord(c)) {
    EndDelimiter();
    TakeInCommand(c);
  } else {
    word.push_back(c);
  }
}

void ShellReader::TakeInHereDocument(char c) {
  const HereDocument& document = documents_.front();
  if (c == '\n') {
    std::string_view line = line_;
    while (document.strip_tabs && line.starts_with('\t')) line.remove_prefix(1);
    if (line == document.delimiter) {
      documents_.pop_front();
      here_parens_ = 0;
      here_backticks_ = false;
      if (documents_.empty()) Pop();
    }
    line_.clear();
    return;
  }
  line_.push_back(c);
  if (document.quoted) return;
  if (c == '\\') escaped_ = true;
  if (c == '$') dollar_ = true;
  if (c == '`') here_backticks_ = !here_backticks_;
  if (c == '(' && here_parens_ > 0) ++here_parens_;
  if (c == ')' && here_parens_ > 0) --here_parens_;
}

std::string LastLine(std::string_view text) {
  text = text.substr(text.rfind('\n') + 1);
  return std::string(text.size() > 40 ? text.substr(text.size() - 40) : text);
}

std::unexpected<Error> Refuse(std::string_view before, std::string_view why, std::string hint) {
  return Fail(ErrorKind::kInput,
              fmt::format("the value after `{}` in the script stands {}", LastLine(before), why),
              std::move(hint));
}

Status CheckPlace(const ShellReader& reader, std::string_view before, const Value& hole) {
  const In in = reader.state().in;
  if (reader.after_backslash()) {
    return Refuse(before, "behind a backslash", "take the backslash away");
  }
  if (reader.after_dollar()) {
    return Refuse(before, "behind a `$`", "write `\\$` before it if you mean the character");
  }
  if (in == In::kBackticks) return Refuse(before, "in backticks", "write `$(…)` instead");
  if (in == In::kDelimiter) {
    return Refuse(before, "where a here-document's end is named", "write a plain word there");
  }
  if (in == In::kArithmetic && !hole.is(ValueKind::kInt)) {
    return Refuse(before, "in arithmetic, which would run it as code",
                  "only an int may stand there");
  }
  if (in == In::kHereDocument && reader.here_document_quoted()) {
    return Refuse(before, "in a here-document that expands nothing",
                  "write the word behind `<<` without quotes");
  }
  if (in == In::kHereDocument && reader.here_document_runs_commands()) {
    return Refuse(before, "in a command inside a here-document",
                  "give the command a variable first");
  }
  if (in == In::kDouble && reader.state().quoted) {
    return Refuse(before, "in quotes inside a quoted `${…}`", "take the inner quotes away");
  }
  if (reader.unclear()) {
    return Refuse(before, "behind a `case` inside `$(…)`", "move the `case` out of the `$(…)`");
  }
  return {};
}

std::string Expansion(const std::string& name, const Frame& state) {
  const bool bare = state.in == In::kCommand || (state.in == In::kBraces && !state.quoted);
  if (bare) return "\"${" + name + "}\"";
  if (state.in == In::kSingle) return "'\"${" + name + "}\"'";
  return "${" + name + "}";
}

bool ClosedAtEnd(const ShellReader& reader) {
  switch (reader.state().in) {
    case In::kCommand:
      return !reader.state().substitution;
    case In::kComment:
    case In::kDelimiter:
    case In::kHereDocument:
      return true;  // the shell ends them with the script
    default:
      return false;
  }
}

// One word an element. REQUIRES: `list` is a list.
Status LowerList(const ShellReader& reader, const std::string& name, const Value& list,
                 std::string_view next, ShellScript& script) {
  const bool is_word = reader.state().in == In::kCommand && reader.word_start() &&
                       (next.empty() || EndsWord(next.front()));
  if (!is_word) {
    return Refuse(script.text, "inside a word, and is a list",
                  "let it stand alone between blanks, or join it: `xs.join(\" \")`");
  }
  size_t number = 0;
  for (const Value& element : list.AsList()) {
    const std::string element_name = fmt::format("{}_{}", name, ++number);
    if (number > 1) script.text += ' ';
    script.text += Expansion(element_name, reader.state());
    script.env.emplace_back(element_name, element);
  }
  return {};
}

}  // namespace

Result<ShellScript> LowerTemplate(const TemplateRep& text) {
  OPS_CHECK(text.texts.size() == text.holes.size() + 1, "a template has one text more than holes");
  ShellScript script;
  ShellReader reader;
  for (size_t i = 0; i < text.texts.size(); ++i) {
    script.text += text.texts[i];
    reader.Take(text.texts[i]);
    if (i == text.holes.size()) break;
    const Value& hole = text.holes[i];
    const std::string name = fmt::format("OPSC_{}", i + 1);
    OPS_TRY(CheckPlace(reader, script.text, hole));
    if (hole.is(ValueKind::kList)) {
      OPS_TRY(LowerList(reader, name, hole, text.texts[i + 1], script));
    } else {
      script.text += Expansion(name, reader.state());
      script.env.emplace_back(name, hole);
    }
    reader.TakeHole();
  }
  if (!text.holes.empty() && !ClosedAtEnd(reader)) {
    return Fail(ErrorKind::kInput, "a quote, `$(` or `${` in the script is never closed",
                "close it, or write `\\\"` or `\\'` for the character itself");
  }
  return script;
}

Result<std::string> HoleText(const Value& hole) {
  switch (hole.kind()) {
    case ValueKind::kString:
      return std::string(hole.AsString());
    case ValueKind::kBool:
      return std::string(hole.AsBool() ? "true" : "false");
    case ValueKind::kInt:
      return std::to_string(hole.AsInt());
    case ValueKind::kFloat:
      return FormatFloat(hole.AsFloat());
    case ValueKind::kDuration:
      return FormatDuration(hole.AsInt());
    case ValueKind::kSize:
      return FormatSize(hole.AsInt());
    case ValueKind::kRatio:
    case ValueKind::kTime:
      return ToText(hole);
    default:
      return Fail(ErrorKind::kInput,
                  "a script can take text, numbers, files and lists of them only",
                  "turn the value into text first, e.g. with `to_json(value)`");
  }
}

}  // namespace opsc
