#include "compiler/driver/data/drift_picture.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/data/profile_text.h"
#include "compiler/driver/show/svg_plot.h"

namespace opsc {
namespace {

// The usual thresholds: below the first no drift, beyond the second much.
constexpr double kSome = 0.1;
constexpr double kMuch = 0.25;
constexpr std::string_view kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

double Most(const ColumnOverTime& column) {
  double most = 0;
  for (const auto& psi : column.psi) most = std::max(most, psi.value_or(0));
  return most;
}

std::vector<const ColumnOverTime*> ByDrift(const DriftOverTime& drift) {
  std::vector<const ColumnOverTime*> columns;
  for (const ColumnOverTime& column : drift.columns) columns.push_back(&column);
  std::ranges::stable_sort(columns,
                           [](const auto* a, const auto* b) { return Most(*a) > Most(*b); });
  return columns;
}

std::string DayOf(int64_t time) {
  return FormatTime(Time(std::chrono::nanoseconds(time))).substr(0, 10);
}

// 0.1 is the third block, 0.25 the sixth, much more the last.
std::string_view BlockOf(double psi) {
  const double at = psi < kSome ? psi / kSome * 2 : 2 + (psi - kSome) / (kMuch - kSome) * 3;
  return kBlocks[std::min(static_cast<size_t>(at), std::size(kBlocks) - 1)];
}

std::string_view ClassOf(double psi) {
  return psi < kSome ? "none" : psi < kMuch ? "some" : "much";
}

std::string CellHtml(const DriftOverTime& drift, const ColumnOverTime& column, size_t period) {
  const auto& psi = column.psi[period];
  if (!psi) return "<td class=\"none\" title=\"too few values\">·</td>";
  return fmt::format("<td class=\"{}\" title=\"{} from {}: PSI {:.3g} ({} rows)\">{:.2f}</td>",
                     ClassOf(*psi), HtmlText(column.name), DayOf(drift.begins[period]), *psi,
                     Grouped(drift.rows[period]), *psi);
}

}  // namespace

std::string DriftText(const DriftOverTime& drift, bool color) {
  std::string text = fmt::format("\n{}  PSI of {} periods from {} to {} against the first\n",
                                 Paint(color, Style::kBold, "drift over time"), drift.begins.size(),
                                 DayOf(drift.begins.front()), DayOf(drift.begins.back()));
  size_t longest = 8;
  for (const ColumnOverTime& column : drift.columns)
    longest = std::max(longest, column.name.size());
  for (const ColumnOverTime* column : ByDrift(drift)) {
    std::string blocks;
    for (const auto& psi : column->psi) blocks += psi ? BlockOf(*psi) : " ";
    const double most = Most(*column);
    text += fmt::format("    {:<{}}  {}  at most {:.3g}{}\n", column->name, longest,
                        Paint(color, Style::kCyan, blocks), most,
                        most < kSome   ? ""
                        : most < kMuch ? ", some drift"
                                       : ", drift");
  }
  return text;
}

std::string DriftHtml(const DriftOverTime& drift) {
  std::string html =
      "<section><h2>Drift over time</h2><p class=\"meta\">PSI of each period against the first: "
      "below "
      "0.1 is no drift, beyond 0.25 much</p><div class=\"wide\"><table "
      "class=\"drift\"><tr><th></th>";
  for (const int64_t begin : drift.begins) html += fmt::format("<th>{}</th>", DayOf(begin));
  html += "</tr>\n";
  for (const ColumnOverTime* column : ByDrift(drift)) {
    html += fmt::format("<tr><th>{}</th>", HtmlText(column->name));
    for (size_t i = 0; i < column->psi.size(); ++i) html += CellHtml(drift, *column, i);
    html += "</tr>\n";
  }
  return html + "</table></div></section>\n";
}

}  // namespace opsc
