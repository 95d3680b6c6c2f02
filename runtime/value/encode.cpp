#include "runtime/value/encode.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/base/check.h"

namespace opsc {
namespace {

constexpr uint8_t kSecretTag = 0xFE;
constexpr std::string_view kSecretPrefix = "(secret ";

template <typename T>
void PutNumber(std::string& out, T number) {
  for (size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>(static_cast<uint8_t>(number >> (8 * i)));
}

void PutCount(std::string& out, size_t count) {
  PutNumber(out, static_cast<uint32_t>(count));
}

void PutBytes(std::string& out, std::string_view bytes) {
  PutCount(out, bytes.size());
  out += bytes;
}

void PutTexts(std::string& out, const std::vector<std::string>& texts) {
  PutCount(out, texts.size());
  for (const std::string& text : texts) PutBytes(out, text);
}

uint64_t FloatBits(double number) {
  if (std::isnan(number)) return 0x7FF8000000000000ull;
  return std::bit_cast<uint64_t>(number == 0 ? 0.0 : number);
}

// Writes the encoding of values under one salt.
class Encoder {
 public:
  Encoder(std::string& out, std::string_view salt) : out_(out), salt_(salt) {}

  void Put(const Value& value) {
    if (value.secret()) {
      PutSecret(value);
    } else {
      PutPlain(value);
    }
  }

 private:
  // What Decode made of a secret is encoded as it was read.
  static std::optional<Digest> DecodedSecret(const Value& value) {
    if (!value.is(ValueKind::kString)) return std::nullopt;
    std::string_view text = value.AsString();
    if (!text.starts_with(kSecretPrefix) || !text.ends_with(')')) return std::nullopt;
    text.remove_prefix(kSecretPrefix.size());
    text.remove_suffix(1);
    return Digest::FromHex(text);
  }

  void PutSecret(const Value& value) {
    Digest mac;
    if (auto decoded = DecodedSecret(value)) {
      mac = *decoded;
    } else {
      std::string clear;
      Encoder(clear, salt_).PutPlain(value);
      HMAC(EVP_sha256(), salt_.data(), static_cast<int>(salt_.size()),
           reinterpret_cast<const unsigned char*>(clear.data()), clear.size(), mac.bytes.data(),
           nullptr);
    }
    out_ += static_cast<char>(kSecretTag);
    PutDigest(mac);
  }

  void PutDigest(const Digest& digest) {
    out_.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
  }

  void PutValues(std::span<const Value> values) {
    PutCount(out_, values.size());
    for (const Value& value : values) Put(value);
  }

  void PutRecord(std::span<const Field> fields) {
    std::vector<const Field*> sorted;
    sorted.reserve(fields.size());
    for (const Field& field : fields) sorted.push_back(&field);
    std::ranges::sort(sorted,
                      [](const Field* a, const Field* b) { return TextLess(a->first, b->first); });
    PutCount(out_, fields.size());
    for (const Field* field : sorted) {
      PutBytes(out_, field->first.text());
      Put(field->second);
    }
  }

  void PutFile(const FileRep& file) {
    PutBytes(out_, file.path);
    PutBytes(out_, file.producer);
    PutBytes(out_, file.output);
    PutDigest(file.digest);
  }

  void PutPlain(const Value& value) {
    out_ += static_cast<char>(value.kind());
    switch (value.kind()) {
      case ValueKind::kNull:
        break;
      case ValueKind::kBool:
        out_ += value.AsBool() ? '\1' : '\0';
        break;
      case ValueKind::kInt:
      case ValueKind::kDuration:
      case ValueKind::kSize:
      case ValueKind::kTime:
        PutNumber(out_, static_cast<uint64_t>(value.AsInt()));
        break;
      case ValueKind::kFloat:
      case ValueKind::kRatio:
        PutNumber(out_, FloatBits(value.AsFloat()));
        break;
      case ValueKind::kString:
      case ValueKind::kBytes:
        PutBytes(out_, value.AsString());
        break;
      case ValueKind::kFile:
        PutFile(value.AsFile());
        break;
      case ValueKind::kFiles:
        PutTexts(out_, value.AsFiles().include);
        PutTexts(out_, value.AsFiles().exclude);
        PutValues(value.AsFiles().files);
        break;
      case ValueKind::kTemplate:
        PutTexts(out_, value.AsTemplate().texts);
        PutValues(value.AsTemplate().holes);
        break;
      case ValueKind::kList:
        PutValues(value.AsList());
        break;
      case ValueKind::kRecord:
        PutRecord(value.AsRecord());
        break;
      case ValueKind::kInstance:
        PutBytes(out_, value.AsInstance().address);
        PutBytes(out_, value.AsInstance().type);
        break;
      case ValueKind::kPending:
        PutTexts(out_, value.AsPending().waits_for);
        break;
      case ValueKind::kFunction:
        OPS_CHECK(false, "functions are never stored");
    }
  }

  std::string& out_;
  std::string_view salt_;
};

}  // namespace

std::string EncodeValue(const Value& value, std::string_view secret_salt) {
  std::string out;
  Encoder(out, secret_salt).Put(value);
  return out;
}

Digest DigestOf(const Value& value, std::string_view secret_salt) {
  return Sha256(EncodeValue(value, secret_salt));
}

}  // namespace opsc
