#include "compiler/driver/show/model_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/driver/show/model_text.h"
#include "compiler/driver/show/svg_plot.h"

namespace opsc {
namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{0}</title><style>
body{{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1040px;padding:0 1rem;color:#1b1f24;background:#fff}}
h1{{font-size:1.5rem;margin:0 0 .2rem}} h2{{font-size:1.05rem;margin:2rem 0 .5rem}}
.by{{color:#59636e;margin:0 0 1rem}} .key i{{display:inline-block;width:1.6em;height:3px;vertical-align:middle;margin-right:.4em}}
.plots{{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:1rem}}
figure{{margin:0;border:1px solid #d1d9e0;border-radius:6px;padding:.6rem}} figcaption{{font-weight:600;font-size:.9rem}}
table{{border-collapse:collapse;font-variant-numeric:tabular-nums}} td,th{{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid #e6eaef}}
svg{{width:100%;height:auto}} svg text{{font:11px system-ui,sans-serif;fill:#59636e}}
.wide{{overflow-x:auto}} .each{{display:grid;grid-template-columns:repeat(auto-fit,minmax(310px,1fr));gap:0 2rem}} .each>div{{min-width:0}}
.line{{display:flex;flex-wrap:wrap;gap:.5rem 1.6rem;padding:0;margin:.3rem 0 0;list-style:none;font-size:.85rem}}
.line li{{border:1px solid #d1d9e0;border-radius:6px;padding:.35rem .6rem;position:relative;max-width:15rem;overflow-wrap:anywhere}}
.line li+li::before{{content:"→";position:absolute;left:-1.25rem;top:.35rem;color:#59636e}} .line b{{display:block}}
.bar{{max-width:100%;display:inline-block;height:.75em;border-radius:2px}}
@media (prefers-color-scheme:dark){{body{{background:#0d1117;color:#e6edf3}}figure,td,th,.line li{{border-color:#30363d}}svg text,.by{{fill:#9198a1;color:#9198a1}}}}
</style></head><body>
<h1>{0}</h1>
)";

constexpr const char* kColours[] = {"#0969da", "#bc4c00", "#1a7f37", "#8250df"};

std::string ColourOf(size_t at) {
  return kColours[at % std::size(kColours)];
}

std::string Figure(std::string_view title, const std::string& svg) {
  return fmt::format("<figure><figcaption>{}</figcaption>{}</figure>\n", title, svg);
}

Scored ScoredOf(const PicturedModel& m) {
  return MakeScored(m.test.truth, m.test.score);
}

// A plot with a line for each model.
template <typename PointsOf>
std::string Lines(const std::vector<PicturedModel>& models, SvgPlot plot, PointsOf points_of) {
  for (size_t at = 0; at < models.size(); ++at) {
    plot.lines.push_back({points_of(models[at]), ColourOf(at), SvgLine::Style::kSolid});
  }
  return Draw(plot);
}

SvgPlot UnitPlot(std::string x, std::string y, bool diagonal) {
  SvgPlot plot{std::move(x), std::move(y), {0, 1}, {0, 1}, {}};
  if (diagonal) plot.lines.push_back({{{0, 0}, {1, 1}}, "#8c959f", SvgLine::Style::kDashed});
  return plot;
}

std::string BinaryFigures(const std::vector<PicturedModel>& models) {
  return Figure("ROC", Lines(models, UnitPlot("false positive rate", "true positive rate", true),
                             [](const auto& m) { return RocCurve(ScoredOf(m)); })) +
         Figure("Precision and recall",
                Lines(models, UnitPlot("recall", "precision", false),
                      [](const auto& m) { return PrecisionRecallCurve(ScoredOf(m)); })) +
         Figure("Calibration", Lines(models, UnitPlot("predicted", "happened", true),
                                     [](const auto& m) { return CalibrationCurve(ScoredOf(m)); }));
}

std::string RegressionFigures(const std::vector<PicturedModel>& models) {
  SvgPlot plot{"truth", "prediction", {}, {}, {}};
  plot.x = plot.y = RangeOf(models.front().test.truth);
  plot.lines.push_back(
      {{{plot.x.low, plot.x.low}, {plot.x.high, plot.x.high}}, "#8c959f", SvgLine::Style::kDashed});
  for (size_t at = 0; at < models.size(); ++at) {
    std::vector<CurvePoint> points;
    const TestRowsKept& test = models[at].test;
    const size_t step = std::max<size_t>(test.truth.size() / 800, 1);
    for (size_t row = 0; row < test.truth.size(); row += step) {
      points.push_back({test.truth[row], test.score[row]});
    }
    plot.lines.push_back({std::move(points), ColourOf(at), SvgLine::Style::kDots});
  }
  return Figure("Prediction and truth", Draw(plot));
}

std::string LossFigure(const std::vector<PicturedModel>& models) {
  if (std::ranges::all_of(models, [](const auto& m) { return m.model.card.losses.empty(); })) {
    return "";  // trained by scripts
  }
  SvgPlot plot{"round", "loss on the training rows", {0, 1}, {0, 0}, {}};
  for (const PicturedModel& m : models) {
    for (const double loss : m.model.card.losses) plot.y.high = std::max(plot.y.high, loss);
    plot.x.high = std::max(plot.x.high, static_cast<double>(m.model.card.losses.size()));
  }
  return Figure("Training", Lines(models, plot, [](const PicturedModel& m) {
                  std::vector<CurvePoint> points;
                  for (size_t i = 0; i < m.model.card.losses.size(); ++i) {
                    points.push_back({static_cast<double>(i + 1), m.model.card.losses[i]});
                  }
                  return points;
                }));
}

std::string MeasuresTable(const std::vector<PicturedModel>& models) {
  std::string out =
      "<h2>Measures on the test rows (95 % intervals)</h2><div class=\"wide\"><table><tr><th></th>";
  for (const PicturedModel& m : models) {
    out += fmt::format("<th>version {}</th>", m.model.version.version);
  }
  out += "</tr>\n";
  for (size_t at = 0; at < models.front().model.card.metrics.size(); ++at) {
    out += fmt::format("<tr><td>{}</td>", models.front().model.card.metrics[at].name);
    for (const PicturedModel& m : models) {
      const bool has = at < m.model.card.metrics.size();
      out += fmt::format("<td>{}</td>", has ? MeasuredText(m.model.card.metrics[at]) : "");
    }
    out += "</tr>\n";
  }
  return out + "</table></div>\n";
}

// From the rows to who served, as far as the version itself tells.
std::string LineageList(const PicturedModel& m, const std::string& colour) {
  const ModelCard& card = m.model.card;
  const ModelVersion& version = m.model.version;
  const auto step = [](std::string_view title, const std::string& text) {
    return fmt::format("<li><b>{}</b>{}</li>\n", title, text);
  };
  std::string out = fmt::format(
      "<ul class=\"line\" style=\"border-left:3px solid {};padding-left:.6rem\">", colour);
  out += step("rows", fmt::format("{} learnt from, {} tested on<br>sha256 {}", card.train_rows,
                                  card.test_rows, card.data_digest.substr(0, 12)));
  out +=
      step("features", fmt::format("{} of them<br>kernel {}", card.encoding.features->fields.size(),
                                   Sha256(card.kernel).Short()));
  out += step("training", fmt::format("{}<br>run {}", HtmlText(card.trainer), version.run));
  out += step("version " + std::to_string(version.version),
              "sha256 " + version.artefact.AsFile().digest.Short());
  for (const std::string& time : m.in_charge) out += step("in charge", HtmlText(time));
  if (m.in_charge.empty()) out += step("in charge", "never");
  return out + "</ul>\n";
}

std::string ImportanceTable(const PicturedModel& m, const std::string& colour) {
  const ModelCard& card = m.model.card;
  if (card.importance.empty()) return "";
  std::vector<size_t> order(card.importance.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(
      order, [&](size_t a, size_t b) { return card.importance[a] > card.importance[b]; });
  std::string out =
      fmt::format("<h2>Importance in version {}</h2><table>\n", m.model.version.version);
  for (size_t i = 0; i < std::min<size_t>(order.size(), 20); ++i) {
    const double share = card.importance[order[i]];
    out += fmt::format(
        "<tr><td>{}</td><td>{:.1f} %</td><td><span class=\"bar\" style=\"width:{:.0f}px;"
        "background:{}\"></span></td></tr>\n",
        HtmlText(card.encoding.NameOf(order[i])), share * 100, share * 180, colour);
  }
  return out + "</table>\n";
}

std::string SlicesTable(const PicturedModel& m) {
  if (m.model.card.slices.empty()) return "";
  std::string out = fmt::format(
      "<h2>Slices in version {}</h2><table><tr><th></th><th>rows</th><th>{}</th></tr>\n",
      m.model.version.version, m.model.card.metrics.front().name);
  for (const ModelSlice& slice : m.model.card.slices) {
    out += fmt::format("<tr><td>{} = {}</td><td>{}</td><td>{}</td></tr>\n", HtmlText(slice.field),
                       HtmlText(slice.value), slice.rows, MeasuredText(slice.metrics.front()));
  }
  return out + "</table>\n";
}

}  // namespace

std::string ModelHtml(const std::vector<PicturedModel>& models) {
  const ModelCard& first = models.front().model.card;
  std::string out = fmt::format(kHead, HtmlText(first.name));
  out +=
      fmt::format("<p class=\"by\">predicts <b>{}</b></p><p class=\"key\">", HtmlText(first.label));
  for (size_t at = 0; at < models.size(); ++at) {
    const OpenedVersion& m = models[at].model;
    out += fmt::format("<i style=\"background:{}\"></i>version {}, {} ({} test rows)<br>\n",
                       ColourOf(at), m.version.version, m.version.created, m.card.test_rows);
  }
  out += "</p><div class=\"plots\">\n";
  out += first.objective == Objective::kBinary ? BinaryFigures(models) : RegressionFigures(models);
  out += LossFigure(models) + "</div>\n" + MeasuresTable(models);
  out += "<div class=\"each\">\n";
  for (size_t at = 0; at < models.size(); ++at) {
    out +=
        "<div>" + ImportanceTable(models[at], ColourOf(at)) + SlicesTable(models[at]) + "</div>\n";
  }
  out += "</div><h2>Lineage</h2>\n";
  for (size_t at = 0; at < models.size(); ++at) out += LineageList(models[at], ColourOf(at));
  return out + "</body></html>\n";
}

}  // namespace opsc
