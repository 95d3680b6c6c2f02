#include "runtime/store/journal_care.h"

#include <fmt/format.h>

#include <unordered_set>

#include "runtime/store/journal_read.h"

namespace opsc {
namespace {

// The entries that name `address` as what they need, with `to` in its place.
Status RedirectDependents(JournalTransaction& transaction, const std::string& address,
                          const std::string& to, std::string_view salt,
                          std::vector<JournalChange>& changes) {
  OPS_ASSIGN(Statement * select,
             transaction.db().Prepare("SELECT entry FROM entries WHERE instr(entry, ?1) > 0"));
  select->Start(Blob{address});
  std::vector<StateEntry> dependents;
  {
    StatementScope scope(select);
    while (true) {
      OPS_ASSIGN(bool found, select->Step());
      if (!found) break;
      OPS_ASSIGN(StateEntry entry, DecodeEntry(select->Bytes(0)));
      dependents.push_back(std::move(entry));
    }
  }
  for (StateEntry& entry : dependents) {
    if (entry.address == address) continue;
    for (std::string& needed : entry.depends_on) {
      if (needed == address) needed = to;
    }
    OPS_TRY(transaction.Put(changes, entry.address, EncodeEntry(entry, salt)));
  }
  return {};
}

std::unexpected<Error> FailUnknown(const std::string& address) {
  return Fail(ErrorKind::kInput, fmt::format("the state has no `{}`", address),
              "`opsc state list` shows what it has");
}

// A state with a history is replaced only by a later one of the same state.
Status CheckImport(const StateDocument& document, const StateIdentity& own, uint64_t serial) {
  if (serial == 0) return {};
  if (document.identity.lineage != own.lineage) {
    return Fail(ErrorKind::kInput, "this document is of another state",
                "move .ops/state.db aside to start from the document");
  }
  if (document.serial < serial) {
    return Fail(ErrorKind::kInput,
                fmt::format("the document is older than the state: serial {}, the state has {}",
                            document.serial, serial),
                "pull again and repeat your change; or move .ops/state.db aside to go back");
  }
  return {};
}

}  // namespace

Status MoveIn(JournalTransaction& transaction, const std::string& from, const std::string& to,
              std::string_view secret_salt) {
  OPS_ASSIGN(std::optional<StoredEntry> stored, transaction.Find(from));
  OPS_ASSIGN(std::optional<StoredEntry> occupied, transaction.Find(to));
  if (!stored) return FailUnknown(from);
  if (occupied) {
    return Fail(ErrorKind::kInput, fmt::format("the state has `{}` already", to),
                fmt::format("`opsc state rm '{}'` makes opsc forget it", to));
  }
  OPS_ASSIGN(int64_t open,
             transaction.db().Number("SELECT count(*) FROM intents WHERE address IN (?1, ?2)",
                                     std::string_view(from), std::string_view(to)));
  if (open > 0) {
    return Fail(ErrorKind::kConflict, fmt::format("an effect on `{}` is not finished", from),
                "`opsc apply` finds out what became of it; move it then");
  }
  OPS_ASSIGN(StateEntry entry, DecodeEntry(stored->entry));
  entry.address = to;
  JournalRecord record{RecordKind::kMove, {}};
  transaction.Drop(record.changes, from);
  OPS_TRY(transaction.Put(record.changes, to, EncodeEntry(entry, secret_salt)));
  OPS_TRY(RedirectDependents(transaction, from, to, secret_salt, record.changes));
  OPS_TRY(transaction.Append(record));
  // What is known of its duration goes with it.
  return transaction.db().Run("UPDATE OR REPLACE durations SET address = ?2 WHERE address = ?1",
                              std::string_view(from), std::string_view(to));
}

Status RemoveIn(JournalTransaction& transaction, const std::string& address) {
  OPS_ASSIGN(std::optional<StoredEntry> stored, transaction.Find(address));
  if (!stored) return FailUnknown(address);
  JournalRecord record{RecordKind::kRemove, {}};
  transaction.Drop(record.changes, address);
  OPS_TRY(transaction.Append(record));
  return {};
}

Status ImportIn(JournalTransaction& transaction, const StateDocument& document,
                const StateIdentity& own) {
  OPS_TRY(CheckImport(document, own, transaction.serial()));
  OPS_ASSIGN(std::vector<StateEntry> old, ReadEntries(transaction.db()));
  std::unordered_set<std::string_view> kept;
  for (const StateEntry& entry : document.entries) kept.insert(entry.address);
  transaction.RaiseSerial(document.serial);
  JournalRecord record{RecordKind::kImport, {}};
  for (const StateEntry& entry : old) {
    if (!kept.contains(entry.address)) transaction.Drop(record.changes, entry.address);
  }
  for (const StateEntry& entry : document.entries) {
    OPS_TRY(
        transaction.Put(record.changes, entry.address, EncodeEntry(entry, document.identity.salt)));
  }
  OPS_TRY(transaction.Append(record));
  Database& db = transaction.db();
  OPS_TRY(db.Run("UPDATE meta SET value = ?1 WHERE name = 'salt'", Blob{document.identity.salt}));
  return db.Run("UPDATE meta SET value = ?1 WHERE name = 'lineage'",
                std::string_view(document.identity.lineage));
}

}  // namespace opsc
