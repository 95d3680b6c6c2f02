// Measures of a trained model on its test rows, and on parts of them.
#pragma once

#include "runtime/ml/train.h"

namespace opsc {

// Sets `metrics` and `slices` of the card. `test`: which rows of the batches are test rows. kInput
// where a field to slice or cluster by is not in the table, or has more than kMaxSlices values.
inline constexpr size_t kMaxSlices = 64;
Status Measure(const std::vector<Batch>& batches, const std::vector<bool>& test,
               const TrainSpec& spec, TrainedModel& model);

}  // namespace opsc
