// One pass over a group of rows and those that look at it, both in order of time.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <ranges>

#include "compiler/kernel/window_answer.h"
#include "compiler/kernel/window_index.h"

namespace opsc::kernel {
namespace {

// A row that looks at a group.
struct Look {
  uint32_t group;
  uint32_t row;
  int64_t time;
};

bool IsBefore(const Look& a, const Look& b) {
  return a.group != b.group ? a.group < b.group : a.time < b.time;
}

// In order of group, then time, where there are fewer rows than groups.
std::vector<Look> FewInOrder(std::span<const int64_t> times, const std::vector<uint32_t>& groups,
                             size_t count) {
  std::vector<Look> looks;
  for (uint32_t row = 0; row < groups.size(); ++row) {
    if (groups[row] < count) looks.push_back({groups[row], row, times[row]});
  }
  std::ranges::stable_sort(looks, IsBefore);
  return looks;
}

// In order of group, then time. kNone is no group.
std::vector<Look> InOrder(const Batch& here, const std::vector<uint32_t>& groups, size_t count) {
  const auto times = here.columns.back().ints();
  if (count > 4 * groups.size()) return FewInOrder(times, groups, count);
  std::vector<uint32_t> begin(count + 1, 0);
  for (const uint32_t group : groups) {
    if (group < count) ++begin[group + 1];
  }
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<Look> sorted(begin.back());
  std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
  for (uint32_t row = 0; row < groups.size(); ++row) {
    if (groups[row] < count) sorted[next[groups[row]]++] = {groups[row], row, times[row]};
  }
  for (size_t group = 0; group < count; ++group) {
    const auto first = sorted.begin() + begin[group];
    const auto last = sorted.begin() + begin[group + 1];
    if (!std::is_sorted(first, last, IsBefore)) std::stable_sort(first, last, IsBefore);
  }
  return sorted;
}

// Has the row at `event` left a window of `last` at `time`?
bool IsPast(int64_t event, int64_t time, int64_t last) {
  int64_t age = 0;
  return __builtin_sub_overflow(time, event, &age) || age >= last;
}

ColumnType ColumnTypeOf(Type type) {
  constexpr ColumnType kTypes[] = {ColumnType::kBool, ColumnType::kInt, ColumnType::kFloat,
                                   ColumnType::kString};
  return kTypes[static_cast<size_t>(type)];
}

// A column that is filled in any order.
class Answers {
 public:
  explicit Answers(Column& column)
      : column_(column),
        type_(TypeOf(column.type)),
        to_(column.values.Writable<std::byte>().data()) {}
  void Put(size_t row, int64_t value) {
    switch (type_) {
      case Type::kBool:
        reinterpret_cast<uint8_t*>(to_)[row] = static_cast<uint8_t>(value);
        return;
      case Type::kFloat:
        reinterpret_cast<double*>(to_)[row] = std::bit_cast<double>(value);
        return;
      case Type::kText:
        reinterpret_cast<int32_t*>(to_)[row] = static_cast<int32_t>(value);
        return;
      case Type::kInt:
        reinterpret_cast<int64_t*>(to_)[row] = value;
        return;
    }
  }
  void PutNull(size_t row) { column_.SetNull(row); }

 private:
  Column& column_;
  Type type_;
  std::byte* to_;
};

}  // namespace

// One group and its looks.
class WindowSweep {
 public:
  WindowSweep(const WindowIndex& index, const Window& window) : index_(index), window_(window) {}

  std::optional<int> lowest() const { return index_.lowest_; }

  // False where the answer of a row does not fit; `failed` is that row.
  template <typename Answer>
  bool Run(std::span<const Look> looks, Answer answer, Answers& out, size_t& failed) {
    uint32_t group = looks.front().group;
    uint32_t begin = index_.begin_[group];
    uint32_t end = index_.begin_[group + 1];
    const bool late = !index_.by_seen_.empty();
    auto [coming, going] = Start(begin, end, looks.front().time);
    uint32_t first = going;
    if (late) active_.assign(end - first, false);
    for (const Look& look : looks) {
      coming = late ? LateComers(coming, end, first, look.time, answer)
                    : Comers(coming, end, first, look.time, answer);
      for (; window_.last && going < end && Past(going, look.time); ++going) {
        if (late ? active_[going - first] : going < coming) {
          answer.Remove(going - first, Value(going));
        }
      }
      int64_t value = 0;
      bool fails = false;
      bool there = answer.Read(value, fails);
      if (fails) {
        failed = look.row;
        return false;
      }
      there ? out.Put(look.row, value) : out.PutNull(look.row);
    }
    return true;
  }

  // The value of the row that happened last, of those that can be seen: no row has to be looked at.
  void RunLast(std::span<const Look> looks, Answers& out) const {
    uint32_t group = looks.front().group;
    uint32_t begin = index_.begin_[group];
    uint32_t end = index_.begin_[group + 1];
    uint32_t seen = begin;
    for (const Look& look : looks) {
      seen = UpTo(seen, end, look.time);
      uint32_t place = seen == begin ? begin : seen - 1;
      if (seen > begin && !index_.latest_.empty()) place = index_.latest_[place];
      if (seen == begin || Past(place, look.time)) {
        out.PutNull(look.row);
      } else {
        out.Put(look.row, Value(place));
      }
    }
  }

