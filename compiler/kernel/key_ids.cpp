#include <bit>
#include <cmath>

#include "compiler/kernel/window_index.h"

namespace opsc::kernel {
namespace {

// The keys of a column as integers (equal keys, equal integers), each put behind the number of
// those before it: `number(before, key, row)`. Null, and what is no number, equals nothing.
template <typename Number>
void PutBehind(const Column& column, std::vector<uint32_t>& ids, Number number) {
  const bool nulls = column.has_validity();
  const auto each = [&](auto key_of) {
    for (size_t row = 0; row < ids.size(); ++row) {
      int64_t key = 0;
      const bool is_key =
          ids[row] != KeyIds::kNone && !(nulls && column.IsNull(row)) && key_of(row, key);
      ids[row] = is_key ? number(ids[row], key, row) : KeyIds::kNone;
    }
  };
  const auto plain = [&](auto values) {
    each([values](size_t row, int64_t& key) {
      key = values[row];
      return true;
    });
  };
  switch (TypeOf(column.type)) {
    case Type::kBool:
      return plain(column.bools());
    case Type::kInt:
      return plain(column.ints());
    case Type::kText:
      return plain(column.codes());
    case Type::kFloat:
      return each([values = column.floats()](size_t row, int64_t& key) {
        key = std::bit_cast<int64_t>(values[row] == 0 ? 0.0 : values[row]);
        return !std::isnan(values[row]);
      });
  }
}

}  // namespace

size_t KeyIds::At(uint32_t before, int64_t key) const {
  uint64_t hash = (static_cast<uint64_t>(key) ^ (uint64_t{before} << 32)) * 0x9E3779B97F4A7C15ull;
  hash ^= hash >> 29;
  size_t mask = slots_.size() - 1;
  size_t at = hash * 0xD6E8FEB86659FD93ull >> 20 & mask;
  while (slots_[at].id != kNone && (slots_[at].key != key || slots_[at].before != before)) {
    at = (at + 1) & mask;
  }
  return at;
}

uint32_t KeyIds::Number(uint32_t before, int64_t key) {
  if (IsSmall(before, key)) {
    const auto at = static_cast<size_t>(key);
    if (at >= small_.size()) small_.resize(std::bit_ceil(at + 1), kNone);
    if (small_[at] == kNone) small_[at] = next_++;
    return small_[at];
  }
  if (used_ * 2 > slots_.size()) Grow();
  Slot& slot = slots_[At(before, key)];
  if (slot.id == kNone) {
    slot = {key, before, next_++};
    ++used_;
  }
  return slot.id;
}

uint32_t KeyIds::NumberOf(uint32_t before, int64_t key) const {
  if (!IsSmall(before, key)) return slots_[At(before, key)].id;
  const auto at = static_cast<size_t>(key);
  return at < small_.size() ? small_[at] : kNone;
}

void KeyIds::Grow() {
  std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const Slot& slot : old) {
    if (slot.id != kNone) slots_[At(slot.before, slot.key)] = slot;
  }
}

// Each key in turn: the number of what stands before it (0: nothing), with it, has a number.
std::vector<uint32_t> KeyIds::Add(const Batch& batch) {
  std::vector<uint32_t> ids(batch.rows, 0);
  if (texts_.empty()) groups_ = 1;
  for (size_t k = 0; k < texts_.size(); ++k) {
    const Column& column = batch.columns[k];
    if (column.type != ColumnType::kString) {
      PutBehind(column, ids,
                [&](uint32_t before, int64_t key, size_t) { return Number(before, key); });
      continue;
    }
    std::vector<int64_t> codes(column.dictionary->size(), -1);
    PutBehind(column, ids, [&](uint32_t before, int64_t key, size_t row) {
      int64_t& code = codes[static_cast<size_t>(key)];
      if (code < 0) {
        auto count = static_cast<int64_t>(texts_[k].size());
        code = texts_[k].try_emplace(std::string(column.text(row)), count).first->second;
      }
      return Number(before, code);
    });
  }
  if (!texts_.empty()) groups_ = next_;
  return ids;
}

std::vector<uint32_t> KeyIds::Find(const Batch& batch) const {
  std::vector<uint32_t> ids(batch.rows, 0);
  const auto find = [&](uint32_t before, int64_t key) { return NumberOf(before, key); };
  for (size_t k = 0; k < texts_.size(); ++k) {
    const Column& column = batch.columns[k];
    if (column.type != ColumnType::kString) {
      PutBehind(column, ids,
                [&](uint32_t before, int64_t key, size_t) { return find(before, key); });
      continue;
    }
    std::vector<int64_t> codes(column.dictionary->size(), -2);
    PutBehind(column, ids, [&](uint32_t before, int64_t key, size_t row) {
      int64_t& code = codes[static_cast<size_t>(key)];
      if (code == -2) {
        auto known = texts_[k].find(std::string(column.text(row)));
        code = known == texts_[k].end() ? -1 : known->second;
      }
      return find(before, code);
    });
  }
  return ids;
}

}  // namespace opsc::kernel
