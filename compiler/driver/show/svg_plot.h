// Lines and dots over two axes, as SVG.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/ml/metrics.h"

namespace opsc {

struct SvgRange {
  double low = 0;
  double high = 1;
};
struct SvgLine {
  std::vector<CurvePoint> points;
  std::string colour;
  enum class Style { kSolid, kDashed, kDots } style = Style::kSolid;
};
struct SvgPlot {
  std::string x_title;
  std::string y_title;
  SvgRange x;
  SvgRange y;
  std::vector<SvgLine> lines;
};
std::string Draw(const SvgPlot& plot);

SvgRange RangeOf(const std::vector<double>& values);
// `&`, `<`, `>` and `"` as entities.
std::string HtmlText(std::string_view text);

}  // namespace opsc
