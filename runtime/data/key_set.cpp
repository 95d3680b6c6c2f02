#include "runtime/data/key_set.h"

#include <bit>
#include <cstring>
#include <utility>

namespace opsc {
namespace {

// A bijection that spreads (the finaliser of SplitMix64).
uint64_t Spread(uint64_t x) {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9ull;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBull;
  return x ^ x >> 31;
}

// The first free slot of the key, or where it stands.
template <typename T>
size_t Probe(const std::vector<T>& slots, const T& key, uint64_t hash) {
  size_t mask = slots.size() - 1;
  size_t at = hash & mask;
  while (slots[at] != T{} && slots[at] != key) at = (at + 1) & mask;
  return at;
}

}  // namespace

void KeyHasher::Mix(uint64_t word) {
  state_.low = Spread(state_.low ^ word) + 0x9E3779B97F4A7C15ull;
  state_.high = Spread(std::rotl(state_.high, 23) + word * 0xFF51AFD7ED558CCDull);
}

void KeyHasher::AddInt(int64_t value) {
  Mix(1);
  Mix(static_cast<uint64_t>(value));
}

void KeyHasher::AddFloat(double value) {
  Mix(2);
  Mix(std::bit_cast<uint64_t>(value == 0 ? 0.0 : value));
}

void KeyHasher::AddText(std::string_view text) {
  Mix(3);
  Mix(text.size());
  for (; text.size() >= 8; text.remove_prefix(8)) {
    uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    Mix(word);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  Mix(rest);
}

void KeyHasher::AddNull() {
  Mix(4);
}

KeyHash KeyHasher::Finish() const {
  // `high` is never 0, so that it cannot be taken for a single integer.
  return {Spread(state_.low ^ state_.high), Spread(state_.high) | 1};
}

bool KeySet::Insert(const KeyHash& key) {
  if (key == KeyHash{}) return !std::exchange(has_zero_, true);
  if (key.high != 0 && !is_wide_) {
    is_wide_ = true;
    std::vector<uint64_t> old = std::exchange(narrow_, {});
    wide_.resize(old.size());
    for (uint64_t low : old) {
      if (low != 0) wide_[Probe(wide_, {low, 0}, Spread(low))] = {low, 0};
    }
  }
  if ((count_ + 1) * 2 > (is_wide_ ? wide_.size() : narrow_.size())) Grow();
  if (is_wide_) {
    KeyHash& slot = wide_[Probe(wide_, key, Spread(key.low))];
    if (slot == key) return false;
    slot = key;
  } else {
    uint64_t& slot = narrow_[Probe(narrow_, key.low, Spread(key.low))];
    if (slot == key.low) return false;
    slot = key.low;
  }
  ++count_;
  return true;
}

void KeySet::Grow() {
  constexpr size_t kFirst = 1024;
  if (is_wide_) {
    std::vector<KeyHash> old(wide_.empty() ? kFirst : wide_.size() * 2);
    old.swap(wide_);
    for (const KeyHash& key : old) {
      if (key != KeyHash{}) wide_[Probe(wide_, key, Spread(key.low))] = key;
    }
    return;
  }
  std::vector<uint64_t> old(narrow_.empty() ? kFirst : narrow_.size() * 2);
  old.swap(narrow_);
  for (uint64_t key : old) {
    if (key != 0) narrow_[Probe(narrow_, key, Spread(key))] = key;
  }
}

std::vector<size_t> IdentityOf(const RowSchema& schema) {
  std::vector<size_t> fields = schema.Keys();
  if (fields.empty()) return fields;
  if (auto known = schema.KnownAt(); known && !schema.fields[*known].roles.key) {
    fields.push_back(*known);
  }
  return fields;
}

KeyHash KeyOf(std::span<const Column> columns, std::span<const size_t> fields, size_t row) {
  if (fields.size() == 1 && IsInteger(columns[fields[0]].type) && !columns[fields[0]].IsNull(row)) {
    return {static_cast<uint64_t>(columns[fields[0]].ints()[row]), 0};
  }
  KeyHasher hasher;
  for (size_t field : fields) {
    const Column& column = columns[field];
    if (column.IsNull(row)) {
      hasher.AddNull();
    } else if (column.type == ColumnType::kString) {
      hasher.AddText(column.text(row));
    } else if (IsFloat(column.type)) {
      hasher.AddFloat(column.floats()[row]);
    } else if (column.type == ColumnType::kBool) {
      hasher.AddInt(column.bools()[row]);
    } else {
      hasher.AddInt(column.ints()[row]);
    }
  }
  return hasher.Finish();
}

}  // namespace opsc
