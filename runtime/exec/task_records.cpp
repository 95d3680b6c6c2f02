#include "runtime/exec/task_records.h"

#include <algorithm>

#include "runtime/base/env.h"
#include "runtime/exec/framed_file.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

constexpr int64_t kFormat = 1;
// Beyond this many replaced records the index is written anew.
constexpr size_t kSlack = 1000;
// So many results wait in memory to be written at once.
constexpr size_t kBatch = 64;

Value OfDigest(const Digest& digest) {
  return Value::Bytes({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
}

Digest ToDigest(const Value& value) {
  Digest digest;
  const std::string_view bytes = value.AsString();
  if (bytes.size() == digest.bytes.size()) {
    std::ranges::copy(bytes, reinterpret_cast<char*>(digest.bytes.data()));
  }
  return digest;
}

// A list of exactly `count` values that begins with the format number.
std::optional<Value> DecodeList(std::string_view bytes, size_t count) {
  auto value = DecodeValue(bytes);
  if (!value || !value->is(ValueKind::kList) || value->AsList().size() != count)
    return std::nullopt;
  const Value& format = value->AsList().front();
  if (!format.is(ValueKind::kInt) || format.AsInt() != kFormat) return std::nullopt;
  return std::move(*value);
}

// The trees of all files in `outs`, and the blobs of these trees.
Result<std::vector<Value>> BlobsOf(ContentStore& store, const Value& outs) {
  std::vector<Value> blobs;
  for (const auto& [name, value] : outs.AsRecord()) {
    if (!value.is(ValueKind::kFile)) continue;
    blobs.push_back(OfDigest(value.AsFile().digest));
    OPS_ASSIGN(const auto entries, store.GetTree(value.AsFile().digest));
    for (const TreeEntry& entry : entries) {
      if (entry.type != TreeEntry::Type::kEmptyDirectory) blobs.push_back(OfDigest(entry.blob));
    }
  }
  return blobs;
}

// A result belongs to a key, not to an address: equal tasks share it, and a renamed one keeps it.
Value WithProducer(const Value& outs, const std::string& address) {
  std::vector<Field> fields;
  for (const auto& [name, value] : outs.AsRecord()) {
    if (value.is(ValueKind::kFile) && !value.AsFile().producer.empty() &&
        value.AsFile().producer != address) {
      FileRep file = value.AsFile();
      file.producer = address;
      fields.emplace_back(name, Value::File(std::move(file)));
    } else {
      fields.emplace_back(name, value);
    }
  }
  return Value::Record(std::move(fields));
}

enum RecordField : size_t {
  kFormatField,
  kKeyField,
  kAddressField,
  kOutsField,
  kBlobsField,
  kDurationField,
  kLogField,
  kFieldCount
};

}  // namespace

TaskRecords::TaskRecords(const std::string& state_dir, ContentStore* store)
    : index_path_(JoinPath(state_dir, "cache/tasks")),
      last_path_(JoinPath(state_dir, "cache/last")),
      store_(store),
      use_(state_dir) {}

void TaskRecords::LoadIndex() {
  if (index_loaded_) return;
  index_loaded_ = true;
  for (std::string& record : ReadFramedFile(index_path_)) {
    ++index_in_file_;
    const auto fields = DecodeList(record, kFieldCount);
    if (!fields) continue;
    const Digest key = ToDigest(fields->AsList()[kKeyField]);
    addresses_.emplace(fields->AsList()[kAddressField].AsString());
    index_[key] = std::move(record);
  }
}

Result<std::optional<Value>> TaskRecords::Find(const TaskKey& key) {
  std::string encoded;
  {
    std::lock_guard lock(mutex_);
    LoadIndex();
    if (auto known = index_.find(key.digest); known != index_.end()) encoded = known->second;
  }
  const bool indexed = !encoded.empty();
  if (!indexed) {
    OPS_ASSIGN(auto stored, store_->GetRecord(key.digest));
    if (!stored) return std::nullopt;
    encoded = std::move(*stored);
  }
  const auto record = DecodeList(encoded, kFieldCount);
  if (!record) return std::nullopt;
  const auto fields = record->AsList();
  if (ToDigest(fields[kKeyField]) != key.digest || !fields[kOutsField].is(ValueKind::kRecord)) {
    return std::nullopt;
  }
  for (const Value& blob : fields[kBlobsField].AsList()) {
    if (!store_->Has(ToDigest(blob))) return std::nullopt;
  }
  std::lock_guard lock(mutex_);
  use_.Note(key.digest);
  if (!indexed) {
    AddToIndex(fields[kAddressField].AsString(), encoded);
    index_[key.digest] = std::move(encoded);
  }
  if (key.address.empty()) return fields[kOutsField];
  return WithProducer(fields[kOutsField], key.address);
}

Status TaskRecords::RecordSuccess(const TaskKey& key, const Success& success) {
  OPS_ASSIGN(std::vector<Value> blobs, BlobsOf(*store_, success.outs));
  std::string encoded =
      EncodeValue(Value::List({Value::Int(kFormat), OfDigest(key.digest), Value::Bytes(key.address),
                               success.outs, Value::List(std::move(blobs)),
                               Value::Int(success.duration_ns), Value::Bytes(success.log_path)}),
                  "");
  OPS_TRY(store_->PutRecord(key.digest, encoded));
  {
    std::lock_guard lock(mutex_);
    LoadIndex();
    index_.erase(key.digest);  // another result for a key that it had already
    AddToIndex(key.address, std::move(encoded));
  }
  return RecordLast(key, true);
}

void TaskRecords::AddToIndex(std::string_view address, std::string encoded) {
  addresses_.emplace(address);
  fresh_.push_back(std::move(encoded));
  // What cannot be written stands in the store all the same, and is found there.
  if (fresh_.size() >= kBatch && !WriteFresh()) fresh_.clear();
}

Status TaskRecords::WriteFresh() {
  if (fresh_.empty()) return {};
  OPS_TRY(AppendFramedFile(index_path_, fresh_));
  index_in_file_ += fresh_.size();
  fresh_.clear();
  return {};
}

Status TaskRecords::RecordFailure(const TaskKey& key) {
  return RecordLast(key, false);
}

Status TaskRecords::RecordLast(const TaskKey& key, bool ok) {
  std::vector<Value> parts;
  parts.reserve(key.parts.size());
  for (const KeyPart& part : key.parts) {
    parts.push_back(Value::List({Value::Int(static_cast<int64_t>(part.kind)),
                                 Value::Bytes(part.name), OfDigest(part.digest)}));
  }
  std::string encoded =
      EncodeValue(Value::List({Value::Int(kFormat), Value::Bytes(key.address), OfDigest(key.digest),
                               Value::Bool(ok), Value::List(std::move(parts))}),
                  "");
  std::lock_guard lock(mutex_);
  LoadLast();
  // At once, so that a killed run can still be told from one that never was.
  OPS_ASSIGN(last_[key.address], AppendFramedRecord(last_path_, encoded));
  ++last_in_file_;
  return {};
}

void TaskRecords::LoadLast() {
  if (last_loaded_) return;
  last_loaded_ = true;
  VisitFramedFile(last_path_, [this](const std::string& record, FramePlace place) {
    ++last_in_file_;
    const auto fields = DecodeList(record, 5);
    if (fields) last_[std::string(fields->AsList()[1].AsString())] = place;
  });
}

std::optional<LastRun> TaskRecords::Last(const std::string& address) {
  std::optional<std::string> encoded;
  {
    std::lock_guard lock(mutex_);
    LoadLast();
    const auto known = last_.find(address);
    if (known == last_.end()) return std::nullopt;
    encoded = ReadFramedRecord(last_path_, known->second);
  }
  if (!encoded) return std::nullopt;
  const auto record = DecodeList(*encoded, 5);
  if (!record || record->AsList()[1].AsString() != address) return std::nullopt;
  const auto fields = record->AsList();
  LastRun last{.key = ToDigest(fields[2]), .ok = fields[3].AsBool(), .parts = {}};
  for (const Value& part : fields[4].AsList()) {
    const auto values = part.AsList();
    last.parts.push_back({static_cast<ReasonKind>(values[0].AsInt()),
                          std::string(values[1].AsString()), ToDigest(values[2])});
  }
  return last;
}

Status TaskRecords::Save(Time now) {
  std::lock_guard lock(mutex_);
  OPS_TRY(use_.Save(now));
  if (last_in_file_ > 2 * last_.size() + kSlack) OPS_TRY(CompactLast());
  return SaveIndex();
}

Status TaskRecords::CompactLast() {
  std::vector<std::string> newest;
  for (const auto& [address, place] : last_) {
    if (auto record = ReadFramedRecord(last_path_, place)) newest.push_back(std::move(*record));
  }
  last_.clear();
  last_in_file_ = 0;
  last_loaded_ = false;
  return RewriteFramedFile(last_path_, newest);
}

Status TaskRecords::SaveIndex() {
  OPS_TRY(WriteFresh());
  return index_in_file_ > 2 * addresses_.size() + kSlack ? CompactIndex() : Status();
}

Status TaskRecords::CompactIndex() {
  std::unordered_map<std::string, std::string> by_address;
  for (std::string& record : ReadFramedFile(index_path_)) {
    const auto fields = DecodeList(record, kFieldCount);
    if (!fields) continue;
    by_address[std::string(fields->AsList()[kAddressField].AsString())] = std::move(record);
  }
  std::vector<std::string> newest;
  newest.reserve(by_address.size());
  for (auto& [address, record] : by_address) newest.push_back(std::move(record));
  index_in_file_ = newest.size();
  return RewriteFramedFile(index_path_, newest);
}

}  // namespace opsc
