// Which node is next: a ready set over a dependency graph, longest remaining way first.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

namespace opsc {

// Items by number, each ready once all that it needs is done. Linear in items and needs, apart from
// the ordering of what is ready at the same time.
class Schedule {
 public:
  explicit Schedule(size_t count) : items_(count) {}

  // REQUIRES: before Begin.
  void Needs(size_t item, size_t needed);
  void SetDuration(size_t item, int64_t expected_ns) { items_[item].own = expected_ns; }
  // Computes the ways. False where items need each other.
  bool Begin();

  // The ready item with the longest way behind it; nullopt: none is ready now.
  std::optional<size_t> Next();
  // Makes ready what only waited for `item`.
  void Done(size_t item);
  bool finished() const { return done_ == items_.size(); }
  // Expected time from the start of `item` to the end of the last that waits for it.
  int64_t way(size_t item) const { return items_[item].way; }

 private:
  struct ApplyItem {
    std::vector<uint32_t> dependents;
    uint32_t missing = 0;
    int64_t own = 0;
    int64_t way = 0;
  };
  // Longest way first, then the order of items.
  using Ready = std::pair<int64_t, int64_t>;  // way, -item

  std::vector<ApplyItem> items_;
  std::priority_queue<Ready> ready_;
  size_t done_ = 0;
};

// Items that are ready for the same kind of work, at most `room` at a time, most urgent first.
class Lane {
 public:
  explicit Lane(size_t room) : room_(room) {}

  void Push(size_t item, int64_t way) { waiting_.emplace(way, -static_cast<int64_t>(item)); }
  std::optional<size_t> Pop();
  void Release() { ++room_; }
  // Appends all that wait, in no order, and forgets them.
  void Drain(std::vector<size_t>& out);

 private:
  size_t room_;
  std::priority_queue<std::pair<int64_t, int64_t>> waiting_;
};

// Ready tasks by the processors they ask for; gives the most urgent one that fits.
class CpuQueue {
 public:
  explicit CpuQueue(double processors) : free_(processors), all_(processors) {}

  void Push(size_t item, int64_t way, double cpu);
  // Reserves what it asks for (all there are, if it asks for more).
  std::optional<size_t> Pop();
  void Release(double cpu) { free_ += Clamp(cpu); }
  // Appends all that wait, in no order, and forgets them.
  void Drain(std::vector<size_t>& out);

 private:
  double Clamp(double cpu) const;

  double free_;
  double all_;
  std::map<double, std::priority_queue<std::pair<int64_t, int64_t>>> waiting_;
};

}  // namespace opsc
