// Two versions of a model, or one, as a page that needs nothing else.
#pragma once

#include <string>
#include <vector>

#include "compiler/driver/ml/recorded_model.h"

namespace opsc {

// One version with the rows on which it was tested.
struct PicturedModel {
  OpenedVersion model;
  TestRowsKept test;
  std::vector<std::string> in_charge;  // from when to when, and why
};

// ROC, precision over recall, calibration (binary) or prediction over truth (regression), loss by
// round, importance, slices, lineage; a colour a version. HTML with inline SVG.
std::string ModelHtml(const std::vector<PicturedModel>& models);

}  // namespace opsc
