// Opening the embedded store in PROJECT/.ops: journal (SQLite), content store, digest cache, lock.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "runtime/base/env.h"
#include "runtime/base/result.h"
#include "runtime/graph/content_store.h"
#include "runtime/graph/state.h"

namespace opsc {

Result<std::unique_ptr<Journal>> OpenJournal(const std::string& state_dir);
Result<std::unique_ptr<ContentStore>> OpenContentStore(const std::string& state_dir);
std::unique_ptr<FileDigests> OpenFileDigests(const std::string& state_dir, Env* env);

// What `VerifyJournal` has read.
struct JournalCheck {
  uint64_t records = 0;       // in the journal, each chained to the one before
  uint64_t first_record = 0;  // older ones were forgotten
  uint64_t entries = 0;
  uint64_t open_intents = 0;
};

// Reads the whole state.db and checks it: SQLite's own structure, the chain of digests through the
// journal, the digest of each entry, and that entries and open intents are what the journal folds
// to. kCorrupt says what differs. Changes nothing, holds no lock; all zero where there is no state.
Result<JournalCheck> VerifyJournal(const std::string& state_dir);

// Who holds the state.
struct LockHolder {
  std::string host, user, command;
  int pid = 0;
  Time since{};
  Time expires{};
};

// The exclusive lock on a state. Released by the destructor and by the death of the process.
class StateLock {
 public:
  virtual ~StateLock() = default;
};

// Waits up to `timeout` for the lock; kConflict names the holder and the way out.
// `command` as it was typed: "opsc apply --yes".
Result<std::unique_ptr<StateLock>> LockState(const std::string& state_dir,
                                             const std::string& command,
                                             std::chrono::nanoseconds timeout);
Result<std::optional<LockHolder>> ReadLockHolder(const std::string& state_dir);
// Breaks a lock whose holder is known to be dead or that has expired; refuses otherwise unless
// forced.
enum class UnlockMode { kIfDead, kForce };
Status UnlockState(const std::string& state_dir, UnlockMode mode);

}  // namespace opsc
