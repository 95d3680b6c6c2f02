// One pass over a group of rows and those that look at it, both in order of time.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <queue>
#include <ranges>

#include "compiler/kernel/exact_sum.h"
#include "compiler/kernel/window_index.h"

namespace opsc::kernel {
namespace {

// A row that looks at a group.
struct Look {
  uint32_t group;
  uint32_t row;
  int64_t time;
};

// In order of group, then time.
std::vector<Look> InOrder(const Batch& here, const std::vector<uint32_t>& groups, size_t count) {
  auto times = here.columns.back().ints();
  std::vector<Look> looks;
  looks.reserve(here.rows);
  for (uint32_t row = 0; row < here.rows; ++row) {
    bool nothing = groups[row] == KeyIds::kNone || groups[row] >= count;
    if (!nothing) looks.push_back({groups[row], row, times[row]});
  }
  auto less = [](const Look& a, const Look& b) {
    return std::pair(a.group, a.time) < std::pair(b.group, b.time);
  };
  if (count > 4 * looks.size()) {
    std::ranges::stable_sort(looks, less);
    return looks;
  }
  std::vector<uint32_t> begin(count + 1, 0);
  for (const Look& look : looks) ++begin[look.group + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<Look> sorted(looks.size());
  std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
  for (const Look& look : looks) sorted[next[look.group]++] = look;
  for (size_t group = 0; group < count; ++group) {
    auto first = sorted.begin() + begin[group];
    auto last = sorted.begin() + begin[group + 1];
    if (!std::is_sorted(first, last, less)) std::stable_sort(first, last, less);
  }
  return sorted;
}

// Has the row at `event` left a window of `last` at `time`?
bool IsPast(int64_t event, int64_t time, int64_t last) {
  int64_t age = 0;
  return __builtin_sub_overflow(time, event, &age) || age >= last;
}

// What a window is asked for: rows come and go (by their place among those of the sweep), the
// answer is read. `Read` is false where there is
// none (null); a sum of ints that does not fit sets `fails`.
struct Counted {
  int64_t count = 0;
  void Add(uint32_t, int64_t) { ++count; }
  void Remove(uint32_t, int64_t) { --count; }
  bool Read(int64_t&, bool&) const { return true; }
};

struct CountOf : Counted {
  bool Read(int64_t& out, bool&) const {
    out = count;
    return true;
  }
};

struct SumOfFloats : Counted {
  ExactSum sum;
  void Add(uint32_t, int64_t bits) {
    ++count;
    sum.Add(std::bit_cast<double>(bits));
  }
  void Remove(uint32_t, int64_t bits) {
    --count;
    sum.Remove(std::bit_cast<double>(bits));
  }
  bool Read(int64_t& out, bool&) const {
    out = std::bit_cast<int64_t>(sum.Round());
    return true;
  }
};

struct MeanOfFloats : SumOfFloats {
  bool Read(int64_t& out, bool&) const {
    if (count == 0) return false;
    out = std::bit_cast<int64_t>(sum.Round() / static_cast<double>(count));
    return true;
  }
};

struct SumOfInts : Counted {
  ExactIntSum sum;
  void Add(uint32_t, int64_t value) { sum.Add(value); }
  void Remove(uint32_t, int64_t value) { sum.Remove(value); }
  bool Read(int64_t& out, bool& fails) const {
    fails = !sum.Read(out);
    return true;
  }
};

// The row that happened last: places are in that order, and the last goes last.
struct LastOf : Counted {
  uint32_t place = 0;
  int64_t value = 0;
  void Add(uint32_t at, int64_t of) {
    if (count++ > 0 && at < place) return;
    place = at;
    value = of;
  }
  bool Read(int64_t& out, bool&) const {
    out = value;
    return count > 0;
  }
};

// An order of int64s in which floats stand as they should, -0.0 before 0.0.
int64_t Ordered(int64_t bits, bool is_float) {
  return is_float && bits < 0 ? bits ^ INT64_MAX : bits;
}

// The least or greatest; NaN where one is.
template <bool kLeast, bool kFloat>
struct BestOf : Counted {
  int64_t nans = 0;
  // By value, with the place; those that went are taken off the top when it is read.
  std::priority_queue<std::pair<int64_t, uint32_t>> best;
  std::vector<bool> gone;  // by place

  static bool IsNan(int64_t bits) { return kFloat && std::isnan(std::bit_cast<double>(bits)); }
  void Add(uint32_t at, int64_t bits) {
    ++count;
    if (IsNan(bits)) {
      ++nans;
      return;
    }
    int64_t key = Ordered(bits, kFloat);
    best.emplace(kLeast ? ~key : key, at);
  }
  void Remove(uint32_t at, int64_t bits) {
    --count;
    if (IsNan(bits)) {
      --nans;
      return;
    }
    if (gone.size() <= at) gone.resize(size_t{at} + 1);
    gone[at] = true;
  }
  bool Read(int64_t& out, bool&) {
    while (!best.empty() && best.top().second < gone.size() && gone[best.top().second]) best.pop();
    if (count == 0) return false;
    if (nans > 0) {
      out = std::bit_cast<int64_t>(std::numeric_limits<double>::quiet_NaN());
      return true;
    }
    int64_t key = kLeast ? ~best.top().first : best.top().first;
    out = Ordered(key, kFloat);
    return true;
  }
};

ColumnType ColumnTypeOf(Type type) {
  constexpr ColumnType kTypes[] = {ColumnType::kBool, ColumnType::kInt, ColumnType::kFloat,
                                   ColumnType::kString};
  return kTypes[static_cast<size_t>(type)];
}

void StoreAt(Column& column, size_t row, int64_t value) {
  switch (TypeOf(column.type)) {
    case Type::kBool:
      column.writable_bools()[row] = static_cast<uint8_t>(value);
      break;
    case Type::kFloat:
      column.writable_floats()[row] = std::bit_cast<double>(value);
      break;
    case Type::kText:
      column.writable_codes()[row] = static_cast<int32_t>(value);
      break;
    case Type::kInt:
      column.writable_ints()[row] = value;
      break;
  }
}

}  // namespace

// One group and its looks.
class WindowSweep {
 public:
  WindowSweep(const WindowIndex& index, const Window& window) : index_(index), window_(window) {}

