#include "compiler/driver/show/svg_plot.h"

#include <fmt/format.h>

#include <algorithm>

namespace opsc {
namespace {

constexpr double kWidth = 320, kHeight = 260;
constexpr double kLeft = 62, kRight = 10, kTop = 10, kBottom = 40;
constexpr int kTicks = 4;

double Across(const SvgPlot& plot, double x) {
  return kLeft + (x - plot.x.low) / (plot.x.high - plot.x.low) * (kWidth - kLeft - kRight);
}
double Down(const SvgPlot& plot, double y) {
  return kHeight - kBottom -
         (y - plot.y.low) / (plot.y.high - plot.y.low) * (kHeight - kTop - kBottom);
}

std::string Axes(const SvgPlot& plot) {
  std::string out;
  for (int tick = 0; tick <= kTicks; ++tick) {
    const double part = static_cast<double>(tick) / kTicks;
    const double x = plot.x.low + part * (plot.x.high - plot.x.low);
    const double y = plot.y.low + part * (plot.y.high - plot.y.low);
    out += fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#8c959f33\"/>"
        "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4:.3g}</text>",
        Across(plot, x), kTop, kHeight - kBottom, kHeight - kBottom + 14, x);
    out += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#8c959f33\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:.3g}</text>",
        kLeft, kWidth - kRight, Down(plot, y), kLeft - 5, Down(plot, y) + 4, y);
  }
  out += fmt::format("<text x=\"{:.0f}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                     (kLeft + kWidth - kRight) / 2, kHeight - 8, HtmlText(plot.x_title));
  out += fmt::format(
      "<text transform=\"translate(11,{:.0f}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
      (kTop + kHeight - kBottom) / 2, HtmlText(plot.y_title));
  return out;
}

std::string LineText(const SvgPlot& plot, const SvgLine& line) {
  std::string out;
  if (line.style == SvgLine::Style::kDots) {
    for (const CurvePoint& p : line.points) {
      out += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"1.5\" fill=\"{}\" fill-opacity=\".5\"/>",
          Across(plot, p.x), Down(plot, p.y), line.colour);
    }
    return out;
  }
  for (const CurvePoint& p : line.points) {
    out += fmt::format("{:.1f},{:.1f} ", Across(plot, p.x), Down(plot, p.y));
  }
  return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"{}/>",
                     out, line.colour,
                     line.style == SvgLine::Style::kDashed ? " stroke-dasharray=\"4 4\"" : "");
}

}  // namespace

std::string Draw(const SvgPlot& plot) {
  std::string out = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">", kWidth, kHeight);
  out += Axes(plot);
  for (const SvgLine& line : plot.lines) out += LineText(plot, line);
  return out + "</svg>";
}

SvgRange RangeOf(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [low, high] = std::ranges::minmax(values);
  return high > low ? SvgRange{low, high} : SvgRange{low - 0.5, high + 0.5};
}

std::string HtmlText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace opsc
