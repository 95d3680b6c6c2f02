// Keys that were seen.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/column/batch.h"

namespace opsc {

// The 128 bits that stand for a key; of a single integer column the value itself.
struct KeyHash {
  uint64_t low = 0;
  uint64_t high = 0;

  friend bool operator==(const KeyHash&, const KeyHash&) = default;
  friend auto operator<=>(const KeyHash&, const KeyHash&) = default;
};

// Collects the parts of a key in their order.
class KeyHasher {
 public:
  void AddInt(int64_t value);
  void AddFloat(double value);  // -0 is 0
  void AddText(std::string_view text);
  void AddNull();
  KeyHash Finish() const;

 private:
  void Mix(uint64_t word);

  KeyHash state_{0x243F6A8885A308D3ull, 0x13198A2E03707344ull};
};

// A set of keys in 8 (single integers) or 16 bytes each, half of it free. Two rows have the same
// key for all practical purposes exactly where their 128 bits are the same.
class KeySet {
 public:
  // False where it was there already.
  bool Insert(const KeyHash& key);
  size_t size() const { return count_ + (has_zero_ ? 1 : 0); }

 private:
  void Grow();

  std::vector<uint64_t> narrow_;  // slots while every `high` is 0
  std::vector<KeyHash> wide_;     // slots from then on
  bool is_wide_ = false;
  bool has_zero_ = false;  // the key of zeros, which marks free slots
  size_t count_ = 0;
};

// Which fields identify a row: its `@key`s and, where there is one, `@known_at`: a later row with
// the same key corrects an earlier one. Empty: rows are not identified.
std::vector<size_t> IdentityOf(const RowSchema& schema);
// The key of one row. REQUIRES: `fields` is not empty.
KeyHash KeyOf(std::span<const Column> columns, std::span<const size_t> fields, size_t row);

}  // namespace opsc
