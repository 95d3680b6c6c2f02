// Distinct strings by number: how string columns hold their text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/column/buffer.h"

namespace opsc {

// Distinct strings, numbered from 0; immutable. The layout is Arrow's utf8: `size() + 1` offsets of
// int32 into the bytes. It may hold strings that no row of a batch uses.
class Dictionary {
 public:
  Dictionary();
  // REQUIRES: offsets grow and end within `bytes`; the strings are distinct.
  Dictionary(Buffer offsets, Buffer bytes);

  size_t size() const { return offsets_.As<int32_t>().size() - 1; }
  std::string_view operator[](int32_t code) const {
    const int32_t* at = offsets_.As<int32_t>().data() + code;
    return {reinterpret_cast<const char*>(bytes_.data()) + at[0],
            static_cast<size_t>(at[1] - at[0])};
  }
  // The number of a string; linear in the size (once a batch, not once a row).
  std::optional<int32_t> Find(std::string_view text) const;

  const Buffer& offsets() const { return offsets_; }
  const Buffer& bytes() const { return bytes_; }

 private:
  Buffer offsets_;
  Buffer bytes_;
};

// Shared, because all batches of a chunk and what kernels make of them use the same one.
using DictionaryPtr = std::shared_ptr<const Dictionary>;

// Numbers strings as they come.
class DictionaryBuilder {
 public:
  DictionaryBuilder();

  // The number of `text`, new or as before. REQUIRES: all distinct strings together are < 2 GiB.
  int32_t Add(std::string_view text);
  size_t size() const { return count_; }
  size_t byte_size() const { return byte_count_; }  // of all strings
  std::string_view At(int32_t code) const;          // until the next Add
  // What has been added so far; the builder may go on.
  DictionaryPtr Snapshot() const;
  void Clear();

 private:
  struct Slot {
    uint32_t hash = 0;
    int32_t code = -1;
  };
  void Grow();

  std::vector<Slot> slots_;
  std::vector<int32_t> offsets_;
  std::vector<char> bytes_;
  size_t count_ = 0;
  size_t byte_count_ = 0;
};

}  // namespace opsc
