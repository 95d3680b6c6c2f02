// Models for people: tables and bars in a terminal.
#pragma once

#include <string>

#include "compiler/driver/ml/recorded_model.h"

namespace opsc {

// What one version is: measures with intervals, slices, importance of the features.
std::string ModelText(const OpenedVersion& model);
// Two versions side by side.
std::string CompareText(const OpenedVersion& a, const OpenedVersion& b);
// `opsc model list` and `history`.
std::string ModelsText(const std::vector<RecordedModel>& models);
std::string PromotionsText(const RecordedModel& model);

// "0.8123 (0.7901 to 0.8334)"; "-" where it is not defined.
std::string MeasuredText(const Measured& measured);

}  // namespace opsc
