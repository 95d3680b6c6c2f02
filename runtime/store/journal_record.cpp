#include "runtime/store/journal_record.h"

#include "runtime/base/store.h"
#include "runtime/store/byte_codec.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

constexpr uint8_t kEntryVersion = 1;
constexpr uint8_t kProtect = 1;
constexpr uint8_t kTainted = 2;

// The tag is the alternative's place in the variant: append only.
void PutChange(ByteWriter& to, const JournalChange& change) {
  to.U8(static_cast<uint8_t>(change.index()));
  Match(
      change,
      [&](const PutEntryChange& c) {
        to.Bytes(c.address);
        to.U64(c.serial);
        to.Bytes(c.entry);
      },
      [&](const DropEntryChange& c) {
        to.Bytes(c.address);
        to.U64(c.serial);
      },
      [&](const OpenIntentChange& c) {
        for (const std::string* text :
             {&c.run, &c.address, &c.type, &c.action, &c.token, &c.fields, &c.recorded})
          to.Bytes(*text);
      },
      [&](const CloseIntentChange& c) { to.U64(c.id); },
      [&](const BeginRunChange& c) {
        to.Bytes(c.id);
        to.Bytes(c.command);
        to.Bytes(c.user);
        to.I64(c.started);
      },
      [&](const EndRunChange& c) {
        to.Bytes(c.id);
        to.U8(c.outcome);
        to.Bytes(c.summary);
        to.I64(c.ended);
      },
      [&](const AddStepChange& c) {
        for (const std::string* text : {&c.run, &c.address, &c.action, &c.result, &c.message})
          to.Bytes(*text);
        to.I64(c.started);
        to.I64(c.duration);
      });
}

// Initialisers in braces are evaluated from left to right, so these read in the order written.
JournalChange TakeChange(ByteReader& from, uint8_t tag) {
  switch (tag) {
    case 0:
      return PutEntryChange{from.Text(), from.U64(), from.Text()};
    case 1:
      return DropEntryChange{from.Text(), from.U64()};
    case 2:
      return OpenIntentChange{from.Text(), from.Text(), from.Text(), from.Text(),
                              from.Text(), from.Text(), from.Text()};
    case 3:
      return CloseIntentChange{from.U64()};
    case 4:
      return BeginRunChange{from.Text(), from.Text(), from.Text(), from.I64()};
    case 5:
      return EndRunChange{from.Text(), from.U8(), from.Text(), from.I64()};
    default:
      return AddStepChange{from.Text(), from.Text(), from.Text(), from.Text(),
                           from.Text(), from.I64(),  from.I64()};
  }
}

std::unexpected<Error> FailCorrupt(std::string what) {
  return Fail(ErrorKind::kCorrupt, std::move(what),
              "it was damaged, or written by a newer opsc; restore a backup of `opsc state pull`");
}

}  // namespace

std::string EncodeChanges(const std::vector<JournalChange>& changes) {
  ByteWriter to;
  for (const JournalChange& change : changes) PutChange(to, change);
  return std::move(to.out);
}

Result<std::vector<JournalChange>> DecodeChanges(std::string_view body) {
  std::vector<JournalChange> changes;
  ByteReader from(body);
  while (!from.at_end() && from.ok()) {
    uint8_t tag = from.U8();
    if (tag >= std::variant_size_v<JournalChange>)
      return FailCorrupt("a journal record is unknown");
    changes.push_back(TakeChange(from, tag));
  }
  if (!from.done()) return FailCorrupt("a journal record is cut off");
  return changes;
}

Digest ChainDigest(const Digest& previous, uint64_t seq, RecordKind kind, int64_t time,
                   std::string_view body) {
  return Hasher()
      .Part(previous)
      .Part(seq)
      .Part(static_cast<uint64_t>(kind))
      .Part(static_cast<uint64_t>(time))
      .Part(body)
      .Finish();
}

std::string EncodeEntry(const StateEntry& entry, std::string_view secret_salt) {
  ByteWriter to;
  to.U8(kEntryVersion);
  to.Bytes(entry.address);
  to.Bytes(entry.type);
  to.Bytes(EncodeValue(entry.fields, secret_salt));
  to.Bytes(EncodeValue(entry.outs, secret_salt));
  to.Bytes(EncodeValue(entry.recorded, secret_salt));
  to.U32(static_cast<uint32_t>(entry.depends_on.size()));
  for (const std::string& address : entry.depends_on) to.Bytes(address);
  to.U8(static_cast<uint8_t>((entry.protect ? kProtect : 0) | (entry.tainted ? kTainted : 0)));
  to.I64(entry.duration_ns);
  return std::move(to.out);
}

Result<StateEntry> DecodeEntry(std::string_view bytes) {
  ByteReader from(bytes);
  if (from.U8() != kEntryVersion) return FailCorrupt("an entry of the state is unknown");
  StateEntry entry;
  entry.address = from.Text();
  entry.type = from.Text();
  for (Value* value : {&entry.fields, &entry.outs, &entry.recorded}) {
    std::string_view encoded = from.Bytes();
    if (!from.ok()) break;
    OPS_ASSIGN(*value, DecodeValue(encoded));
  }
  for (uint32_t left = from.U32(); left > 0 && from.ok(); --left) {
    entry.depends_on.push_back(from.Text());
  }
  uint8_t flags = from.U8();
  entry.protect = flags & kProtect;
  entry.tainted = flags & kTainted;
  entry.duration_ns = from.I64();
  if (!from.done()) return FailCorrupt("the state's entry `" + entry.address + "` is cut off");
  return entry;
}

std::string_view DigestBytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

std::optional<Digest> DigestOfBytes(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.bytes.size()) return std::nullopt;
  std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
  return digest;
}

Digest EntryDigest(uint64_t serial, std::string_view entry) {
  return Hasher().Part(serial).Part(entry).Finish();
}

}  // namespace opsc
