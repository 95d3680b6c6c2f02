// Reads a state.db as a whole and compares what stands in it twice.
#include <fmt/format.h>
#include <sys/stat.h>

#include <map>
#include <set>
#include <unordered_map>

#include "runtime/base/store.h"
#include "runtime/store/journal_record.h"
#include "runtime/store/state_db.h"
#include "runtime/store/store.h"

namespace opsc {
namespace {

std::unexpected<Error> FailDamaged(std::string what) {
  return Fail(ErrorKind::kCorrupt, "the state is damaged: " + std::move(what),
              "keep a copy of .ops/state.db, move it aside and restore a backup of `opsc state "
              "pull` with `opsc state push`");
}

// What the journal says of an address: the last digest, or that it is gone (nullopt).
using LastWrites = std::unordered_map<std::string, std::optional<Digest>>;

// What the records of a journal fold to.
struct Replay {
  LastWrites entries;
  std::set<uint64_t> opened;
  std::set<uint64_t> closed;
};

void FoldInto(Replay& replay, uint64_t seq, const JournalChange& change) {
  Match(
      change,
      [&](const PutEntryChange& c) { replay.entries[c.address] = EntryDigest(c.serial, c.entry); },
      [&](const DropEntryChange& c) { replay.entries[c.address] = std::nullopt; },
      [&](const OpenIntentChange&) { replay.opened.insert(seq); },
      [&](const CloseIntentChange& c) {
        replay.opened.erase(c.id);
        replay.closed.insert(c.id);
      },
      [](const auto&) {});
}

Status CheckStructure(Database& db) {
  OPS_ASSIGN(Statement * check, db.Prepare("PRAGMA integrity_check(1)"));
  check->Start();
  StatementScope scope(check);
  OPS_TRY(check->Step());
  if (check->Text(0) != "ok") return FailDamaged(std::string(check->Text(0)));
  return {};
}

// Where the chain begins: the last record that was forgotten.
struct ChainStart {
  uint64_t seq = 0;
  Digest digest;
};

Result<ChainStart> ReadChainStart(Database& db) {
  OPS_ASSIGN(Statement * base, db.Prepare("SELECT (SELECT value FROM meta WHERE name = 'base_seq'),"
                                          " (SELECT value FROM meta WHERE name = 'base_digest')"));
  base->Start();
  StatementScope scope(base);
  OPS_TRY(base->Step());
  auto digest = DigestOfBytes(base->Bytes(1));
  if (base->IsNull(0) || !digest) return FailDamaged("the start of the journal is lost");
  return ChainStart{static_cast<uint64_t>(base->Int(0)), *digest};
}

Result<Replay> CheckChain(Database& db, const ChainStart& start, JournalCheck& found) {
  OPS_ASSIGN(Statement * row,
             db.Prepare("SELECT seq, kind, time, body, digest FROM journal ORDER BY seq"));
  row->Start();
  StatementScope scope(row);
  Replay replay;
  uint64_t seq = start.seq;
  Digest previous = start.digest;
  found.first_record = seq + 1;
  while (true) {
    OPS_ASSIGN(bool more, row->Step());
    if (!more) return replay;
    if (static_cast<uint64_t>(row->Int(0)) != ++seq) {
      return FailDamaged(fmt::format("record {} of the journal is missing", seq));
    }
    auto kind = static_cast<RecordKind>(row->Int(1));
    previous = ChainDigest(previous, seq, kind, row->Int(2), row->Bytes(3));
    if (DigestBytes(previous) != row->Bytes(4)) {
      return FailDamaged(fmt::format("record {} of the journal was changed", seq));
    }
    OPS_ASSIGN(std::vector<JournalChange> changes, DecodeChanges(row->Bytes(3)));
    for (const JournalChange& change : changes) FoldInto(replay, seq, change);
    ++found.records;
  }
}

Status CheckEntry(const Statement& row, LastWrites& writes) {
  std::string address(row.Text(0));
  auto serial = static_cast<uint64_t>(row.Int(1));
  Digest digest = EntryDigest(serial, row.Bytes(2));
  if (DigestBytes(digest) != row.Bytes(3)) {
    return FailDamaged(fmt::format("the entry `{}` was changed", address));
  }
  OPS_ASSIGN(StateEntry entry, DecodeEntry(row.Bytes(2)));
  if (entry.address != address) {
    return FailDamaged(fmt::format("the entry `{}` stands under `{}`", entry.address, address));
  }
  auto write = writes.find(address);
  if (write == writes.end()) return {};  // older than what is left of the journal
  if (write->second != digest) {
    return FailDamaged(fmt::format("the entry `{}` is not what the journal says", address));
  }
  writes.erase(write);
  return {};
}

Status CheckEntries(Database& db, LastWrites writes, JournalCheck& found) {
  OPS_ASSIGN(Statement * row, db.Prepare("SELECT address, serial, entry, digest FROM entries"));
  row->Start();
  StatementScope scope(row);
  while (true) {
    OPS_ASSIGN(bool more, row->Step());
    if (!more) break;
    OPS_TRY(CheckEntry(*row, writes));
    ++found.entries;
  }
  for (const auto& [address, digest] : writes) {
    if (digest) return FailDamaged(fmt::format("the entry `{}` is missing", address));
  }
  return {};
}

Status CheckIntents(Database& db, const ChainStart& start, Replay replay, JournalCheck& found) {
  OPS_ASSIGN(Statement * row, db.Prepare("SELECT id FROM intents"));
  row->Start();
  StatementScope scope(row);
  while (true) {
    OPS_ASSIGN(bool more, row->Step());
    if (!more) break;
    auto id = static_cast<uint64_t>(row->Int(0));
    bool known = replay.opened.erase(id) > 0;
    if (replay.closed.contains(id) || (!known && id > start.seq)) {
      return FailDamaged(fmt::format("the open effect {} is not in the journal", id));
    }
    ++found.open_intents;
  }
  if (!replay.opened.empty()) {
    return FailDamaged(fmt::format("the open effect {} is missing", *replay.opened.begin()));
  }
  return {};
}

Result<JournalCheck> Check(Database& db) {
  JournalCheck found;
  OPS_TRY(CheckStructure(db));
  OPS_TRY(ReadIdentity(db));
  OPS_ASSIGN(ChainStart start, ReadChainStart(db));
  OPS_ASSIGN(Replay replay, CheckChain(db, start, found));
  OPS_TRY(CheckEntries(db, replay.entries, found));
  OPS_TRY(CheckIntents(db, start, std::move(replay), found));
  return found;
}

}  // namespace

Result<JournalCheck> VerifyJournal(const std::string& state_dir) {
  struct stat s{};
  if (stat(StateDbPath(state_dir).c_str(), &s) != 0 && errno == ENOENT) return JournalCheck{};
  OPS_ASSIGN(std::unique_ptr<Database> db, OpenStateDb(state_dir));
  OPS_TRY(db->Run("BEGIN"));  // one snapshot
  Result<JournalCheck> found = Check(*db);
  OPS_TRY(db->Run("ROLLBACK"));
  return found;
}

}  // namespace opsc
