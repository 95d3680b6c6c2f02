#include <fmt/format.h>

#include <algorithm>

#include "compiler/driver/data/drift_picture.h"
#include "compiler/driver/data/profile_text.h"
#include "compiler/driver/show/svg_plot.h"

namespace opsc {
namespace {

constexpr std::string_view kStyle = R"(
:root { --ink:#1c2330; --dim:#667085; --line:#e4e7ec; --bar:#3b6fb6; --page:#f7f8fa; --card:#fff; --warn:#b54708; }
@media (prefers-color-scheme: dark) {
  :root { --ink:#e6e9ef; --dim:#98a2b3; --line:#2c3442; --bar:#6ea0e0; --page:#12161d; --card:#1a202b; --warn:#f2a65a; }
}
* { box-sizing:border-box; margin:0; }
body { font:15px/1.5 system-ui,sans-serif; color:var(--ink); background:var(--page); padding:2.5rem 1.5rem; }
main { max-width:72rem; margin:auto; }
h1 { font-size:1.6rem; overflow-wrap:anywhere; }
.sum { color:var(--dim); margin:.25rem 0 1.75rem; }
.grid { display:grid; grid-template-columns:repeat(auto-fill,minmax(21rem,1fr)); gap:1rem; }
article { background:var(--card); border:1px solid var(--line); border-radius:10px; padding:1rem 1.1rem; min-width:0; }
h2 { font-size:1.02rem; display:flex; gap:.6rem; align-items:baseline; overflow-wrap:anywhere; }
h2 small { font-weight:400; color:var(--dim); margin-left:auto; white-space:nowrap; }
.meta { color:var(--dim); font-size:.86rem; margin-bottom:.7rem; }
.meta b { color:var(--warn); font-weight:500; }
svg { display:block; width:100%; height:84px; }
rect { fill:var(--bar); }
rect:hover { opacity:.7; }
.ends { display:flex; justify-content:space-between; font-size:.8rem; color:var(--dim); border-top:1px solid var(--line); padding-top:.2rem; }
table { width:100%; border-collapse:collapse; font-size:.86rem; margin-top:.5rem; }
td { padding:.12rem 0; } td:last-child { text-align:right; font-variant-numeric:tabular-nums; }
.top { table-layout:fixed; } .top td:last-child { width:3.6rem; }
.top td:first-child { width:38%; overflow:hidden; text-overflow:ellipsis; white-space:nowrap; padding-right:.6rem; }
.top i { display:block; height:.7rem; background:var(--bar); border-radius:2px; min-width:1px; }
.quant td:first-child { color:var(--dim); white-space:nowrap; padding-right:.6rem; }
section { margin-top:2rem; } .wide { overflow-x:auto; }
.drift { width:auto; border-spacing:2px; border-collapse:separate; }
.drift th { font-weight:400; color:var(--dim); text-align:left; padding:.1rem .5rem .1rem 0; white-space:nowrap; }
.drift td, .drift td:last-child { text-align:center; padding:.15rem .4rem; border-radius:3px; font-variant-numeric:tabular-nums; }
.drift .none { background:var(--line); } .drift .some { background:#f2c94c; color:#1c2330; } .drift .much { background:#d9534f; color:#fff; }
)";

std::string HistogramSvg(const ColumnProfile& column) {
  uint64_t most = 1;
  for (const HistogramBin& bin : column.histogram) most = std::max(most, bin.count);
  size_t bins = column.histogram.size();
  std::string svg = fmt::format(
      R"(<svg viewBox="0 0 {} 100" preserveAspectRatio="none" role="img" aria-label="histogram">)",
      bins * 10);
  for (size_t i = 0; i < bins; ++i) {
    const HistogramBin& bin = column.histogram[i];
    double height = 96.0 * static_cast<double>(bin.count) / static_cast<double>(most);
    if (bin.count > 0) height = std::max(height, 1.5);
    svg += fmt::format(
        R"(<rect x="{}" y="{:.1f}" width="9" height="{:.1f}"><title>{} … {}: {}</title></rect>)",
        i * 10, 100 - height, height, ProfileNumber(column, bin.from),
        ProfileNumber(column, bin.to), Grouped(bin.count));
  }
  return svg + fmt::format("</svg><div class=\"ends\"><span>{}</span><span>{}</span></div>\n",
                           HtmlText(ProfileValue(column.low)), HtmlText(ProfileValue(column.high)));
}

std::string NumbersHtml(const ColumnProfile& column) {
  std::string html = HistogramSvg(column) + "<table class=\"quant\">";
  auto row = [&](std::string_view name, const std::string& value) {
    html += fmt::format("<tr><td>{}</td><td>{}</td></tr>", name, value);
  };
  if (column.field.type != ColumnType::kTime) {
    row("mean ± std", fmt::format("{} ± {:.4g}", ProfileNumber(column, column.mean), column.std));
  }
  row("median", ProfileNumber(column, column.quantiles[3]));
  row("25 – 75 %", fmt::format("{} … {}", ProfileNumber(column, column.quantiles[2]),
                               ProfileNumber(column, column.quantiles[4])));
  row("5 – 95 %", fmt::format("{} … {}", ProfileNumber(column, column.quantiles[1]),
                              ProfileNumber(column, column.quantiles[5])));
  return html + "</table>";
}

std::string TopHtml(const ColumnProfile& column) {
  std::string html = "<table class=\"top\">";
  auto values = static_cast<double>(std::max<uint64_t>(column.rows - column.nulls, 1));
  for (const auto& [value, count] : column.top) {
    double share = 100.0 * static_cast<double>(count) / values;
    html += fmt::format(
        R"(<tr><td title="{0}">{0}</td><td><i style="width:{1:.2f}%"></i></td><td>{1:.1f}%</td></tr>)",
        HtmlText(value.substr(0, 80)), share);
  }
  html += "</table>";
  if (column.distinct > column.top.size()) {
    html += fmt::format("<div class=\"meta\">and {} more</div>",
                        Grouped(column.distinct - column.top.size()));
  }
  return html;
}

std::string ColumnHtml(const ColumnProfile& column) {
  std::string nulls = NullText(column);
  if (column.nulls > 0) nulls = "<b>" + nulls + "</b>";
  std::string html = fmt::format(
      "<article><h2>{}<small>{}{}</small></h2><div class=\"meta\">{} · {} distinct</div>\n",
      HtmlText(column.field.name), ColumnTypeName(column.field.type), column.nulls > 0 ? "?" : "",
      nulls, Grouped(column.distinct));
  if (!column.quantiles.empty()) html += NumbersHtml(column);
  if (!column.top.empty()) html += TopHtml(column);
  return html + "</article>\n";
}

}  // namespace

std::string ProfileHtml(const Profile& profile, const std::optional<DriftOverTime>& drift) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title><style>{1}</style></head><body><main>\n"
      "<h1>{0}</h1><p class=\"sum\">{2} rows · {3} columns</p><div class=\"grid\">\n",
      HtmlText(profile.name), kStyle, Grouped(profile.rows), profile.columns.size());
  for (const ColumnProfile& column : profile.columns) html += ColumnHtml(column);
  html += "</div>\n";
  if (drift) html += DriftHtml(*drift);
  return html + "</main></body></html>\n";
}

}  // namespace opsc
