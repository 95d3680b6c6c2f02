#include "runtime/store/stored_record.h"

#include "runtime/store/byte_codec.h"

namespace opsc {
namespace {

constexpr std::string_view kMagic = "opsc.record/1\n";

Digest RecordDigest(const Digest& key, std::string_view bytes) {
  return Hasher().Part(key).Part(bytes).Finish();
}

}  // namespace

std::string EncodeRecord(const Digest& key, std::string_view bytes) {
  ByteWriter to;
  to.out = kMagic;
  to.Hash(RecordDigest(key, bytes));
  to.out += bytes;
  return std::move(to.out);
}

std::optional<std::string> RecordContent(const Digest& key, std::string_view record) {
  constexpr size_t kHead = kMagic.size() + sizeof(Digest::bytes);
  if (!record.starts_with(kMagic)) return std::nullopt;
  ByteReader from(record.substr(kMagic.size()));
  Digest digest = from.Hash();
  if (!from.ok() || digest != RecordDigest(key, record.substr(kHead))) return std::nullopt;
  return std::string(record.substr(kHead));
}

}  // namespace opsc
