#include "compiler/kernel/window_index.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "compiler/kernel/exact_sum.h"
#include "compiler/kernel/execute.h"

namespace opsc::kernel {

// The other rows before they are put in order.
struct GatheredRows {
  std::vector<uint32_t> group;
  std::vector<int64_t> event;
  std::vector<int64_t> known;  // empty: as `event`
  std::vector<int64_t> values;
  DictionaryBuilder texts;
};

namespace {

// Appends what stands in chosen rows.
template <typename T, typename As>
void Append(std::span<const T> column, const std::vector<uint32_t>& rows, As as,
            std::vector<int64_t>& out) {
  const size_t first = out.size();
  out.resize(first + rows.size());
  for (size_t i = 0; i < rows.size(); ++i) out[first + i] = as(column[rows[i]]);
}

void AppendValues(const Column& column, const std::vector<uint32_t>& rows, GatheredRows& out) {
  const auto same = [](auto value) { return static_cast<int64_t>(value); };
  switch (TypeOf(column.type)) {
    case Type::kBool:
      return Append(column.bools(), rows, same, out.values);
    case Type::kInt:
      return Append(column.ints(), rows, same, out.values);
    case Type::kFloat:
      return Append(
          column.floats(), rows, [](double value) { return std::bit_cast<int64_t>(value); },
          out.values);
    case Type::kText:
      for (const uint32_t row : rows) out.values.push_back(out.texts.Add(column.text(row)));
      return;
  }
}

// The rows that can be seen at all: those that `by` keeps, with keys and both times.
std::vector<uint32_t> Kept(const Window& window, const Batch& in, const Batch& side,
                           const std::vector<uint32_t>& groups) {
  const auto keep = side.columns[window.keys.size()].bools();
  const Column& event = in.columns[window.event_time];
  const Column& known = in.columns[window.known_at];
  const bool nulls = event.has_validity() || known.has_validity();
  std::vector<uint32_t> rows;
  rows.reserve(in.rows);
  for (uint32_t row = 0; row < in.rows; ++row) {
    if (keep[row] == 0 || groups[row] == KeyIds::kNone) continue;
    if (nulls && (event.IsNull(row) || known.IsNull(row))) continue;
    rows.push_back(row);
  }
  return rows;
}

void Gather(const Window& window, const Batch& in, const Batch& side,
            const std::vector<uint32_t>& groups, GatheredRows& out) {
  const std::vector<uint32_t> rows = Kept(window, in, side, groups);
  for (const uint32_t row : rows) out.group.push_back(groups[row]);
  const auto same = [](int64_t time) { return time; };
  Append(in.columns[window.event_time].ints(), rows, same, out.event);
  if (window.known_at != window.event_time) {
    Append(in.columns[window.known_at].ints(), rows, same, out.known);
  }
  if (window.aggregate != Aggregate::kCount) {
    AppendValues(side.columns[window.keys.size() + 1], rows, out);
  }
}

// The values in the order of `places`, where value i goes to places[i].
std::vector<int64_t> Placed(const std::vector<int64_t>& values,
                            const std::vector<uint32_t>& places) {
  std::vector<int64_t> out(values.size());
  for (size_t i = 0; i < values.size(); ++i) out[places[i]] = values[i];
  return out;
}

// The place of each row: by group, as they come within each.
std::vector<uint32_t> ByGroup(const std::vector<uint32_t>& group, size_t groups,
                              std::vector<uint32_t>& begin) {
  begin.assign(groups + 1, 0);
  for (const uint32_t g : group) ++begin[g + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
  std::vector<uint32_t> places(group.size());
  for (size_t row = 0; row < group.size(); ++row) places[row] = next[group[row]]++;
  return places;
}

// Puts values [first, last) in the order of `from`, places in it from `first` on.
void Reorder(std::vector<int64_t>& values, size_t first, const std::vector<uint32_t>& from) {
  if (values.empty()) return;
  std::vector<int64_t> sorted(from.size());
  for (size_t i = 0; i < from.size(); ++i) sorted[i] = values[first + from[i]];
  std::ranges::copy(sorted, values.begin() + static_cast<ptrdiff_t>(first));
}

template <typename Less>
bool IsInOrder(size_t first, size_t last, Less less) {
  for (size_t at = first + 1; at < last; ++at) {
    if (less(at, at - 1)) return false;
  }
  return true;
}

// Sorts the places of each group that are not in order: `act(first, order)`.
template <typename Less, typename Act>
void SortGroups(const std::vector<uint32_t>& begin, Less less, Act act) {
  for (size_t group = 0; group + 1 < begin.size(); ++group) {
    const uint32_t first = begin[group], last = begin[group + 1];
    if (IsInOrder(first, last, less)) continue;
    std::vector<uint32_t> order(last - first);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order,
                             [&](uint32_t a, uint32_t b) { return less(first + a, first + b); });
    act(first, order);
  }
}

}  // namespace

void WindowIndex::Place(const Window& window, GatheredRows rows) {
  const std::vector<uint32_t> places = ByGroup(rows.group, keys_.size(), begin_);
  event_ = Placed(rows.event, places);
  values_ = Placed(rows.values, places);
  std::vector<int64_t> known = Placed(rows.known, places);
  const auto sort = [&](uint32_t first, const std::vector<uint32_t>& order) {
    for (auto* values : {&event_, &values_, &known}) Reorder(*values, first, order);
  };
  if (known.empty()) {
    SortGroups(begin_, [&](size_t a, size_t b) { return event_[a] < event_[b]; }, sort);
  } else {
    SortGroups(
        begin_,
        [&](size_t a, size_t b) {
          return event_[a] != event_[b] ? event_[a] < event_[b] : known[a] < known[b];
        },
        sort);
    NoteLate(window, known);
  }
  const bool sums = window.aggregate == Aggregate::kSum || window.aggregate == Aggregate::kMean;
  if (sums && window.type == Type::kFloat) lowest_ = FixedSum::LowestFor(values_);
  if (rows.texts.size() == 0) rows.texts.Add("");
  dictionary_ = rows.texts.Snapshot();
}

// In which order rows come to be seen, where that is another than the one in which they happen.
void WindowIndex::NoteLate(const Window& window, const std::vector<int64_t>& known) {
  bool late = false;
  for (size_t at = 0; at < known.size() && !late; ++at) late = known[at] > event_[at];
  if (!late) return;
  seen_.resize(known.size());
  for (size_t at = 0; at < known.size(); ++at) seen_[at] = std::max(event_[at], known[at]);
  by_seen_.resize(known.size());
  std::iota(by_seen_.begin(), by_seen_.end(), 0);
  SortGroups(
      begin_, [&](size_t a, size_t b) { return seen_[a] < seen_[b]; },
      [&](uint32_t first, const std::vector<uint32_t>& order) {
        for (size_t i = 0; i < order.size(); ++i) by_seen_[first + i] = first + order[i];
      });
  if (window.aggregate != Aggregate::kLast) return;
  latest_ = by_seen_;
  for (size_t group = 0; group + 1 < begin_.size(); ++group) {
    for (size_t at = begin_[group] + size_t{1}; at < begin_[group + 1]; ++at) {
      latest_[at] = std::max(latest_[at], latest_[at - 1]);
    }
  }
}

Result<std::shared_ptr<const WindowIndex>> WindowIndex::Build(const Window& window,
                                                              std::span<const Batch> table) {
  std::shared_ptr<WindowIndex> index(new WindowIndex(window.keys.size()));
  auto schema = std::make_shared<RowSchema>(OutputSchema(*window.side));
  GatheredRows rows;
  for (const Batch& batch : table) {
    auto side = Execute(*window.side, schema, batch, {});
    if (!side) {
      return Fail(side.error().kind, "of `" + window.dataset + "`, " + side.error().message,
                  side.error().hint);
    }
    Gather(window, batch, *side, index->keys_.Add(*side), rows);
  }
  index->Place(window, std::move(rows));
  return index;
}

}  // namespace opsc::kernel
