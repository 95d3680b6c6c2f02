// Where lines break: text with marked chances of breaking → lines of at most 100 columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace opsc::syntax {

// A text under layout, as commands in the order of the text. A group stays on one line if it fits
// and nothing in it must break; otherwise all of its own breaks become newlines (Oppen 1980,
// Wadler 1998).
class Layout {
 public:
  explicit Layout(int width) : width_(width) {}

  // `text` of all commands outlives the layout.
  void Text(std::string_view text);
  // A """ string as in the source, whose line there is indented by `indent`; it moves with its
  // line.
  void Block(std::string_view text, int indent);
  void Space() { Text(" "); }

  void BeginGroup();
  void EndGroup();
  void BeginIndent() { commands_.push_back({Op::kBeginIndent}); }
  void EndIndent() { commands_.push_back({Op::kEndIndent}); }
  void BreakGroups();  // all that are open now

  // A value: after a space on this line; on the next line, indented, if it fits there but not here.
  void BeginValue() { commands_.push_back({Op::kBeginValue}); }
  void EndValue() { commands_.push_back({Op::kEndValue}); }

  // A newline if the group breaks (after an empty line, if `blank`), else a space or nothing.
  void Line(bool blank) { commands_.push_back({Op::kLine, blank, " "}); }
  void SoftLine(bool blank) { commands_.push_back({Op::kLine, blank, ""}); }
  void HardLine(bool blank);
  void CommaIfFlat() { commands_.push_back({Op::kIfFlat, false, ","}); }
  void CommaIfBroken() { commands_.push_back({Op::kIfBroken, false, ","}); }

  // A comment: at the end of this line · on its own line before what follows, if that begins one.
  void Suffix(std::string_view comment);
  void Leading(std::string_view comment, bool blank_after);

  std::string Render() const;  // ends with a newline, unless empty

 private:
  enum class Op : uint8_t {
    kText,
    kBlock,
    kLine,
    kHardLine,
    kIfFlat,
    kIfBroken,
    kSuffix,
    kLeading,
    kBeginGroup,
    kEndGroup,
    kBeginIndent,
    kEndIndent,
    kBeginValue,
    kEndValue,
  };
  struct Command {
    Op op;
    bool flag = false;  // kLine, kHardLine: blank · kLeading: blank after · kBeginGroup: breaks
    std::string_view text = {};
    int indent = 0;  // kBlock
  };
  class Renderer;
  bool AtBreak() const;

  int width_;
  std::vector<Command> commands_;
  std::vector<size_t> open_groups_;  // indices of their kBeginGroup
  size_t commented_groups_ = 0;      // the outermost so many break when more text follows
};

}  // namespace opsc::syntax