 private:
  // From where on rows can be in a window at `time` or later: in the order of being seen, and by
  // event time.
  std::pair<uint32_t, uint32_t> Start(uint32_t begin, uint32_t end, int64_t time) const {
    if (!window_.last) return {begin, begin};
    auto past = [&](uint32_t place) { return Past(place, time); };
    auto places = std::views::iota(begin, end);
    uint32_t going = *std::ranges::partition_point(places, past);
    if (index_.by_seen_.empty()) return {going, going};
    int64_t oldest = 0;
    if (__builtin_sub_overflow(time, *window_.last, &oldest)) return {begin, going};
    uint32_t coming =
        *std::ranges::partition_point(places, [&](uint32_t at) { return Seen(at) <= oldest; });
    return {coming, going};
  }

  // Rows that are seen when they happen: places from `coming` on.
  template <typename Answer>
  uint32_t Comers(uint32_t coming, uint32_t end, uint32_t first, int64_t time,
                  Answer& answer) const {
    for (; coming < end && index_.event_[coming] <= time; ++coming) {
      answer.Add(coming - first, Value(coming));
    }
    return coming;
  }
  template <typename Answer>
  uint32_t LateComers(uint32_t coming, uint32_t end, uint32_t first, int64_t time, Answer& answer) {
    for (; coming < end && Seen(coming) <= time; ++coming) {
      uint32_t place = index_.by_seen_[coming];
      if (place < first || Past(place, time)) continue;
      active_[place - first] = true;
      answer.Add(place - first, Value(place));
    }
    return coming;
  }
  // Behind the last row that can be seen at `time`: steps that double, then halves.
  uint32_t UpTo(uint32_t from, uint32_t end, int64_t time) const {
    uint32_t step = 1;
    uint32_t low = from;
    while (low + step <= end && Seen(low + step - 1) <= time) {
      low += step;
      step *= 2;
    }
    auto places = std::views::iota(low, std::min(end, low + step));
    return *std::ranges::partition_point(places, [&](uint32_t at) { return Seen(at) <= time; });
  }

  int64_t Seen(uint32_t at) const {
    return index_.seen_.empty() ? index_.event_[at] : index_.seen_[index_.by_seen_[at]];
  }
  bool Past(uint32_t place, int64_t time) const {
    return window_.last && IsPast(index_.event_[place], time, *window_.last);
  }
  int64_t Value(uint32_t place) const { return index_.values_.empty() ? 0 : index_.values_[place]; }

  const WindowIndex& index_;
  const Window& window_;
  std::vector<bool> active_;  // from the first place that can be in a window; where rows are late
};

namespace {

// Calls `act` with the looks of one group after another.
template <typename Act>
void ForEachGroup(std::span<const Look> looks, Act act) {
  for (size_t at = 0; at < looks.size();) {
    size_t end = at + 1;
    while (end < looks.size() && looks[end].group == looks[at].group) ++end;
    act(looks.subspan(at, end - at));
    at = end;
  }
}

template <typename Answer>
Status RunAll(WindowSweep& sweep, std::span<const Look> looks, Answers& out,
              const Answer& empty = {}) {
  size_t failed = SIZE_MAX;
  ForEachGroup(looks, [&](std::span<const Look> group) {
    size_t row = 0;
    if (!sweep.Run(group, empty, out, row)) failed = std::min(failed, row);
  });
  if (failed == SIZE_MAX) return {};
  return Fail(ErrorKind::kInput, fmt::format("row {}: the sum of the window does not fit", failed));
}

// Of floats, by the sum that is enough for them.
template <template <typename> typename Answer>
Status RunFloats(WindowSweep& sweep, std::span<const Look> looks, Answers& out) {
  const auto lowest = sweep.lowest();
  if (!lowest) return RunAll(sweep, looks, out, Answer<ExactSum>());
  return RunAll(sweep, looks, out, Answer<FixedSum>(FixedSum(*lowest)));
}

Status RunFor(const Window& window, WindowSweep& sweep, std::span<const Look> looks, Answers& out) {
  bool real = window.type == Type::kFloat;
  switch (window.aggregate) {
    case Aggregate::kCount:
      return RunAll<CountOf>(sweep, looks, out);
    case Aggregate::kSum:
      return real ? RunFloats<SumOfFloats>(sweep, looks, out)
                  : RunAll<SumOfInts>(sweep, looks, out);
    case Aggregate::kMean:
      return RunFloats<MeanOfFloats>(sweep, looks, out);
    case Aggregate::kMin:
      return real ? RunAll<BestOf<true, true>>(sweep, looks, out)
                  : RunAll<BestOf<true, false>>(sweep, looks, out);
    case Aggregate::kMax:
      return real ? RunAll<BestOf<false, true>>(sweep, looks, out)
                  : RunAll<BestOf<false, false>>(sweep, looks, out);
    case Aggregate::kLast:
      ForEachGroup(looks, [&](std::span<const Look> group) { sweep.RunLast(group, out); });
      return {};
  }
  return {};
}

// Rows whose keys no other row has: of nothing.
void StoreNothing(const Window& window, const std::vector<uint32_t>& groups, size_t count,
                  Column& out) {
  bool null = window.aggregate != Aggregate::kCount && window.aggregate != Aggregate::kSum;
  for (size_t row = 0; null && row < groups.size(); ++row) {
    if (groups[row] == KeyIds::kNone || groups[row] >= count) out.SetNull(row);
  }
}

}  // namespace

Result<Column> WindowIndex::Run(const Window& window, const Batch& here) const {
  Column out = Column::Zeroed(ColumnTypeOf(window.type), here.rows);
  if (window.type == Type::kText) out.dictionary = dictionary_;
  std::vector<uint32_t> groups = keys_.Find(here);
  StoreNothing(window, groups, keys_.size(), out);
  std::vector<Look> looks = InOrder(here, groups, keys_.size());
  WindowSweep sweep(*this, window);
  Answers answers(out);
  OPS_TRY(RunFor(window, sweep, looks, answers));
  return out;
}

}  // namespace opsc::kernel
