#include "runtime/ml/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>

#include "runtime/ml/random.h"

namespace opsc {
namespace {

std::unexpected<Error> NullIn(const Batch& batch, size_t field, size_t row) {
  return Fail(ErrorKind::kInput, fmt::format("cannot split: `{}` is null in row {}",
                                             batch.schema->fields[field].name, row + 1));
}

// The bytes by which a value of a column is hashed: the same for equal values of any dictionary.
void AppendBytes(const Column& column, size_t row, std::string& out) {
  if (column.type == ColumnType::kString) {
    out += column.text(row);
    out += '\0';
    return;
  }
  const size_t width = WidthOf(column.type);
  out.append(reinterpret_cast<const char*>(column.values.data()) + row * width, width);
}

Result<std::vector<bool>> ByHash(const std::vector<Batch>& batches, const SplitSpec& spec,
                                 const std::vector<size_t>& fields) {
  std::vector<bool> test;
  std::string bytes;
  for (const Batch& batch : batches) {
    for (size_t row = 0; row < batch.rows; ++row) {
      bytes.clear();
      for (const size_t field : fields) {
        if (batch.columns[field].IsNull(row)) return NullIn(batch, field, test.size());
        AppendBytes(batch.columns[field], row, bytes);
      }
      if (fields.empty()) bytes = std::to_string(test.size());
      test.push_back(UniformOf(bytes, spec.seed) < spec.test);
    }
  }
  return test;
}

Result<std::vector<bool>> ByTime(const std::vector<Batch>& batches, const SplitSpec& spec,
                                 size_t field) {
  std::vector<int64_t> times;
  for (const Batch& batch : batches) {
    for (size_t row = 0; row < batch.rows; ++row) {
      if (batch.columns[field].IsNull(row)) return NullIn(batch, field, times.size());
      times.push_back(batch.columns[field].ints()[row]);
    }
  }
  std::vector<bool> test(times.size());
  if (times.empty()) return test;
  std::vector<int64_t> sorted = times;
  const auto train = static_cast<size_t>(static_cast<double>(times.size()) * (1 - spec.test));
  const size_t last = std::min(train, times.size() - 1);
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<ptrdiff_t>(last));
  for (size_t row = 0; row < times.size(); ++row) test[row] = times[row] >= sorted[last];
  return test;
}

Result<std::vector<bool>> Divide(const std::vector<Batch>& batches, const SplitSpec& spec) {
  if (batches.empty()) return std::vector<bool>{};
  const RowSchema& schema = *batches.front().schema;
  if (spec.kind == SplitSpec::Kind::kRandom) return ByHash(batches, spec, schema.Keys());
  const bool by_time = spec.kind == SplitSpec::Kind::kTime;
  const std::optional<size_t> field = by_time ? schema.EventTime() : schema.Find(spec.group);
  if (!field) {
    return Fail(ErrorKind::kInput,
                by_time ? fmt::format("cannot split by time: {} has no @event_time", schema.name)
                        : fmt::format("cannot split by `{}`: {} has no such field", spec.group,
                                      schema.name));
  }
  return by_time ? ByTime(batches, spec, *field) : ByHash(batches, spec, {*field});
}

// When the first test row happened.
int64_t BeginOfTest(const std::vector<Batch>& batches, size_t time, const std::vector<bool>& test) {
  int64_t begin = std::numeric_limits<int64_t>::max();
  size_t at = 0;
  for (const Batch& batch : batches) {
    for (size_t row = 0; row < batch.rows; ++row, ++at) {
      if (test[at]) begin = std::min(begin, batch.columns[time].ints()[row]);
    }
  }
  return begin;
}

}  // namespace

Result<std::vector<bool>> TestRows(const std::vector<Batch>& batches, const SplitSpec& spec) {
  OPS_ASSIGN(std::vector<bool> test, Divide(batches, spec));
  const auto tests = static_cast<size_t>(std::ranges::count(test, true));
  if (tests == 0 || tests == test.size()) {
    return Fail(ErrorKind::kInput,
                fmt::format("the split leaves {} rows to train on and {} to test on",
                            test.size() - tests, tests),
                "more rows, another share or another way to split is needed");
  }
  return test;
}

Result<std::vector<bool>> TrainRows(const std::vector<Batch>& batches, const SplitSpec& spec,
                                    const std::vector<bool>& test) {
  std::vector<bool> train = test;
  train.flip();
  if (spec.kind != SplitSpec::Kind::kTime || (spec.embargo == 0 && spec.known.empty()))
    return train;
  const RowSchema& schema = *batches.front().schema;
  const size_t time = *schema.EventTime();
  const auto known = spec.known.empty() ? std::optional(time) : schema.Find(spec.known);
  if (!known || schema.fields[*known].type != ColumnType::kTime) {
    return Fail(ErrorKind::kInput,
                fmt::format("cannot split by time: {} has no time `{}`", schema.name, spec.known),
                "`known` names the field that says when the outcome of a row was known");
  }
  const int64_t begin = BeginOfTest(batches, time, test);
  int64_t last = 0;  // a row may happen then at the latest
  if (__builtin_sub_overflow(begin, spec.embargo, &last))
    last = std::numeric_limits<int64_t>::min();
  size_t at = 0;
  for (const Batch& batch : batches) {
    for (size_t row = 0; row < batch.rows; ++row, ++at) {
      const Column& when = batch.columns[*known];
      const bool late =
          when.IsNull(row) || when.ints()[row] > begin || batch.columns[time].ints()[row] > last;
      if (late) train[at] = false;
    }
  }
  if (std::ranges::count(train, true) > 0) return train;
  return Fail(ErrorKind::kInput,
              "the split leaves no row to train on: of none the outcome was known when the first "
              "test row happened",
              "more rows, a smaller `test` or a shorter `embargo` is needed");
}

}  // namespace opsc
