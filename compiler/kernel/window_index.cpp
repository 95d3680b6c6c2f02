#include "compiler/kernel/window_index.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "compiler/kernel/exact_sum.h"
#include "compiler/kernel/execute.h"

namespace opsc::kernel {

// One batch of the other rows: what `side` made of it, and the number of each row's keys, kNone
// where nobody can see the row: it is not kept, or has no time.
struct OtherRows {
  const Batch& in;
  Batch side;
  std::vector<uint32_t> groups;
};

// The other rows by place.
struct PlacedRows {
  std::vector<int64_t> event;
  std::vector<int64_t> known;   // empty: as `event`
  std::vector<int64_t> values;  // empty: they do not matter
  DictionaryBuilder texts;
};

namespace {

void LeaveOut(const Window& window, OtherRows& rows) {
  const auto keep = rows.side.columns[window.keys.size()].bools();
  const Column& event = rows.in.columns[window.event_time];
  const Column& known = rows.in.columns[window.known_at];
  for (size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] == 0) rows.groups[row] = KeyIds::kNone;
  }
  if (!event.has_validity() && !known.has_validity()) return;
  for (size_t row = 0; row < keep.size(); ++row) {
    if (event.IsNull(row) || known.IsNull(row)) rows.groups[row] = KeyIds::kNone;
  }
}

// Where each group begins: by group, rows as they come within each.
std::vector<uint32_t> BeginsOf(std::span<const OtherRows> batches, size_t groups) {
  std::vector<uint32_t> begin(groups + 1, 0);
  for (const OtherRows& rows : batches) {
    for (const uint32_t group : rows.groups) {
      if (group != KeyIds::kNone) ++begin[group + 1];
    }
  }
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  return begin;
}

// Puts rows where they belong: `next` is the next place of each group, `value_of` gives a row's.
template <typename ValueOf>
void PutRows(const Window& window, const OtherRows& rows, ValueOf value_of,
             std::vector<uint32_t>& next, PlacedRows& out) {
  const auto event = rows.in.columns[window.event_time].ints();
  const auto known = rows.in.columns[window.known_at].ints();
  int64_t* known_to = out.known.empty() ? nullptr : out.known.data();
  int64_t* value_to = out.values.empty() ? nullptr : out.values.data();
  for (size_t row = 0; row < event.size(); ++row) {
    const uint32_t group = rows.groups[row];
    if (group == KeyIds::kNone) continue;
    const uint32_t place = next[group]++;
    out.event[place] = event[row];
    if (known_to != nullptr) known_to[place] = known[row];
    if (value_to != nullptr) value_to[place] = value_of(row);
  }
}

void PutBatch(const Window& window, const OtherRows& rows, std::vector<uint32_t>& next,
              PlacedRows& out) {
  const auto put = [&](auto value_of) { PutRows(window, rows, value_of, next, out); };
  if (window.aggregate == Aggregate::kCount) return put([](size_t) { return int64_t{0}; });
  const Column& column = rows.side.columns[window.keys.size() + 1];
  switch (TypeOf(column.type)) {
    case Type::kBool:
      return put([values = column.bools()](size_t row) { return int64_t{values[row]}; });
    case Type::kInt:
      return put([values = column.ints()](size_t row) { return values[row]; });
    case Type::kFloat:
      return put(
          [values = column.floats()](size_t row) { return std::bit_cast<int64_t>(values[row]); });
    case Type::kText:
      return put([&](size_t row) { return int64_t{out.texts.Add(column.text(row))}; });
  }
}

PlacedRows PlacesOf(const Window& window, std::span<const OtherRows> batches,
                    const std::vector<uint32_t>& begin) {
  PlacedRows out;
  out.event.resize(begin.back());
  if (window.known_at != window.event_time) out.known.resize(begin.back());
  if (window.aggregate != Aggregate::kCount) out.values.resize(begin.back());
  std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
  for (const OtherRows& rows : batches) PutBatch(window, rows, next, out);
  return out;
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

void WindowIndex::Place(const Window& window, std::span<const OtherRows> batches) {
  begin_ = BeginsOf(batches, keys_.size());
  PlacedRows rows = PlacesOf(window, batches, begin_);
  event_ = std::move(rows.event);
  values_ = std::move(rows.values);
  std::vector<int64_t> known = std::move(rows.known);
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
  std::vector<OtherRows> rows;
  rows.reserve(table.size());
  for (const Batch& batch : table) {
    auto side = Execute(*window.side, schema, batch, {});
    if (!side) {
      return Fail(side.error().kind, "of `" + window.dataset + "`, " + side.error().message,
                  side.error().hint);
    }
    std::vector<uint32_t> groups = index->keys_.Add(*side);
    LeaveOut(window, rows.emplace_back(batch, *std::move(side), std::move(groups)));
  }
  index->Place(window, rows);
  return index;
}

}  // namespace opsc::kernel
