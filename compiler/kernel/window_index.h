// The rows of another dataset, ready to be looked at by key and time.
#pragma once

#include <memory>
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

  size_t At(uint32_t before, int64_t key) const;
  uint32_t Number(uint32_t before, int64_t key);
  void Grow();

  std::vector<Slot> slots_ = std::vector<Slot>(64);
  size_t used_ = 0;
  std::vector<Texts> texts_;  // of text keys, by position
  uint32_t next_ = 1;
  size_t groups_ = 0;
};

// Rows by the number of their keys, and in each group by event time, then known time, then position
// in the dataset. Immutable once it is built: thread-safe.
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

  KeyIds keys_;
  std::vector<uint32_t> begin_;    // of each group, and the end of the last
  std::vector<int64_t> event_;     // by place
  std::vector<int64_t> seen_;      // by place: when it can be seen, event or known, the later
  std::vector<uint32_t> by_seen_;  // places of each group, in the order of `seen_`
  std::vector<int64_t> values_;    // by place: an int, the bits of a float, a code
  DictionaryPtr dictionary_;       // of text values
};

}  // namespace opsc::kernel
