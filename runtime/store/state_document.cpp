#include "runtime/store/state_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "runtime/store/posix_file.h"
#include "runtime/store/value_document.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr std::string_view kFormat = "opsc.state/1";

Field Named(std::string_view name, Value value) {
  return {Symbol(name), std::move(value)};
}

Value EntryDocument(const StateEntry& entry) {
  std::vector<Value> depends_on;
  for (const std::string& address : entry.depends_on) depends_on.push_back(Value::String(address));
  return Value::Record({
      Named("address", Value::String(entry.address)),
      Named("type", Value::String(entry.type)),
      Named("serial", Value::Int(static_cast<int64_t>(entry.serial))),
      Named("fields", ToDocument(entry.fields)),
      Named("outs", ToDocument(entry.outs)),
      Named("recorded", ToDocument(entry.recorded)),
      Named("depends_on", Value::List(std::move(depends_on))),
      Named("protect", Value::Bool(entry.protect)),
      Named("tainted", Value::Bool(entry.tainted)),
      Named("duration_ns", Value::Int(entry.duration_ns)),
  });
}

std::unexpected<Error> FailDocument(std::string what) {
  return Fail(ErrorKind::kInput, "this is no state document: " + what,
              "give what `opsc state pull` has written");
}

// Takes named members of one record; what is left over is refused.
class Members {
 public:
  Members(const Value& record, std::string where) : record_(record), where_(std::move(where)) {}

  Result<Value> Take(std::string_view name, ValueKind kind) {
    OPS_ASSIGN(Value value, TakeAny(name));
    if (!value.is(kind)) return FailDocument(fmt::format("{}`{}` has another kind", where_, name));
    return value;
  }
  Result<Value> TakeAny(std::string_view name) {
    const Value* value = record_.Find(name);
    if (value == nullptr) return FailDocument(fmt::format("{}`{}` is missing", where_, name));
    ++taken_;
    return *value;
  }
  Result<std::string> TakeText(std::string_view name) {
    OPS_ASSIGN(Value value, Take(name, ValueKind::kString));
    return std::string(value.AsString());
  }
  Result<int64_t> TakeCount(std::string_view name) {
    OPS_ASSIGN(Value value, Take(name, ValueKind::kInt));
    if (value.AsInt() < 0) return FailDocument(fmt::format("{}`{}` is negative", where_, name));
    return value.AsInt();
  }
  Result<bool> TakeBool(std::string_view name) {
    OPS_ASSIGN(Value value, Take(name, ValueKind::kBool));
    return value.AsBool();
  }
  Result<Value> TakeValue(std::string_view name) {
    OPS_ASSIGN(Value document, TakeAny(name));
    auto value = FromDocument(document);
    if (!value) {
      return FailDocument(fmt::format("{}`{}`: {}", where_, name, value.error().message));
    }
    return value;
  }
  Status Done() const {
    if (record_.is(ValueKind::kRecord) && record_.AsRecord().size() == taken_) return {};
    return FailDocument(fmt::format("{}it has members that this opsc does not know", where_));
  }

 private:
  const Value& record_;
  std::string where_;
  size_t taken_ = 0;
};

Result<StateEntry> EntryOf(const Value& document, size_t place) {
  Members members(document, fmt::format("entries[{}]: ", place));
  StateEntry entry;
  OPS_ASSIGN(entry.address, members.TakeText("address"));
  OPS_ASSIGN(entry.type, members.TakeText("type"));
  OPS_ASSIGN(int64_t serial, members.TakeCount("serial"));
  entry.serial = static_cast<uint64_t>(serial);
  OPS_ASSIGN(entry.fields, members.TakeValue("fields"));
  OPS_ASSIGN(entry.outs, members.TakeValue("outs"));
  OPS_ASSIGN(entry.recorded, members.TakeValue("recorded"));
  OPS_ASSIGN(Value depends_on, members.Take("depends_on", ValueKind::kList));
  for (const Value& address : depends_on.AsList()) {
    if (!address.is(ValueKind::kString)) return FailDocument("`depends_on` holds addresses");
    entry.depends_on.emplace_back(address.AsString());
  }
  OPS_ASSIGN(entry.protect, members.TakeBool("protect"));
  OPS_ASSIGN(entry.tainted, members.TakeBool("tainted"));
  OPS_ASSIGN(entry.duration_ns, members.TakeCount("duration_ns"));
  OPS_TRY(members.Done());
  if (entry.address.empty()) return FailDocument("an entry has no address");
  return entry;
}

Result<std::vector<StateEntry>> EntriesOf(std::span<const Value> documents) {
  std::vector<StateEntry> entries;
  std::unordered_set<std::string> seen;
  for (const Value& document : documents) {
    OPS_ASSIGN(StateEntry entry, EntryOf(document, entries.size()));
    if (!seen.insert(entry.address).second) {
      return FailDocument(fmt::format("`{}` stands in it twice", entry.address));
    }
    entries.push_back(std::move(entry));
  }
  std::ranges::sort(entries, {}, &StateEntry::address);
  return entries;
}

}  // namespace

std::string EncodeStateDocument(const StateDocument& document) {
  std::vector<Value> entries;
  for (const StateEntry& entry : document.entries) entries.push_back(EntryDocument(entry));
  Value whole = Value::Record({
      Named("format", Value::String(kFormat)),
      Named("lineage", Value::String(document.identity.lineage)),
      Named("serial", Value::Int(static_cast<int64_t>(document.serial))),
      Named("secret_salt", Value::String(HexOf(document.identity.salt))),
      Named("entries", Value::List(std::move(entries))),
  });
  return ToJson(whole, SecretPolicy::kReveal, 2) + "\n";
}

Result<StateDocument> DecodeStateDocument(std::string_view text) {
  auto whole = FromJson(text);
  if (!whole) return FailDocument(whole.error().message);
  Members members(*whole, "");
  OPS_ASSIGN(std::string format, members.TakeText("format"));
  if (format != kFormat) {
    return FailDocument(fmt::format("its format is `{}`, this opsc knows `{}`", format, kFormat));
  }
  StateDocument document;
  OPS_ASSIGN(document.identity.lineage, members.TakeText("lineage"));
  OPS_ASSIGN(int64_t serial, members.TakeCount("serial"));
  document.serial = static_cast<uint64_t>(serial);
  OPS_ASSIGN(std::string salt, members.TakeText("secret_salt"));
  document.identity.salt = BytesOfHex(salt);
  if (document.identity.salt.size() != 32) return FailDocument("`secret_salt` is not 32 bytes");
  if (document.identity.lineage.empty()) return FailDocument("`lineage` is empty");
  OPS_ASSIGN(Value entries, members.Take("entries", ValueKind::kList));
  OPS_ASSIGN(document.entries, EntriesOf(entries.AsList()));
  OPS_TRY(members.Done());
  return document;
}

}  // namespace opsc
