// Tasks as the engine sees them: a key, a look-up, a run. The sandbox behind it is in exec/.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/event.h"
#include "runtime/graph/plan.h"
#include "runtime/graph/state.h"

namespace opsc {

// One named part of a task's key, kept with the result so that a miss can say what changed.
struct KeyPart {
  ReasonKind kind = ReasonKind::kNone;  // kInputChanged, kCommandChanged, kToolChanged, ...
  std::string name;                     // file, variable, program
  Digest digest;
};

// All that decides a task's result. Two tasks with equal keys have equal results.
struct TaskKey {
  Digest digest;
  std::vector<KeyPart> parts;  // sorted by kind, name
  std::string address;         // of the task it was made for; no part of the digest
};

// A task, fully known, ready to be keyed and run.
struct TaskSpec {
  std::string address;
  std::string type;  // "task" or "action"
  Value fields;      // see stdlib/prelude/task.ops
  std::vector<OutDecl> outs;
  Meta meta;
  std::string token;  // idempotency key, for actions (environment OPSC_IDEMPOTENCY_KEY)
  std::string run =
      {};  // id of the run: the log is kept as logs/RUN/ADDRESS.log; empty: a name of its own
};

struct TaskResult {
  enum class Outcome { kOk, kFailed, kCancelled } outcome = Outcome::kOk;
  Value outs;  // record: files with their digests
  int exit_code = 0;
  std::string message;  // of a failure: what, and the way out
  std::chrono::nanoseconds duration{0};
  std::string log_path;  // relative to the state directory
  int attempts = 1;
};

// Keys, looks up, restores and runs tasks. Thread-safe.
class TaskRunner {
 public:
  virtual ~TaskRunner() = default;
  // Reads and digests inputs and tools. Fails where an input matches nothing or cannot be read.
  virtual Result<TaskKey> Key(const TaskSpec& spec) = 0;
  // Of a task that is pending still: fails where what is known of its inputs matches nothing.
  virtual Status CheckInputs(const TaskSpec&) { return {}; }
  // The recorded result of exactly this key, if everything of it is in the store.
  virtual Result<std::optional<Value>> Lookup(const TaskKey& key) = 0;
  // Why there is no result: this key against the last one recorded for the address.
  virtual std::vector<Reason> Explain(const std::string& address, const TaskKey& key) = 0;
  // Makes `.ops/out/<address>/` hold `outs` again (deleted or changed files are restored).
  virtual Status Materialize(const std::string& address, const Value& outs) = 0;
  virtual Result<TaskResult> Run(const TaskSpec& spec, const TaskKey& key, EventSink& events,
                                 std::stop_token stop) = 0;
  // Ends what an opsc that is no more started elsewhere for this intent, if it is still there.
  virtual Status RemoveAbandoned(const OpenIntent&, std::stop_token) { return {}; }
};

}  // namespace opsc
