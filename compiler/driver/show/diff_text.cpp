#include "compiler/driver/show/diff_text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "compiler/driver/cli/session.h"
#include "compiler/kernel/encode.h"
#include "runtime/graph/diff.h"

namespace opsc {
namespace {

constexpr size_t kMaxDiffCells = 4'000'000;  // of the table of the longest common subsequence
constexpr size_t kContext = 2;               // equal lines around a change

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct DiffLine {
  char mark;  // ' ', '-', '+'
  std::string_view text;
};

// The longest common subsequence by dynamic programming from the end.
std::vector<DiffLine> Align(const std::vector<std::string_view>& a,
                            const std::vector<std::string_view>& b) {
  size_t columns = b.size() + 1;
  std::vector<uint32_t> common((a.size() + 1) * columns);
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i * columns + j] =
          a[i] == b[j] ? common[(i + 1) * columns + j + 1] + 1
                       : std::max(common[(i + 1) * columns + j], common[i * columns + j + 1]);
    }
  }
  std::vector<DiffLine> lines;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      lines.push_back({' ', a[i]});
      ++i, ++j;
    } else if (i < a.size() &&
               (j == b.size() || common[(i + 1) * columns + j] >= common[i * columns + j + 1])) {
      lines.push_back({'-', a[i++]});
    } else {
      lines.push_back({'+', b[j++]});
    }
  }
  return lines;
}

bool NearChange(const std::vector<DiffLine>& lines, size_t at) {
  size_t begin = at < kContext ? 0 : at - kContext;
  size_t end = std::min(lines.size(), at + kContext + 1);
  for (size_t i = begin; i < end; ++i) {
    if (lines[i].mark != ' ') return true;
  }
  return false;
}

std::string MarkedLine(const DiffLine& line, const DiffTextOptions& options) {
  std::string text = fmt::format("{:{}}{} {}", "", options.indent, line.mark, line.text);
  Style style = line.mark == '+' ? Style::kGreen : line.mark == '-' ? Style::kRed : Style::kDim;
  return Paint(options.color, style, text) + "\n";
}

bool IsLongText(const Value& value) {
  return value.is(ValueKind::kString) && !value.secret() &&
         value.AsString().find('\n') != std::string_view::npos;
}

bool IsEmpty(const Value& value) {
  if (value.is_null()) return true;
  if (value.is(ValueKind::kList)) return value.AsList().empty();
  if (value.is(ValueKind::kRecord)) return value.AsRecord().empty();
  if (value.is(ValueKind::kFiles)) {
    return value.AsFiles().include.empty() && value.AsFiles().files.empty();
  }
  return false;
}

// Without what is empty (defaults that say nothing), and compiled functions by their digests.
Value Told(const Value& value) {
  if (value.secret()) return value;
  if (value.is(ValueKind::kString) && kernel::IsEncoded(value.AsString())) {
    return Value::String(fmt::format("function {}", Sha256(value.AsString()).Short()));
  }
  if (value.is(ValueKind::kList)) {
    std::vector<Value> items;
    for (const Value& item : value.AsList()) items.push_back(Told(item));
    return Value::List(std::move(items));
  }
  if (!value.is(ValueKind::kRecord)) return value;
  // A function with its source is told by that.
  const Value* kernel = value.Find("kernel");
  const Value* text = value.Find("text");
  if (value.AsRecord().size() == 2 && kernel != nullptr && text != nullptr &&
      kernel->is(ValueKind::kString) && kernel::IsEncoded(kernel->AsString())) {
    return *text;
  }
  std::vector<Field> fields;
  for (const auto& [name, field] : value.AsRecord()) {
    bool is_text = field.is(ValueKind::kString) && !field.secret();
    if (IsEmpty(field) || (is_text && field.AsString().empty())) continue;
    fields.emplace_back(name, Told(field));
  }
  return Value::Record(std::move(fields));
}

std::string BeforeAfter(const FieldDiff& diff, const DiffTextOptions& options) {
  size_t width = options.width / 2;
  if (diff.secret) return diff.before.is_null() ? "(secret)" : "(secret, changed)";
  std::string after = ShortText(Told(diff.after), diff.before.is_null() ? options.width : width);
  if (diff.before.is_null()) return Paint(options.color, Style::kGreen, after);
  std::string before = ShortText(Told(diff.before), width);
  if (diff.after.is_null()) {
    return Paint(options.color, Style::kRed, before) + " → nothing";
  }
  if (before == after && !ChangedFiles(diff.before, diff.after).empty()) {
    return ShortText(diff.after, options.width) + " (other content)";
  }
  return fmt::format("{} → {}", Paint(options.color, Style::kRed, before),
                     Paint(options.color, Style::kGreen, after));
}

}  // namespace

std::string ShortText(const Value& value, size_t width) {
  std::string text = ToText(value);
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= width || width < 8) return text;
  size_t cut = width - 4;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return text.substr(0, cut) + " …";
}

std::string LineDiff(std::string_view before, std::string_view after,
                     const DiffTextOptions& options) {
  std::vector<std::string_view> a = Lines(before), b = Lines(after);
  std::string pad(options.indent, ' ');
  if ((a.size() + 1) * (b.size() + 1) > kMaxDiffCells) {
    return fmt::format("{}{} lines → {} lines\n", pad, a.size(), b.size());
  }
  std::vector<DiffLine> lines = Align(a, b);
  std::string text;
  bool skipping = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (NearChange(lines, i)) {
      text += MarkedLine(lines[i], options);
      skipping = false;
    } else if (!skipping) {
      text += Paint(options.color, Style::kDim, pad + "  …") + "\n";
      skipping = true;
    }
  }
  if (text.empty() || before.ends_with('\n') != after.ends_with('\n')) {
    text += Paint(options.color, Style::kDim, pad + "  (newline at the end)") + "\n";
  }
  return text;
}

std::string DiffText(const FieldDiff& diff, const DiffTextOptions& options) {
  std::string pad(options.indent, ' ');
  std::string tail =
      diff.replaces ? Paint(options.color, Style::kRed, " (forces replacement)") : "";
  bool is_text = IsLongText(diff.before) || IsLongText(diff.after);
  bool both = diff.before.is(ValueKind::kString) && diff.after.is(ValueKind::kString);
  if (is_text && both && !diff.secret) {
    DiffTextOptions inner = options;
    inner.indent += 2;
    return fmt::format("{}{}:{}\n", pad, diff.path, tail) +
           LineDiff(diff.before.AsString(), diff.after.AsString(), inner);
  }
  return fmt::format("{}{}: {}{}\n", pad, diff.path, BeforeAfter(diff, options), tail);
}

std::string FieldsText(const Value& fields, const DiffTextOptions& options) {
  std::string text;
  if (!fields.is(ValueKind::kRecord)) return text;
  DiffTextOptions inner = options;
  inner.indent += 2;
  for (const auto& [name, value] : fields.AsRecord()) {
    if (IsEmpty(value)) continue;
    if (IsLongText(value)) {
      text += fmt::format("{:{}}{}:\n", "", options.indent, name.text());
      text += LineDiff("", value.AsString(), inner);
      continue;
    }
    Value told = Told(value);
    std::string line = ToText(told);
    if (told.is(ValueKind::kRecord) && !told.secret() && line.size() > options.width) {
      text += fmt::format("{:{}}{}:\n", "", options.indent, name.text());
      text += FieldsText(told, inner);
      continue;
    }
    text += fmt::format("{:{}}{}: {}\n", "", options.indent, name.text(),
                        ShortText(told, options.width));
  }
  return text;
}

}  // namespace opsc
