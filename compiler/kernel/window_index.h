// The rows of another dataset, ready to be looked at by key and time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/kernel/function.h"
#include "runtime/column/batch.h"

namespace opsc::kernel {

// Numbers for the combinations of keys that a table has.
class KeyIds {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFFu;

  explicit KeyIds(size_t keys) : texts_(keys) {}
  size_t size() const { return groups_; }
  // For each row the number of its keys (columns [0, keys) of the batch), kNone where one of them
  // is null or no number. `Add` numbers new combinations, `Find` gives kNone for them.
  std::vector<uint32_t> Add(const Batch& batch);
  std::vector<uint32_t> Find(const Batch& batch) const;

 private:
  struct Slot {
    int64_t key = 0;
    uint32_t before = 0;  // the number of the keys before this one
    uint32_t id = kNone;
  };
  using Texts = std::unordered_map<std::string, int64_t>;

  static bool IsSmall(uint32_t before, int64_t key) {
    return before == 0 && static_cast<uint64_t>(key) < kSmall;
  }
  size_t At(uint32_t before, int64_t key) const;
  uint32_t Number(uint32_t before, int64_t key);
  uint32_t NumberOf(uint32_t before, int64_t key) const;
  void Grow();

  static constexpr uint64_t kSmall = 1 << 16;

  std::vector<uint32_t> small_;  // numbers of first keys from 0 to kSmall, as far as they are used
  std::vector<Slot> slots_ = std::vector<Slot>(64);  // of all others
  size_t used_ = 0;
  std::vector<Texts> texts_;  // of text keys, by position
  uint32_t next_ = 1;
  size_t groups_ = 0;
};

// Rows by the number of their keys, and in each group by event time, then known time, then position
// in the dataset: that is a row's place. Immutable once it is built: thread-safe.
class WindowIndex {
 public:
  // `table`: batches with the columns of `window.side->input`, in order.
  static Result<std::shared_ptr<const WindowIndex>> Build(const Window& window,
                                                          std::span<const Batch> table);

  // The window's number for each row of `here`: a column for each key, then the time.
  Result<Column> Run(const Window& window, const Batch& here) const;

 private:
  friend class WindowSweep;
  explicit WindowIndex(size_t keys) : keys_(keys) {}

  void Place(const Window& window, std::span<const struct OtherRows> batches);
  void NoteLate(const Window& window, const std::vector<int64_t>& known);

  KeyIds keys_;
  std::vector<uint32_t> begin_;  // of each group, and the end of the last
  std::vector<int64_t> event_;   // by place
  std::vector<int64_t> values_;  // by place: an int, the bits of a float, a code
  DictionaryPtr dictionary_;     // of text values
  std::optional<int> lowest_;    // of float values, as FixedSum has it

  // Where rows are known later than they happen; else empty: rows are seen in the order of places.
  std::vector<int64_t> seen_;      // by place: when it can be seen, event or known, the later
  std::vector<uint32_t> by_seen_;  // places of each group, in the order of `seen_`
  std::vector<uint32_t> latest_;   // for `last`: the greatest place of the group so far in by_seen_
};

}  // namespace opsc::kernel
