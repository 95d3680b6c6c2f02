// Memory of columns, laid out as Apache Arrow lays out its buffers.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "runtime/base/check.h"

namespace opsc {

// A run of bytes: owned, or a part of something kept alive (a mapped file, an Arrow array). Copies
// share the memory, so it is written only while there is one owner. Owned memory is aligned to 64
// bytes and padded with zeros to a multiple of 64: a vectorised loop may run over the end.
class Buffer {
 public:
  Buffer() = default;
  // Of `bytes` zero bytes.
  static Buffer Zeroed(size_t bytes);
  // A copy of these bytes.
  static Buffer Copy(const void* data, size_t bytes);
  // Not owned; `keeper` lives as long as any copy. REQUIRES: `data` is aligned for what is read.
  static Buffer View(const void* data, size_t bytes, std::shared_ptr<const void> keeper);

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }  // bytes, without the padding
  const std::byte* data() const { return data_; }

  template <typename T>
  std::span<const T> As() const {
    return {reinterpret_cast<const T*>(data_), size_ / sizeof(T)};
  }
  // REQUIRES: owned and not shared.
  template <typename T>
  std::span<T> Writable() {
    OPS_CHECK(data_ == nullptr || (owned_ && keeper_.use_count() == 1), "a buffer is shared");
    return {reinterpret_cast<T*>(const_cast<std::byte*>(data_)), size_ / sizeof(T)};
  }
  // Grows or shrinks, keeping what is there; new bytes are zero. REQUIRES: as Writable.
  void Resize(size_t bytes);
  // Becomes what Zeroed gives, in the memory there is where it has room and nobody shares it.
  void Reset(size_t bytes);
  // Bytes [from, from + bytes), sharing the memory.
  Buffer Part(size_t from, size_t bytes) const;

 private:
  // Shared, because batches, their slices and kernels' results hold on to the same columns from
  // many threads and none of them is the last one for certain.
  std::shared_ptr<const void> keeper_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
  bool owned_ = false;
};

}  // namespace opsc
