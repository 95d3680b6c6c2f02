#include "compiler/syntax/layout.h"

#include <algorithm>
#include <utility>

namespace opsc::syntax {
namespace {

int ColumnsOf(std::string_view text) {
  return static_cast<int>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

int IndentationOf(std::string_view line) {
  return static_cast<int>(std::min(line.find_first_not_of(" \t"), line.size()));
}

// Of the lines after the first that are not blank.
int LeastIndentation(std::string_view lines) {
  int least = IndentationOf(lines.substr(lines.rfind('\n') + 1));
  for (size_t end = lines.find('\n'); end != lines.npos; end = lines.find('\n')) {
    lines.remove_prefix(end + 1);
    std::string_view line = Trimmed(lines.substr(0, lines.find('\n')));
    if (!line.empty()) least = std::min(least, IndentationOf(line));
  }
  return least;
}

}  // namespace

void Layout::Text(std::string_view text) {
  for (size_t i = 0; i < commented_groups_; ++i) commands_[open_groups_[i]].flag = true;
  commented_groups_ = 0;
  commands_.push_back({Op::kText, false, text});
}

void Layout::Block(std::string_view text, int indent) {
  Text({});
  commands_.push_back({Op::kBlock, false, text, indent});
  if (text.find('\n') != text.npos) BreakGroups();
}

void Layout::BeginGroup() {
  open_groups_.push_back(commands_.size());
  commands_.push_back({Op::kBeginGroup});
}

void Layout::EndGroup() {
  open_groups_.pop_back();
  commented_groups_ = std::min(commented_groups_, open_groups_.size());
  commands_.push_back({Op::kEndGroup});
}

void Layout::BreakGroups() {
  for (size_t group : open_groups_) commands_[group].flag = true;
}

void Layout::HardLine(bool blank) {
  commands_.push_back({Op::kHardLine, blank});
  BreakGroups();
}

void Layout::Suffix(std::string_view comment) {
  commands_.push_back({Op::kSuffix, false, Trimmed(comment)});
  commented_groups_ = open_groups_.size();
}

// Can what comes next begin a line?
bool Layout::AtBreak() const {
  for (auto command = commands_.rbegin(); command != commands_.rend(); ++command) {
    switch (command->op) {
      case Op::kText:
      case Op::kBlock:
        return false;
      case Op::kLine:
      case Op::kHardLine:
      case Op::kBeginValue:
        return true;
      default:
        break;
    }
  }
  return true;
}

void Layout::Leading(std::string_view comment, bool blank_after) {
  if (comment.starts_with("//") &&
      !AtBreak()) {  // it moves to the end of the line, and breaks nothing
    commands_.push_back({Op::kSuffix, false, Trimmed(comment)});
    return;
  }
  commands_.push_back({Op::kLeading, blank_after, Trimmed(comment)});
  BreakGroups();
}

// One pass over the commands, deciding at each group's begin.
class Layout::Renderer {
 public:
  explicit Renderer(const Layout& layout) : layout_(layout) {}

  std::string Render() {
    const std::vector<Command>& commands = layout_.commands_;
    for (size_t i = 0; i < commands.size(); ++i) Run(i);
    if (!out_.empty() || HasSuffix()) Newline(false);
    return std::move(out_);
  }

 private:
  bool IsFlat() const { return !groups_.empty() && groups_.back(); }

  void Run(size_t i) {
    const Command& c = layout_.commands_[i];
    switch (c.op) {
      case Op::kText:
        Write(c.text);
        break;
      case Op::kBlock:
        WriteBlock(c);
        break;
      case Op::kLine:
        IsFlat() ? Write(c.text) : Newline(c.flag);
        break;
      case Op::kHardLine:
        Newline(c.flag);
        break;
      case Op::kIfFlat:
        if (IsFlat()) Write(c.text);
        break;
      case Op::kIfBroken:
        if (!IsFlat()) Write(c.text);
        break;
      case Op::kSuffix:
        AddSuffix(c.text);
        break;
      case Op::kLeading:
        WriteLeading(c);
        break;
      case Op::kBeginGroup:
        groups_.push_back(IsFlat() || (!c.flag && Fits(i)));
        break;
      case Op::kEndGroup:
        groups_.pop_back();
        break;
      case Op::kBeginIndent:
        indent_ += 2;
        break;
      case Op::kEndIndent:
        indent_ -= 2;
        break;
      case Op::kBeginValue:
        BeginValue(i);
        break;
      case Op::kEndValue:
        indent_ -= values_.back();
        values_.pop_back();
        break;
    }
  }

  void Write(std::string_view text) {
    if (text.empty()) return;
    if (line_is_empty_) {
      if (text == " ") return;
      line_indent_ = indent_;
      out_.append(static_cast<size_t>(indent_), ' ');
      column_ = indent_;
      line_is_empty_ = false;
    }
    out_ += text;
    column_ += ColumnsOf(text);
  }

  bool HasSuffix() const { return !block_suffix_.empty() || !line_suffix_.empty(); }

