#include "compiler/kernel/window_index.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "compiler/kernel/execute.h"

namespace opsc::kernel {
namespace {

// The other rows before they are put in order.
struct Gathered {
  std::vector<uint32_t> group;
  std::vector<int64_t> event;
  std::vector<int64_t> known;
  std::vector<int64_t> values;
  DictionaryBuilder texts;
};

int64_t ValueAtRow(const Column& column, size_t row, DictionaryBuilder& texts) {
  switch (TypeOf(column.type)) {
    case Type::kBool:
      return column.bools()[row];
    case Type::kInt:
      return column.ints()[row];
    case Type::kFloat:
      return std::bit_cast<int64_t>(column.floats()[row]);
    case Type::kText:
      return texts.Add(column.text(row));
  }
  return 0;
}

void Gather(const Window& window, const Batch& in, const Batch& side,
            const std::vector<uint32_t>& groups, Gathered& out) {
  size_t keys = window.keys.size();
  auto keep = side.columns[keys].bools();
  auto event = in.columns[window.event_time].ints();
  auto known = in.columns[window.known_at].ints();
  bool valued = window.aggregate != Aggregate::kCount;
  for (size_t row = 0; row < in.rows; ++row) {
    bool seen = keep[row] != 0 && groups[row] != KeyIds::kNone &&
                !in.columns[window.event_time].IsNull(row) &&
                !in.columns[window.known_at].IsNull(row);
    if (!seen) continue;
    out.group.push_back(groups[row]);
    out.event.push_back(event[row]);
    out.known.push_back(known[row]);
    if (valued) out.values.push_back(ValueAtRow(side.columns[keys + 1], row, out.texts));
  }
}

// Rows in the order of their groups, as they come within each.
std::vector<uint32_t> ByGroup(const Gathered& rows, size_t groups, std::vector<uint32_t>& begin) {
  begin.assign(groups + 1, 0);
  for (uint32_t group : rows.group) ++begin[group + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
  std::vector<uint32_t> order(rows.group.size());
  for (uint32_t row = 0; row < order.size(); ++row) order[next[rows.group[row]]++] = row;
  return order;
}

template <typename Less>
void SortEachGroup(std::vector<uint32_t>& order, const std::vector<uint32_t>& begin, Less less) {
  for (size_t group = 0; group + 1 < begin.size(); ++group) {
    auto first = order.begin() + begin[group];
    auto last = order.begin() + begin[group + 1];
    if (!std::is_sorted(first, last, less)) std::stable_sort(first, last, less);
  }
}

}  // namespace

Result<std::shared_ptr<const WindowIndex>> WindowIndex::Build(const Window& window,
                                                              std::span<const Batch> table) {
  std::shared_ptr<WindowIndex> index(new WindowIndex(window.keys.size()));
  auto schema = std::make_shared<RowSchema>(OutputSchema(*window.side));
  Gathered rows;
  for (const Batch& batch : table) {
    auto side = Execute(*window.side, schema, batch, {});
    if (!side) {
      return Fail(side.error().kind, "of `" + window.dataset + "`, " + side.error().message,
                  side.error().hint);
    }
    Gather(window, batch, *side, index->keys_.Add(*side), rows);
  }
  std::vector<uint32_t> order = ByGroup(rows, index->keys_.size(), index->begin_);
  SortEachGroup(order, index->begin_, [&](uint32_t a, uint32_t b) {
    return std::pair(rows.event[a], rows.known[a]) < std::pair(rows.event[b], rows.known[b]);
  });
  for (uint32_t row : order) {
    index->event_.push_back(rows.event[row]);
    index->seen_.push_back(std::max(rows.event[row], rows.known[row]));
    if (!rows.values.empty()) index->values_.push_back(rows.values[row]);
  }
  index->by_seen_.resize(order.size());
  std::iota(index->by_seen_.begin(), index->by_seen_.end(), 0);
  SortEachGroup(index->by_seen_, index->begin_,
                [&](uint32_t a, uint32_t b) { return index->seen_[a] < index->seen_[b]; });
  if (rows.texts.size() == 0) rows.texts.Add("");
  index->dictionary_ = rows.texts.Snapshot();
  return index;
}

}  // namespace opsc::kernel
