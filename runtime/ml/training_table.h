// Rows as they are learnt from: the newest version of those with a label, divided into train and
// test.
#pragma once

#include <vector>

#include "runtime/ml/train.h"

namespace opsc {

// The newest rows with a label, in the order of the table.
struct TrainingTable {
  size_t label = 0;             // its column in `rows`
  std::vector<Batch> rows;      // all columns
  std::vector<Batch> features;  // the columns without roles
  std::vector<double> labels;   // of a bool 0 or 1
  std::vector<bool> test;       // by row
  std::vector<bool> train;
};

// Fills what the card knows before anything is learnt: name, label, objective, split, counts.
// kInput where there is nothing to train on, with the reason.
Result<TrainingTable> MakeTrainingTable(const std::vector<Batch>& all, const TrainSpec& spec,
                                        ModelCard& card);

// The values of chosen rows.
template <typename T>
std::vector<T> Chosen(const std::vector<double>& values, const std::vector<bool>& chosen) {
  std::vector<T> out;
  for (size_t row = 0; row < values.size(); ++row) {
    if (chosen[row]) out.push_back(static_cast<T>(values[row]));
  }
  return out;
}

// A feature that is infinite in so many rows: what every trainer refuses, and every answer.
std::unexpected<Error> InfiniteFeature(const std::string& feature, uint64_t infinite,
                                       uint64_t rows);

}  // namespace opsc
