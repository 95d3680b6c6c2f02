// Content digests: SHA-256 (FIPS 180-4), printed as 64 lower-case hex digits.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace opsc {

// The SHA-256 of some bytes. All zero means "none".
struct Digest {
  std::array<uint8_t, 32> bytes{};

  bool empty() const { return *this == Digest{}; }
  std::string Hex() const;
  std::string Short() const { return Hex().substr(0, 12); }
  static std::optional<Digest> FromHex(std::string_view hex);

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

Digest Sha256(std::string_view bytes);

// Feeds length-prefixed parts, so that ("ab","c") and ("a","bc") differ.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& Raw(std::string_view bytes);   // no length prefix: streaming file content
  Hasher& Part(std::string_view bytes);  // 8-byte little-endian length, then the bytes
  Hasher& Part(uint64_t number);
  Hasher& Part(const Digest& digest);
  Digest Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace opsc

template <>
struct std::hash<opsc::Digest> {
  size_t operator()(const opsc::Digest& d) const noexcept {
    size_t h;
    std::memcpy(&h, d.bytes.data(), sizeof h);
    return h;
  }
};