  void Newline(bool blank) {
    while (out_.ends_with(' ')) out_.pop_back();
    std::string suffix = std::exchange(block_suffix_, {}) + std::exchange(line_suffix_, {});
    out_ += line_is_empty_ && !suffix.empty() ? suffix.substr(2) : suffix;
    if (!out_.empty()) out_ += blank ? "\n\n" : "\n";
    line_is_empty_ = true;
    column_ = 0;
  }

  // Comments of several lines go before those that end with theirs.
  void AddSuffix(std::string_view comment) {
    std::string& suffix = comment.starts_with("//") ? line_suffix_ : block_suffix_;
    suffix += "  ";
    suffix += comment;
  }

  void WriteLeading(const Command& c) {
    if (line_is_empty_) {
      Write(c.text);
      Newline(c.flag);
    } else if (c.text.starts_with("/*")) {
      Write(c.text);
      Write(" ");
    } else {
      AddSuffix(c.text);
    }
  }

  // Shifts the lines of a block string by as much as its first line moved.
  void WriteBlock(const Command& c) {
    std::string_view rest = c.text;
    size_t line_end = rest.find('\n');
    if (line_end == rest.npos) return Write(rest);
    Write(Trimmed(rest.substr(0, line_end)));
    auto closing = IndentationOf(rest.substr(rest.rfind('\n') + 1));
    int shift = std::max(line_indent_ - c.indent, -LeastIndentation(rest));
    while (line_end != rest.npos) {
      rest.remove_prefix(line_end + 1);
      line_end = rest.find('\n');
      WriteBlockLine(rest.substr(0, line_end), closing, shift);
    }
  }

  void WriteBlockLine(std::string_view line, int closing, int shift) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    int indentation = IndentationOf(line);
    out_ += '\n';
    if (indentation == static_cast<int>(line.size()) && indentation <= closing) return;
    int kept = std::min(indentation, closing);
    out_.append(static_cast<size_t>(std::max(0, kept + shift)), ' ');
    out_ += line.substr(static_cast<size_t>(kept));
    column_ = ColumnsOf(line) + shift;
  }

  void BeginValue(size_t i) {
    int width = IsFlat() ? 0 : FlatWidth(i);
    bool moves = column_ + 1 + width > layout_.width_ && indent_ + 2 + width <= layout_.width_;
    values_.push_back(moves ? 2 : 0);
    indent_ += values_.back();
    moves ? Newline(false) : Write(" ");
  }

  // Columns of the value that begins here on one line; more than a line has if it must break.
  int FlatWidth(size_t value) const {
    int width = 0;
    int depth = 0;
    for (size_t i = value; width <= layout_.width_; ++i) {
      const Command& c = layout_.commands_[i];
      bool breaks = (c.op == Op::kBeginGroup && c.flag) || c.op == Op::kSuffix ||
                    c.op == Op::kLeading || c.op == Op::kHardLine;
      if (breaks || c.text.find('\n') != c.text.npos) return layout_.width_ + 1;
      if (c.op == Op::kBeginValue) width += depth++ > 0;
      if (c.op == Op::kEndValue && --depth == 0) break;
      if (c.op != Op::kIfBroken) width += ColumnsOf(c.text);
    }
    return width;
  }

  // Does what begins at `group` fit on this line, up to the first chance of a break after it?
  bool Fits(size_t group) const {
    int left = layout_.width_ - (line_is_empty_ ? indent_ : column_);
    int depth = 0;
    bool inside = true;  // a group that comes later may break at its first chance
    for (size_t i = group; i < layout_.commands_.size() && left >= 0; ++i) {
      const Command& c = layout_.commands_[i];
      switch (c.op) {
        case Op::kBeginGroup:
          ++depth;
          break;
        case Op::kEndGroup:
          inside = inside && --depth > 0;
          break;
        case Op::kText:
          left -= ColumnsOf(c.text);
          break;
        case Op::kIfFlat:
          if (inside) left -= 1;
          break;
        case Op::kLine:
          if (!inside) return true;
          left -= ColumnsOf(c.text);
          break;
        case Op::kBlock:
          if (c.text.find('\n') != c.text.npos) {
            return left >= ColumnsOf(c.text.substr(0, c.text.find('\n')));
          }
          left -= ColumnsOf(c.text);
          break;
        case Op::kBeginValue:
          if (!inside) return true;
          left -= 1;
          break;
        case Op::kHardLine:
          return true;
        default:
          break;
      }
    }
    return left >= 0;
  }

  const Layout& layout_;
  std::string out_;
  std::string block_suffix_;  // comments for the end of this line, each after two spaces
  std::string line_suffix_;
  std::vector<char> groups_;  // open ones: is it flat?
  std::vector<int> values_;   // open ones: their indentation
  int indent_ = 0;
  int column_ = 0;
  int line_indent_ = 0;
  bool line_is_empty_ = true;
};

std::string Layout::Render() const {
  return Renderer(*this).Render();
}

}  // namespace opsc::syntax
