// The recorded state as data, and the journal as an interface. The SQLite behind it is in store/.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/result.h"
#include "runtime/graph/graph.h"

namespace opsc {

// What is recorded of one node ("prior").
struct StateEntry {
  std::string address;
  std::string type;
  Value fields;    // as applied; secrets as keyed digests
  Value outs;      // record
  Value recorded;  // the kind's own notes (digests, pids, ids): a record, opaque to the engine
  std::vector<std::string> depends_on;
  bool protect = false;
  bool tainted = false;  // an effect may be half done: recover, then replace
  uint64_t serial = 0;   // of the last write
  int64_t duration_ns = 0;
};

enum class RunOutcome { kRunning, kOk, kFailed, kCancelled, kInterrupted };

struct RunRecord {
  std::string id;  // sortable: "20261123T115300-3f2a"
  std::string command;
  Time started{};
  Time ended{};
  RunOutcome outcome = RunOutcome::kRunning;
  std::string summary;
  std::string user;
};

// One node's result inside a run.
struct StepRecord {
  std::string run;
  std::string address;
  std::string action;  // ActionName
  std::string result;  // ok | failed | skipped | cancelled | cached
  std::string message;
  Time started{};
  int64_t duration_ns = 0;
};

// An effect that was announced and whose result was never written: the process died in between.
struct OpenIntent {
  uint64_t id = 0;
  std::string run;
  std::string address;
  std::string type;
  std::string action;  // ActionName
  std::string token;   // idempotency token, known to the provider
  Value fields;        // what was about to be made true
  Value recorded;      // prior notes of the kind
};

// Append-only journal folded into the state. Calls return after the data is durable; concurrent
// calls are committed as one group (thread-safe). After a failed sync every call fails.
class Journal {
 public:
  virtual ~Journal() = default;

  // --- reading ---
  virtual Result<std::vector<StateEntry>> Entries() = 0;  // sorted by address
  virtual Result<std::optional<StateEntry>> Entry(const std::string& address) = 0;
  virtual Result<uint64_t> Serial() = 0;  // grows with each change of the state
  virtual Result<std::vector<OpenIntent>> OpenIntents() = 0;
  virtual Result<std::vector<RunRecord>> Runs(size_t limit) = 0;  // newest first
  virtual Result<std::vector<StepRecord>> Steps(const std::string& run) = 0;
  // Median duration of the last ok runs of each address.
  virtual Result<std::map<std::string, int64_t>> ExpectedDurations() = 0;

  // --- one apply ---
  virtual Result<std::string> BeginRun(const std::string& command) = 0;
  virtual Status EndRun(const std::string& run, RunOutcome outcome, const std::string& summary) = 0;
  // Before an effect. Durable when it returns.
  struct IntentRequest {
    std::string run, address, type, action, token;
    Value fields, recorded;
  };
  virtual Result<uint64_t> Intent(const IntentRequest& request) = 0;
  // After it: closes the intent and folds `entry` into the state (nullopt: the node is gone).
  virtual Status Complete(uint64_t intent, const std::optional<StateEntry>& entry,
                          const StepRecord& step) = 0;
  // The effect did not happen, or failed; the state stays, tainted if `half_done`.
  virtual Status Abandon(uint64_t intent, bool half_done, const StepRecord& step) = 0;
  // Steps without an effect (cached, skipped) and their new entries, in one transaction.
  virtual Status Record(std::span<const StateEntry> entries, std::span<const StepRecord> steps) = 0;

  // --- care of the state ---
  virtual Status Move(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& address) = 0;
  virtual Result<std::string> Export() = 0;          // `opsc.state/1` JSON
  virtual Status Import(std::string_view text) = 0;  // refuses a lower serial
  // Keys the HMAC of secrets in this state. Made at random with the state; 32 bytes.
  virtual const std::string& secret_salt() const = 0;
};

}  // namespace opsc
