#include "runtime/column/buffer.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <utility>

namespace opsc {
namespace {

constexpr size_t kAlignment = 64;

size_t Padded(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
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
  // One allocation with its count, aligned by hand: small ones are made for every request.
  auto keeper = std::make_shared_for_overwrite<std::byte[]>(capacity + kAlignment - 1);
  const auto at = reinterpret_cast<uintptr_t>(keeper.get());
  std::byte* fresh = keeper.get() + (Padded(at) - at);
  if (size_ > 0) std::memcpy(fresh, old, size_);
  std::memset(fresh + size_, 0, capacity - size_);
  keeper_ = std::move(keeper);
  data_ = fresh;
  size_ = bytes;
  capacity_ = capacity;
  owned_ = true;
}

void Buffer::Reset(size_t bytes) {
  if (!owned_ || keeper_.use_count() != 1 || bytes > capacity_) {
    *this = Zeroed(bytes);
    return;
  }
  std::atomic_thread_fence(std::memory_order_acquire);   // behind the last look of who shared it
  std::memset(const_cast<std::byte*>(data_), 0, size_);  // behind it are zeros
  size_ = bytes;
}

Buffer Buffer::Part(size_t from, size_t bytes) const {
  OPS_CHECK(from + bytes <= size_, "a part of a buffer ends within it");
  return View(data_ + from, bytes, keeper_);
}

}  // namespace opsc
