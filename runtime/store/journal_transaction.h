// One open transaction on the journal: records are appended to the chain and folded into the state.
#pragma once

#include <optional>
#include <string>

#include "runtime/store/journal_record.h"
#include "runtime/store/sqlite.h"

namespace opsc {

// What the state holds of one address.
struct StoredEntry {
  uint64_t serial = 0;
  std::string entry;  // EncodeEntry
};

// Between BEGIN and COMMIT. One thread at a time; the caller rolls back after an error.
class JournalTransaction {
 public:
  static Result<JournalTransaction> Begin(Database& db);

  Database& db() { return *db_; }
  uint64_t serial() const { return serial_; }
  Result<std::optional<StoredEntry>> Find(std::string_view address);
  Result<std::optional<OpenIntentChange>> FindIntent(uint64_t id);

  // Changes of the state, for Append. No change where the entry is recorded so already.
  Status Put(std::vector<JournalChange>& changes, std::string address, std::string entry);
  void Drop(std::vector<JournalChange>& changes, std::string address);
  // The serial of the next change is above `serial`.
  void RaiseSerial(uint64_t serial);

  // Chains the record to the journal and folds its changes. Returns its sequence number.
  Result<uint64_t> Append(const JournalRecord& record);
  // Forgets journal and steps before the last runs.
  Status Prune();
  Status Commit();

 private:
  explicit JournalTransaction(Database& db) : db_(&db) {}
  Status Fold(const PutEntryChange& change);
  Status Fold(const DropEntryChange& change);
  Status Fold(const OpenIntentChange& change);
  Status Fold(const CloseIntentChange& change);
  Status Fold(const BeginRunChange& change);
  Status Fold(const EndRunChange& change);
  Status Fold(const AddStepChange& change);

  Database* db_;
  uint64_t serial_ = 0;
  uint64_t recorded_serial_ = 0;
  uint64_t seq_ = 0;    // of the last record
  Digest head_;         // its digest
  uint64_t place_ = 0;  // of the next step inside its record
};

}  // namespace opsc
