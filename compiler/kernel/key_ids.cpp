#include <bit>
#include <cmath>

#include "compiler/kernel/window_index.h"

namespace opsc::kernel {
namespace {

// One key of a row as an integer: equal keys, equal integers. False: it equals nothing.
bool KeyOf(const Column& column, size_t row, int64_t& out) {
  if (column.IsNull(row)) return false;
  switch (TypeOf(column.type)) {
    case Type::kBool:
      out = column.bools()[row];
      return true;
    case Type::kInt:
      out = column.ints()[row];
      return true;
    case Type::kFloat: {
      double key = column.floats()[row];
      out = std::bit_cast<int64_t>(key == 0 ? 0.0 : key);
      return !std::isnan(key);
    }
    case Type::kText:
      out = column.codes()[row];
      return true;
  }
  return false;
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
  if (used_ * 2 > slots_.size()) Grow();
  Slot& slot = slots_[At(before, key)];
  if (slot.id == kNone) {
    slot = {key, before, next_++};
    ++used_;
  }
  return slot.id;
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
    bool text = column.type == ColumnType::kString;
    std::vector<int64_t> codes(text ? column.dictionary->size() : 0, -1);
    for (size_t row = 0; row < batch.rows; ++row) {
      int64_t key = 0;
      if (ids[row] == kNone || !KeyOf(column, row, key)) {
        ids[row] = kNone;
        continue;
      }
      if (text) {
        int64_t& code = codes[static_cast<size_t>(key)];
        if (code < 0) {
          auto count = static_cast<int64_t>(texts_[k].size());
          code = texts_[k].try_emplace(std::string(column.text(row)), count).first->second;
        }
        key = code;
      }
      ids[row] = Number(ids[row], key);
    }
  }
  if (!texts_.empty()) groups_ = next_;
  return ids;
}

std::vector<uint32_t> KeyIds::Find(const Batch& batch) const {
  std::vector<uint32_t> ids(batch.rows, 0);
  for (size_t k = 0; k < texts_.size(); ++k) {
    const Column& column = batch.columns[k];
    bool text = column.type == ColumnType::kString;
    std::vector<int64_t> codes(text ? column.dictionary->size() : 0, -2);
    for (size_t row = 0; row < batch.rows; ++row) {
      int64_t key = 0;
      if (ids[row] == kNone || !KeyOf(column, row, key)) {
        ids[row] = kNone;
        continue;
      }
      if (text) {
        int64_t& code = codes[static_cast<size_t>(key)];
        if (code == -2) {
          auto known = texts_[k].find(std::string(column.text(row)));
          code = known == texts_[k].end() ? -1 : known->second;
        }
        key = code;
      }
      ids[row] = slots_[At(ids[row], key)].id;
    }
  }
  return ids;
}

}  // namespace opsc::kernel
