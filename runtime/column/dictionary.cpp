#include "runtime/column/dictionary.h"

#include <cstring>
#include <functional>
#include <utility>

namespace opsc {
namespace {

constexpr size_t kFirstSlots = 64;  // a power of two

// A few instructions for the short strings that columns hold; longer ones by the library's hash.
uint32_t HashText(std::string_view text) {
  if (text.size() > 16) return static_cast<uint32_t>(std::hash<std::string_view>{}(text));
  uint64_t a = 0;
  uint64_t b = 0;
  if (text.size() >= 8) {
    std::memcpy(&a, text.data(), 8);
    std::memcpy(&b, text.data() + text.size() - 8, 8);
  } else if (text.size() >= 4) {
    std::memcpy(&a, text.data(), 4);
    std::memcpy(&b, text.data() + text.size() - 4, 4);
  } else {
    for (char c : text) a = a << 8 | static_cast<uint8_t>(c);
  }
  uint64_t h = (a ^ (b * 0x9E3779B97F4A7C15ull) ^ text.size()) * 0xD6E8FEB86659FD93ull;
  h ^= h >> 32;
  return static_cast<uint32_t>(h * 0xD6E8FEB86659FD93ull >> 32);
}

}  // namespace

Dictionary::Dictionary() : offsets_(Buffer::Zeroed(sizeof(int32_t))) {}

Dictionary::Dictionary(Buffer offsets, Buffer bytes)
    : offsets_(std::move(offsets)), bytes_(std::move(bytes)) {
  OPS_CHECK(offsets_.size() >= sizeof(int32_t), "a dictionary has a first offset");
}

std::optional<int32_t> Dictionary::Find(std::string_view text) const {
  for (size_t code = 0; code < size(); ++code) {
    if ((*this)[static_cast<int32_t>(code)] == text) return static_cast<int32_t>(code);
  }
  return std::nullopt;
}

DictionaryBuilder::DictionaryBuilder() {
  Clear();
}

void DictionaryBuilder::Clear() {
  slots_.assign(kFirstSlots, Slot{});
  offsets_.assign(1, 0);
  bytes_.clear();
  count_ = 0;
  byte_count_ = 0;
}

std::string_view DictionaryBuilder::At(int32_t code) const {
  auto from = static_cast<size_t>(offsets_[code]);
  return {bytes_.data() + from, static_cast<size_t>(offsets_[code + 1]) - from};
}

int32_t DictionaryBuilder::Add(std::string_view text) {
  uint32_t hash = HashText(text);
  size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  for (; slots_[at].code >= 0; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && At(slots_[at].code) == text) return slots_[at].code;
  }
  auto code = static_cast<int32_t>(count_++);
  slots_[at] = {hash, code};
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  byte_count_ = bytes_.size();
  OPS_CHECK(byte_count_ < (size_t{1} << 31), "a dictionary's bytes fit an int32 offset");
  offsets_.push_back(static_cast<int32_t>(byte_count_));
  if (count_ * 2 > slots_.size()) Grow();
  return code;
}

void DictionaryBuilder::Grow() {
  std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.code < 0) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].code >= 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

DictionaryPtr DictionaryBuilder::Snapshot() const {
  return std::make_shared<const Dictionary>(
      Buffer::Copy(offsets_.data(), offsets_.size() * sizeof(int32_t)),
      Buffer::Copy(bytes_.data(), bytes_.size()));
}

}  // namespace opsc
