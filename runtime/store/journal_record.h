// What stands in the journal: one record a durable event, made of changes that fold into the state.
//
//   body    := change*
//   change  := tag:u8 fields        (fields as in the structs below, in their order)
//   bytes   := u32 length, content  (integers little-endian; see docs/formats/journal.md)
//   digest  := SHA-256(previous digest, seq:u64, kind:u64, time:i64, body)    (the chain)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/graph/state.h"

namespace opsc {

// Numbers are stored: append only.
enum class RecordKind : uint8_t {
  kBeginRun = 1,
  kEndRun = 2,
  kIntent = 3,
  kComplete = 4,
  kAbandon = 5,
  kRecord = 6,
  kMove = 7,
  kRemove = 8,
  kImport = 9,
};

// `entry` is EncodeEntry's; it holds the address too.
struct PutEntryChange {
  std::string address;
  uint64_t serial = 0;
  std::string entry;
};
struct DropEntryChange {
  std::string address;
  uint64_t serial = 0;
};
// The intent's id is the record's sequence number. `fields` and `recorded` are encoded values.
struct OpenIntentChange {
  std::string run, address, type, action, token, fields, recorded;
};
struct CloseIntentChange {
  uint64_t id = 0;
};
struct BeginRunChange {
  std::string id, command, user;
  int64_t started = 0;
};
struct EndRunChange {
  std::string id;
  uint8_t outcome = 0;
  std::string summary;
  int64_t ended = 0;
};
struct AddStepChange {
  std::string run, address, action, result, message;
  int64_t started = 0;
  int64_t duration = 0;
};

using JournalChange = std::variant<PutEntryChange, DropEntryChange, OpenIntentChange,
                                   CloseIntentChange, BeginRunChange, EndRunChange, AddStepChange>;

struct JournalRecord {
  RecordKind kind = RecordKind::kRecord;
  std::vector<JournalChange> changes;
};

std::string EncodeChanges(const std::vector<JournalChange>& changes);
Result<std::vector<JournalChange>> DecodeChanges(std::string_view body);
Digest ChainDigest(const Digest& previous, uint64_t seq, RecordKind kind, int64_t time,
                   std::string_view body);

// An entry without its serial, as it stands in the journal and in the state.
std::string EncodeEntry(const StateEntry& entry, std::string_view secret_salt);
Result<StateEntry> DecodeEntry(std::string_view bytes);
// The 32 bytes of a digest as SQLite keeps them, and back.
std::string_view DigestBytes(const Digest& digest);
std::optional<Digest> DigestOfBytes(std::string_view bytes);
// What stands beside an entry, so that damage is found.
Digest EntryDigest(uint64_t serial, std::string_view entry);

}  // namespace opsc
