#include "compiler/driver/data/profile_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/driver/cli/session.h"
#include "runtime/data/field_rule.h"

namespace opsc {
namespace {

constexpr std::string_view kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr size_t kShownTexts = 5;

std::string Bars(const std::vector<HistogramBin>& bins) {
  uint64_t most = 1;
  for (const HistogramBin& bin : bins) most = std::max(most, bin.count);
  std::string text;
  for (const HistogramBin& bin : bins) {
    // What is there is seen, however little it is.
    auto height = static_cast<size_t>(
        std::ceil(static_cast<double>(bin.count) * 8 / static_cast<double>(most)));
    text += kBlocks[height];
  }
  return text;
}

std::string Cut(const std::string& text, size_t width) {
  std::string out;
  size_t shown = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    bool begins = (static_cast<uint8_t>(text[i]) & 0xC0) != 0x80;
    if (begins && shown++ == width) return out + "…";
    out += static_cast<uint8_t>(text[i]) < 0x20 ? ' ' : text[i];
  }
  return out + std::string(width + 1 - std::min(shown, width + 1), ' ');
}

std::string TopText(const ColumnProfile& column, bool color) {
  std::string text;
  uint64_t values = std::max<uint64_t>(column.rows - column.nulls, 1);
  for (size_t i = 0; i < std::min(kShownTexts, column.top.size()); ++i) {
    const auto& [value, count] = column.top[i];
    double share = static_cast<double>(count) / static_cast<double>(values);
    std::string bar;
    for (int block = 0; block < static_cast<int>(std::lround(share * 24)); ++block) bar += "█";
    text += fmt::format("    {} {} {:.1f}%\n", Cut(value, 20), Paint(color, Style::kCyan, bar),
                        share * 100);
  }
  if (column.distinct > kShownTexts) {
    text += Paint(color, Style::kDim,
                  fmt::format("    and {} more\n", Grouped(column.distinct - kShownTexts)));
  }
  return text;
}

std::string NumbersText(const ColumnProfile& column, bool color) {
  auto at = [&](size_t i) { return ProfileNumber(column, column.quantiles[i]); };
  std::string text =
      fmt::format("    {} {} {}\n", ProfileValue(column.low),
                  Paint(color, Style::kCyan, Bars(column.histogram)), ProfileValue(column.high));
  bool is_time = column.field.type == ColumnType::kTime;
  std::string spread =
      is_time ? ""
              : fmt::format("mean {} ± {:.4g}   ", ProfileNumber(column, column.mean), column.std);
  text += Paint(color, Style::kDim,
                fmt::format("    {}median {}   5–95% {} … {}\n", spread, at(3), at(1), at(5)));
  return text;
}

}  // namespace

std::string NullText(const ColumnProfile& column) {
  if (column.nulls == 0) return "no nulls";
  if (column.nulls == column.rows) return "all null";
  const double share = 100.0 * static_cast<double>(column.nulls) / static_cast<double>(column.rows);
  // Some are not null: never "100%".
  return share < 10 ? fmt::format("{:.2g}% null", share)
                    : fmt::format("{:.0f}% null", std::min(share, 99.0));
}

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string ProfileValue(const Value& value) {
  if (value.is(ValueKind::kFloat)) return fmt::format("{:.6g}", value.AsFloat());
  if (value.is(ValueKind::kString)) return std::string(value.AsString().substr(0, 40));
  if (!value.is(ValueKind::kTime)) return ToText(value);
  std::string text = FormatTime(Time(std::chrono::nanoseconds(value.AsInt())));
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

std::string ProfileNumber(const ColumnProfile& column, double number) {
  switch (column.field.type) {
    case ColumnType::kTime:
      return ProfileValue(Value::Time(static_cast<int64_t>(number) * 1'000'000'000));
    case ColumnType::kDuration:
      return fmt::format("{:.4g}s", number);
    case ColumnType::kRatio:
      return fmt::format("{:.4g}%", number * 100);
    default:
      return fmt::format("{:.6g}", number);
  }
}

std::string ProfileText(const Profile& profile, bool color, int width) {
  std::string text =
      fmt::format("{}  {} rows, {} columns\n", Paint(color, Style::kBold, profile.name),
                  Grouped(profile.rows), profile.columns.size());
  size_t longest = 8;
  for (const ColumnProfile& column : profile.columns) {
    longest = std::max(longest, column.field.name.size());
  }
  longest = std::min(longest, static_cast<size_t>(std::max(width, 60)) / 3);
  for (const ColumnProfile& column : profile.columns) {
    std::string type =
        fmt::format("{}{}", ColumnTypeName(column.field.type), column.nulls > 0 ? "?" : "");
    text += fmt::format("\n{} {:<10} {:<10}  {} distinct\n",
                        Paint(color, Style::kBold, Cut(ShownCell(column.field.name), longest)),
                        type, NullText(column), Grouped(column.distinct));
    if (!column.quantiles.empty()) text += NumbersText(column, color);
    if (!column.top.empty()) text += TopText(column, color);
  }
  return text;
}

}  // namespace opsc
