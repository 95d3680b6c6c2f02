#include "runtime/column/buffer.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace opsc {
namespace {

constexpr std::align_val_t kAlignment{64};

size_t Padded(size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

}  // namespace

Buffer Buffer::Zeroed(size_t bytes) {
  Buffer out;
  out.Resize(bytes);
  return out;
}

Buffer Buffer::Copy(const void* data, size_t bytes) {
  Buffer out = Zeroed(bytes);
  if (bytes > 0) std::memcpy(out.Writable<std::byte>().data(), data, bytes);
  return out;
}

Buffer Buffer::View(const void* data, size_t bytes, std::shared_ptr<const void> keeper) {
  Buffer out;
  out.keeper_ = std::move(keeper);
  out.data_ = static_cast<const std::byte*>(data);
  out.size_ = bytes;
  return out;
}

void Buffer::Resize(size_t bytes) {
  auto* old = Writable<std::byte>().data();
  if (bytes <= capacity_ && owned_) {
    if (bytes < size_) std::memset(old + bytes, 0, size_ - bytes);
    size_ = bytes;
    return;
  }
  size_t capacity = Padded(std::max(bytes, size_ == 0 ? bytes : size_ * 2));
  if (capacity == 0) return;
  auto* fresh = static_cast<std::byte*>(::operator new(capacity, kAlignment));
  std::shared_ptr<const void> keeper(
      fresh, [](const void* memory) { ::operator delete(const_cast<void*>(memory), kAlignment); });
  if (size_ > 0) std::memcpy(fresh, old, size_);
  std::memset(fresh + size_, 0, capacity - size_);
  keeper_ = std::move(keeper);
  data_ = fresh;
  size_ = bytes;
  capacity_ = capacity;
  owned_ = true;
}

Buffer Buffer::Part(size_t from, size_t bytes) const {
  OPS_CHECK(from + bytes <= size_, "a part of a buffer ends within it");
  return View(data_ + from, bytes, keeper_);
}

}  // namespace opsc