  // False where the answer of a row does not fit; `failed` is that row.
  template <typename Answer>
  bool Run(std::span<const Look> looks, Column& out, size_t& failed) {
    uint32_t group = looks.front().group;
    uint32_t begin = index_.begin_[group];
    uint32_t end = index_.begin_[group + 1];
    auto [coming, going] = Start(begin, end, looks.front().time);
    uint32_t first = going;
    active_.assign(end - first, false);
    Answer answer;
    for (const Look& look : looks) {
      for (; coming < end && Seen(coming) <= look.time; ++coming) {
        uint32_t place = index_.by_seen_[coming];
        if (place < first || Past(place, look.time)) continue;
        active_[place - first] = true;
        answer.Add(place - first, Value(place));
      }
      for (; window_.last && going < end && Past(going, look.time); ++going) {
        if (active_[going - first]) answer.Remove(going - first, Value(going));
      }
      int64_t value = 0;
      bool fails = false;
      bool there = answer.Read(value, fails);
      if (fails) {
        failed = look.row;
        return false;
      }
      if (there) {
        StoreAt(out, look.row, value);
      } else {
        out.SetNull(look.row);
      }
    }
    return true;
  }

 private:
  // From where on rows can be in a window at `time` or later: in `by_seen_`, and by event time.
  std::pair<uint32_t, uint32_t> Start(uint32_t begin, uint32_t end, int64_t time) const {
    if (!window_.last) return {begin, begin};
    auto past = [&](uint32_t place) { return Past(place, time); };
    auto places = std::views::iota(begin, end);
    uint32_t going = *std::ranges::partition_point(places, past);
    int64_t oldest = 0;
    if (__builtin_sub_overflow(time, *window_.last, &oldest)) return {begin, going};
    uint32_t coming =
        *std::ranges::partition_point(places, [&](uint32_t at) { return Seen(at) <= oldest; });
    return {coming, going};
  }

  int64_t Seen(uint32_t at) const { return index_.seen_[index_.by_seen_[at]]; }
  bool Past(uint32_t place, int64_t time) const {
    return window_.last && IsPast(index_.event_[place], time, *window_.last);
  }
  int64_t Value(uint32_t place) const { return index_.values_.empty() ? 0 : index_.values_[place]; }

  const WindowIndex& index_;
  const Window& window_;
  std::vector<bool> active_;  // from the first place that can be in a window
};

namespace {

template <typename Answer>
Status RunAll(WindowSweep& sweep, std::span<const Look> looks, Column& out) {
  size_t failed = SIZE_MAX;
  for (size_t at = 0; at < looks.size();) {
    size_t end = at + 1;
    while (end < looks.size() && looks[end].group == looks[at].group) ++end;
    size_t row = 0;
    if (!sweep.Run<Answer>(looks.subspan(at, end - at), out, row)) failed = std::min(failed, row);
    at = end;
  }
  if (failed == SIZE_MAX) return {};
  return Fail(ErrorKind::kInput, fmt::format("row {}: the sum of the window does not fit", failed));
}

using Runner = Status (*)(WindowSweep&, std::span<const Look>, Column&);

Runner RunnerOf(Aggregate aggregate, Type type) {
  bool real = type == Type::kFloat;
  switch (aggregate) {
    case Aggregate::kCount:
      return RunAll<CountOf>;
    case Aggregate::kSum:
      return real ? RunAll<SumOfFloats> : RunAll<SumOfInts>;
    case Aggregate::kMean:
      return RunAll<MeanOfFloats>;
    case Aggregate::kMin:
      return real ? RunAll<BestOf<true, true>> : RunAll<BestOf<true, false>>;
    case Aggregate::kMax:
      return real ? RunAll<BestOf<false, true>> : RunAll<BestOf<false, false>>;
    case Aggregate::kLast:
      return RunAll<LastOf>;
  }
  return nullptr;
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
  OPS_TRY(RunnerOf(window.aggregate, window.type)(sweep, looks, out));
  return out;
}

}  // namespace opsc::kernel
