#include "runtime/store/journal_transaction.h"

#include <algorithm>
#include <chrono>

#include "runtime/base/store.h"

namespace opsc {
namespace {

constexpr int64_t kRunsWithSteps = 200;
constexpr int64_t kRuns = 10'000;
constexpr int64_t kJournalRecords = 100'000;

int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Result<JournalTransaction> JournalTransaction::Begin(Database& db) {
  OPS_TRY(db.Run("BEGIN IMMEDIATE"));
  JournalTransaction transaction(db);
  // The last record, or what stands for the forgotten ones.
  OPS_ASSIGN(Statement * head,
             db.Prepare("SELECT (SELECT value FROM meta WHERE name = 'serial'),"
                        " coalesce((SELECT max(seq) FROM journal),"
                        "          (SELECT value FROM meta WHERE name = 'base_seq')),"
                        " coalesce((SELECT digest FROM journal ORDER BY seq DESC LIMIT 1),"
                        "          (SELECT value FROM meta WHERE name = 'base_digest'))"));
  head->Start();
  StatementScope scope(head);
  OPS_TRY(head->Step());
  auto digest = DigestOfBytes(head->Bytes(2));
  if (!digest) {
    return Fail(ErrorKind::kCorrupt, "the journal's last record is damaged",
                "move .ops/state.db aside and restore a backup of `opsc state pull` with "
                "`opsc state push`");
  }
  transaction.serial_ = transaction.recorded_serial_ = static_cast<uint64_t>(head->Int(0));
  transaction.seq_ = static_cast<uint64_t>(head->Int(1));
  transaction.head_ = *digest;
  return transaction;
}

Result<std::optional<StoredEntry>> JournalTransaction::Find(std::string_view address) {
  OPS_ASSIGN(Statement * select,
             db_->Prepare("SELECT serial, entry FROM entries WHERE address = ?1"));
  select->Start(address);
  StatementScope scope(select);
  OPS_ASSIGN(bool found, select->Step());
  if (!found) return std::nullopt;
  return StoredEntry{static_cast<uint64_t>(select->Int(0)), std::string(select->Bytes(1))};
}

Result<std::optional<OpenIntentChange>> JournalTransaction::FindIntent(uint64_t id) {
  OPS_ASSIGN(Statement * select,
             db_->Prepare("SELECT run, address, type, action, token, fields, recorded"
                          " FROM intents WHERE id = ?1"));
  select->Start(id);
  StatementScope scope(select);
  OPS_ASSIGN(bool found, select->Step());
  if (!found) return std::nullopt;
  auto text = [&](int column) { return std::string(select->Text(column)); };
  return OpenIntentChange{text(0),
                          text(1),
                          text(2),
                          text(3),
                          text(4),
                          std::string(select->Bytes(5)),
                          std::string(select->Bytes(6))};
}

Status JournalTransaction::Put(std::vector<JournalChange>& changes, std::string address,
                               std::string entry) {
  OPS_ASSIGN(std::optional<StoredEntry> stored, Find(address));
  if (stored && stored->entry == entry) return {};
  changes.push_back(PutEntryChange{std::move(address), ++serial_, std::move(entry)});
  return {};
}

void JournalTransaction::Drop(std::vector<JournalChange>& changes, std::string address) {
  changes.push_back(DropEntryChange{std::move(address), ++serial_});
}

void JournalTransaction::RaiseSerial(uint64_t serial) {
  serial_ = std::max(serial_, serial);
}

Result<uint64_t> JournalTransaction::Append(const JournalRecord& record) {
  std::string body = EncodeChanges(record.changes);
  int64_t time = Now();
  Digest digest = ChainDigest(head_, seq_ + 1, record.kind, time, body);
  OPS_TRY(db_->Run("INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5)", seq_ + 1,
                   static_cast<int>(record.kind), time, Blob{body}, Blob{DigestBytes(digest)}));
  ++seq_;
  head_ = digest;
  place_ = 0;
  for (const JournalChange& change : record.changes) {
    OPS_TRY(Match(change, [&](const auto& c) { return Fold(c); }));
  }
  return seq_;
}

Status JournalTransaction::Fold(const PutEntryChange& c) {
  Digest digest = EntryDigest(c.serial, c.entry);
  return db_->Run(
      "INSERT INTO entries VALUES (?1, ?2, ?3, ?4) ON CONFLICT(address) DO UPDATE SET"
      " serial = excluded.serial, entry = excluded.entry, digest = excluded.digest",
      std::string_view(c.address), c.serial, Blob{c.entry}, Blob{DigestBytes(digest)});
}

Status JournalTransaction::Fold(const DropEntryChange& c) {
  return db_->Run("DELETE FROM entries WHERE address = ?1", std::string_view(c.address));
}

Status JournalTransaction::Fold(const OpenIntentChange& c) {
  return db_->Run("INSERT INTO intents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", seq_,
                  std::string_view(c.run), std::string_view(c.address), std::string_view(c.type),
                  std::string_view(c.action), std::string_view(c.token), Blob{c.fields},
                  Blob{c.recorded});
}

Status JournalTransaction::Fold(const CloseIntentChange& c) {
  return db_->Run("DELETE FROM intents WHERE id = ?1", c.id);
}

Status JournalTransaction::Fold(const BeginRunChange& c) {
  return db_->Run("INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, '')", std::string_view(c.id),
                  seq_, std::string_view(c.command), std::string_view(c.user), c.started,
                  static_cast<int>(RunOutcome::kRunning));
}

Status JournalTransaction::Fold(const EndRunChange& c) {
  return db_->Run("UPDATE runs SET outcome = ?2, summary = ?3, ended = ?4 WHERE id = ?1",
                  std::string_view(c.id), c.outcome, std::string_view(c.summary), c.ended);
}

Status JournalTransaction::Fold(const AddStepChange& c) {
  OPS_TRY(db_->Run("INSERT INTO steps VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                   std::string_view(c.run), seq_, place_++, std::string_view(c.address),
                   std::string_view(c.action), std::string_view(c.result),
                   std::string_view(c.message), c.started, c.duration));
  if (c.result != "ok") return {};
  return db_->Run(
      "INSERT INTO durations(address, d0) VALUES (?1, ?2) ON CONFLICT(address) DO UPDATE SET"
      " d4 = d3, d3 = d2, d2 = d1, d1 = d0, d0 = excluded.d0",
      std::string_view(c.address), c.duration);
}

Status JournalTransaction::Prune() {
  OPS_TRY(
      db_->Run("DELETE FROM steps WHERE run < (SELECT id FROM runs ORDER BY id DESC"
               " LIMIT 1 OFFSET ?1)",
               kRunsWithSteps - 1));
  OPS_TRY(db_->Run(
      "DELETE FROM runs WHERE id < (SELECT id FROM runs ORDER BY id DESC LIMIT 1 OFFSET ?1)",
      kRuns - 1));
  OPS_ASSIGN(
      int64_t first_run,
      db_->Number("SELECT seq FROM runs ORDER BY id DESC LIMIT 1 OFFSET ?1", kRunsWithSteps - 1));
  int64_t keep = std::max(first_run, static_cast<int64_t>(seq_) - kJournalRecords + 1);
  OPS_ASSIGN(int64_t oldest, db_->Number("SELECT min(seq) FROM journal"));
  if (oldest >= keep) return {};
  // What the chain of the rest begins with.
  OPS_TRY(
      db_->Run("UPDATE meta SET value = (SELECT digest FROM journal WHERE seq = ?1)"
               " WHERE name = 'base_digest'",
               keep - 1));
  OPS_TRY(db_->Run("UPDATE meta SET value = ?1 WHERE name = 'base_seq'", keep - 1));
  return db_->Run("DELETE FROM journal WHERE seq < ?1", keep);
}

Status JournalTransaction::Commit() {
  if (serial_ != recorded_serial_) {
    OPS_TRY(db_->Run("UPDATE meta SET value = ?1 WHERE name = 'serial'", serial_));
  }
  return db_->Run("COMMIT");
}

}  // namespace opsc
