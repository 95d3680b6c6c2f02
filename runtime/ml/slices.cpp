#include "runtime/ml/slices.h"

#include <fmt/format.h>

#include <map>

namespace opsc {
namespace {

// A value as a slice is called after it.
std::string TextAt(const Column& column, size_t row) {
  if (column.IsNull(row)) return "null";
  switch (column.type) {
    case ColumnType::kString:
      return std::string(column.text(row));
    case ColumnType::kBool:
      return column.bools()[row] != 0 ? "true" : "false";
    case ColumnType::kFloat:
    case ColumnType::kRatio:
      return fmt::format("{}", column.floats()[row]);
    default:
      return fmt::format("{}", column.ints()[row]);
  }
}

// The value of a field in each test row.
Result<std::vector<std::string>> ValuesOf(const std::vector<Batch>& batches,
                                          const std::vector<bool>& test, const std::string& field) {
  const auto at = batches.front().schema->Find(field);
  if (!at) {
    return Fail(ErrorKind::kInput, fmt::format("there is no field `{}` to group rows by", field));
  }
  std::vector<std::string> values;
  size_t number = 0;
  for (const Batch& batch : batches) {
    for (size_t row = 0; row < batch.rows; ++row, ++number) {
      if (test[number]) values.push_back(TextAt(batch.columns[*at], row));
    }
  }
  return values;
}

// Values numbered from 0 as they come.
std::vector<uint32_t> Numbered(const std::vector<std::string>& values) {
  std::map<std::string, uint32_t> numbers;
  std::vector<uint32_t> out;
  for (const std::string& value : values) {
    out.push_back(numbers.try_emplace(value, static_cast<uint32_t>(numbers.size())).first->second);
  }
  return out;
}

ModelSlice MeasureSlice(const TrainedModel& model, const std::string& field,
                        const std::string& value, const std::vector<uint32_t>& rows,
                        const BootstrapOptions& options) {
  std::vector<double> truth, score;
  for (const uint32_t row : rows) {
    truth.push_back(model.test.truth[row]);
    score.push_back(model.test.score[row]);
  }
  const Scored scored = MakeScored(std::move(truth), std::move(score));
  return {field, value, rows.size(), Evaluate(model.card.objective, scored, options)};
}

Status AddSlices(const std::vector<std::string>& values, const std::string& field,
                 BootstrapOptions options, TrainedModel& model) {
  std::map<std::string, std::vector<uint32_t>> rows;
  for (uint32_t row = 0; row < values.size(); ++row) rows[values[row]].push_back(row);
  if (rows.size() > kMaxSlices) {
    return Fail(ErrorKind::kInput,
                fmt::format("`{}` has {} values: that is too many slices", field, rows.size()));
  }
  options.groups = {};
  for (const auto& [value, of] : rows) {
    model.card.slices.push_back(MeasureSlice(model, field, value, of, options));
  }
  return {};
}

}  // namespace

Status Measure(const std::vector<Batch>& batches, const std::vector<bool>& test,
               const TrainSpec& spec, TrainedModel& model) {
  BootstrapOptions options{spec.bootstrap_rounds, spec.split.seed, 0.95, {}};
  std::vector<uint32_t> groups;
  if (!spec.cluster.empty()) {
    OPS_ASSIGN(const auto values, ValuesOf(batches, test, spec.cluster));
    groups = Numbered(values);
    options.groups = groups;
  }
  const Scored scored = MakeScored(model.test.truth, model.test.score);
  model.card.metrics = Evaluate(model.card.objective, scored, options);
  for (const std::string& field : spec.slices) {
    OPS_ASSIGN(const auto values, ValuesOf(batches, test, field));
    OPS_TRY(AddSlices(values, field, options, model));
  }
  return {};
}

}  // namespace opsc
