// Bytes as the store's own formats write them: little-endian numbers and length-prefixed strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"

namespace opsc {

// Appends to `out`.
class ByteWriter {
 public:
  std::string out;

  void U8(uint8_t number) { out += static_cast<char>(number); }
  void U32(uint32_t number) { Little(number, 4); }
  void U64(uint64_t number) { Little(number, 8); }
  void I64(int64_t number) { Little(static_cast<uint64_t>(number), 8); }
  void Bytes(std::string_view bytes) {  // u32 length, content
    U32(static_cast<uint32_t>(bytes.size()));
    out += bytes;
  }
  void Hash(const Digest& digest) {
    out.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
  }
  void Stat(const FileStat& stat) {
    U8(static_cast<uint8_t>(stat.type));
    U32(stat.mode);
    U64(stat.size);
    U64(stat.inode);
    I64(stat.mtime_ns);
    I64(stat.ctime_ns);
  }

 private:
  void Little(uint64_t number, int size) {
    for (int i = 0; i < size; ++i)
      out += static_cast<char>(static_cast<uint8_t>(number >> (8 * i)));
  }
};

// Reads from the front. After the first read beyond the end everything reads as zero or empty, and
// ok() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  bool at_end() const { return rest_.empty(); }

  uint8_t U8() { return static_cast<uint8_t>(Little(1)); }
  uint32_t U32() { return static_cast<uint32_t>(Little(4)); }
  uint64_t U64() { return Little(8); }
  int64_t I64() { return static_cast<int64_t>(Little(8)); }
  std::string_view Bytes() { return Take(U32()); }
  std::string Text() { return std::string(Bytes()); }
  Digest Hash() {
    Digest digest;
    std::string_view bytes = Take(digest.bytes.size());
    if (!bytes.empty()) std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
    return digest;
  }
  FileStat Stat() {
    FileStat stat;
    stat.type = static_cast<FileType>(U8());
    stat.mode = U32();
    stat.size = U64();
    stat.inode = U64();
    stat.mtime_ns = I64();
    stat.ctime_ns = I64();
    return stat;
  }
  std::string_view Take(size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  uint64_t Little(size_t size) {
    uint64_t number = 0;
    std::string_view bytes = Take(size);
    for (size_t i = 0; i < bytes.size(); ++i)
      number |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
    return number;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace opsc
