// Reads the canonical encoding back; refuses anything that EncodeValue cannot have written.
#include <bit>
#include <cstring>
#include <utility>

#include "runtime/value/encode.h"

namespace opsc {
namespace {

constexpr uint8_t kSecretTag = 0xFE;

// Reads from the front of some bytes; after the first failure everything reads as empty.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  bool done() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }

  Value TakeValue(int depth) {
    if (depth > Value::kMaxDepth) ok_ = false;
    uint8_t tag = TakeByte();
    if (!ok_) return {};
    if (tag == kSecretTag) return Value::String("(secret " + TakeDigest().Hex() + ")").WithSecret();
    if (tag > static_cast<uint8_t>(ValueKind::kPending)) return Refuse();
    return TakeBody(static_cast<ValueKind>(tag), depth);
  }

 private:
  Value Refuse() {
    ok_ = false;
    return {};
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

  uint8_t TakeByte() {
    std::string_view byte = Take(1);
    return byte.empty() ? uint8_t{0} : static_cast<uint8_t>(byte[0]);
  }

  template <typename T>
  T TakeNumber() {
    T number = 0;
    std::string_view bytes = Take(sizeof(T));
    for (size_t i = 0; i < bytes.size(); ++i)
      number |= T{static_cast<uint8_t>(bytes[i])} << (8 * i);
    return number;
  }

  // Every part takes at least one byte, so a count above the rest is a lie.
  size_t TakeCount() {
    size_t count = TakeNumber<uint32_t>();
    if (count > rest_.size()) ok_ = false;
    return ok_ ? count : 0;
  }

  std::string_view TakeBytes() { return Take(TakeNumber<uint32_t>()); }

  Digest TakeDigest() {
    Digest digest;
    std::string_view bytes = Take(digest.bytes.size());
    if (!bytes.empty()) std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
    return digest;
  }

  std::vector<std::string> TakeTexts() {
    std::vector<std::string> texts;
    for (size_t left = TakeCount(); left > 0 && ok_; --left) texts.emplace_back(TakeBytes());
    return texts;
  }

  std::vector<Value> TakeValues(int depth) {
    std::vector<Value> values;
    for (size_t left = TakeCount(); left > 0 && ok_; --left) values.push_back(TakeValue(depth + 1));
    return values;
  }

  Value TakeRecord(int depth) {
    std::vector<Field> fields;
    std::string_view last;
    for (size_t left = TakeCount(); left > 0 && ok_; --left) {
      std::string_view name = TakeBytes();
      if (!fields.empty() && name <= last) return Refuse();  // sorted, so also distinct
      last = name;
      Value value = TakeValue(depth + 1);
      if (!ok_) return {};
      fields.emplace_back(Symbol(name), std::move(value));
    }
    return Value::Record(std::move(fields));
  }

  Value TakeFile() {
    FileRep file;
    file.path = TakeBytes();
    file.producer = TakeBytes();
    file.output = TakeBytes();
    file.digest = TakeDigest();
    return Value::File(std::move(file));
  }

  Value TakeFiles(int depth) {
    FilesRep files;
    files.include = TakeTexts();
    files.exclude = TakeTexts();
    files.files = TakeValues(depth);
    for (const Value& file : files.files) {
      if (!file.is(ValueKind::kFile)) return Refuse();
    }
    return Value::Files(std::move(files));
  }

  Value TakeTemplate(int depth) {
    TemplateRep text;
    text.texts = TakeTexts();
    text.holes = TakeValues(depth);
    if (!ok_ || text.texts.size() != text.holes.size() + 1) return Refuse();
    return Value::Template(std::move(text));
  }

  Value TakeInstance() {
    InstanceRep instance;
    instance.address = TakeBytes();
    instance.type = TakeBytes();
    instance.fields = Value::Record({});
    return Value::Instance(std::move(instance));
  }

  Value TakeBody(ValueKind kind, int depth) {
    switch (kind) {
      case ValueKind::kNull:
        return Value::Null();
      case ValueKind::kBool: {
        uint8_t byte = TakeByte();
        return byte > 1 ? Refuse() : Value::Bool(byte == 1);
      }
      case ValueKind::kInt:
        return Value::Int(TakeInt());
      case ValueKind::kDuration:
        return Value::Duration(TakeInt());
      case ValueKind::kSize:
        return Value::Size(TakeInt());
      case ValueKind::kTime:
        return Value::Time(TakeInt());
      case ValueKind::kFloat:
        return Value::Float(std::bit_cast<double>(TakeNumber<uint64_t>()));
      case ValueKind::kRatio:
        return Value::Ratio(std::bit_cast<double>(TakeNumber<uint64_t>()));
      case ValueKind::kString:
        return Value::String(TakeBytes());
      case ValueKind::kBytes:
        return Value::Bytes(TakeBytes());
      case ValueKind::kFile:
        return TakeFile();
      case ValueKind::kFiles:
        return TakeFiles(depth);
      case ValueKind::kTemplate:
        return TakeTemplate(depth);
      case ValueKind::kList:
        return Value::List(TakeValues(depth));
      case ValueKind::kRecord:
        return TakeRecord(depth);
      case ValueKind::kInstance:
        return TakeInstance();
      case ValueKind::kPending:
        return Value::Pending(TakeTexts());
      case ValueKind::kFunction:
        return Refuse();
    }
    return Refuse();
  }

  int64_t TakeInt() { return static_cast<int64_t>(TakeNumber<uint64_t>()); }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

Result<Value> DecodeValue(std::string_view bytes) {
  Decoder decoder(bytes);
  Value value = decoder.TakeValue(0);
  if (!decoder.done()) {
    return Fail(ErrorKind::kCorrupt, "a stored value cannot be read",
                "the data was damaged or written by a newer opsc");
  }
  return value;
}

}  // namespace opsc
