#include "runtime/base/symbol.h"

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "runtime/base/check.h"

namespace opsc {
namespace {

// Blocks double in size and never move, so `text()` reads without a lock.
class Interner {
 public:
  Interner() { Intern(""); }

  uint32_t Intern(std::string_view text) {
    {
      std::shared_lock lock(mutex_);
      if (auto it = ids_.find(text); it != ids_.end()) return it->second;
    }
    std::unique_lock lock(mutex_);
    if (auto it = ids_.find(text); it != ids_.end()) return it->second;
    uint32_t id = size_++;
    OPS_CHECK(id < 0xFFFFFFF0u, "too many names");
    std::string& slot = Slot(id);
    slot = text;
    ids_.emplace(slot, id);
    return id;
  }

  std::string_view Text(uint32_t id) { return Slot(id); }

 private:
  std::string& Slot(uint32_t id) {
    uint64_t position = uint64_t{id} + kFirstBlock;
    int block = 63 - __builtin_clzll(position) - kFirstBits;
    std::string* data = blocks_[block].load(std::memory_order_acquire);
    uint64_t block_size = uint64_t{kFirstBlock} << block;
    if (data == nullptr) {
      data = new std::string[block_size];
      blocks_[block].store(data, std::memory_order_release);
    }
    return data[position - block_size];
  }

  static constexpr int kFirstBits = 10;
  static constexpr uint32_t kFirstBlock = 1u << kFirstBits;

  std::shared_mutex mutex_;
  std::unordered_map<std::string_view, uint32_t> ids_;
  std::array<std::atomic<std::string*>, 24> blocks_{};
  uint32_t size_ = 0;
};

Interner& Table() {
  static Interner* table = new Interner;  // never destroyed: names outlive every static
  return *table;
}

// The same few names come again and again: those that a thread has met are found without a lock.
uint32_t IndexOf(std::string_view text) {
  struct Met {
    std::string_view text;  // of the table
    uint32_t index = 0;     // that of ""
  };
  thread_local std::array<Met, 512> met;
  Met& slot = met[std::hash<std::string_view>()(text) % met.size()];
  if (slot.text == text) return slot.index;
  uint32_t index = Table().Intern(text);
  slot = {Table().Text(index), index};
  return index;
}

}  // namespace

Symbol::Symbol(std::string_view text) : index_(IndexOf(text)) {}

std::string_view Symbol::text() const {
  return Table().Text(index_);
}

}  // namespace opsc
