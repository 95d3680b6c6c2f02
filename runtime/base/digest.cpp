#include "runtime/base/digest.h"

// The streaming SHA256_* calls skip OpenSSL 3's provider look-up, which costs more than hashing a
// small key does; the one-shot SHA256 does not.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace opsc {

std::string Digest::Hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex(64, '0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    hex[2 * i] = kDigits[bytes[i] >> 4];
    hex[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return hex;
}

std::optional<Digest> Digest::FromHex(std::string_view hex) {
  auto nibble = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  if (hex.size() != 64) return std::nullopt;
  Digest digest;
  for (size_t i = 0; i < 32; ++i) {
    int high = nibble(hex[2 * i]);
    int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest.bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return digest;
}

Digest Sha256(std::string_view bytes) {
  Digest digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.bytes.data(), &context);
  return digest;
}

struct Hasher::Impl {
  SHA256_CTX context;
};

Hasher::Hasher() : impl_(std::make_unique<Impl>()) {
  SHA256_Init(&impl_->context);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::Raw(std::string_view bytes) {
  SHA256_Update(&impl_->context, bytes.data(), bytes.size());
  return *this;
}

Hasher& Hasher::Part(uint64_t number) {
  unsigned char little_endian[8];
  for (int i = 0; i < 8; ++i) little_endian[i] = static_cast<unsigned char>(number >> (8 * i));
  SHA256_Update(&impl_->context, little_endian, sizeof little_endian);
  return *this;
}

Hasher& Hasher::Part(std::string_view bytes) {
  return Part(uint64_t{bytes.size()}).Raw(bytes);
}

Hasher& Hasher::Part(const Digest& digest) {
  SHA256_Update(&impl_->context, digest.bytes.data(), digest.bytes.size());
  return *this;
}

Digest Hasher::Finish() {
  Digest digest;
  SHA256_Final(digest.bytes.data(), &impl_->context);
  return digest;
}

}  // namespace opsc
