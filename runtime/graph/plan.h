// The plan: a document that says what would be done and why. Apply reads nothing else.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace opsc {

enum class Action {
  kNoop,    // up to date
  kCached,  // a task whose result is known and in the store
  kRun,     // a task or action that will run
  kCreate,
  kUpdate,
  kReplace,  // delete and create (order: meta.create_first)
  kDelete,
  kAdopt,   // exists already as desired, will be recorded
  kForget,  // leaves the state, the thing stays
};

// Why a change is there; the text is made by `PrintReason`.
enum class ReasonKind {
  kNone,
  kNew,            // not in the state
  kFieldsChanged,  // `detail`: paths
  kDrift,          // observed differs from recorded; `detail`: paths or "is gone"
  kInputChanged,   // `detail`: the file
  kInputAdded,
  kInputRemoved,
  kCommandChanged,
  kEnvironmentChanged,  // `detail`: variable
  kToolChanged,         // `detail`: program
  kLimitChanged,
  kOutputsChanged,  // other `out`s declared
  kNeverRan,
  kFailedBefore,
  kEffect,     // an action: runs every time it is asked for
  kUpstream,   // `detail`: address whose result is not known yet
  kRequested,  // --replace, --force
  kRemovedFromSource,
  kTainted,     // an earlier apply was interrupted or failed half way
  kExists,      // not made by opsc, there already: what differs is changed
  kOutputLost,  // the store has lost it: cannot be restored
};

struct Reason {
  ReasonKind kind = ReasonKind::kNone;
  std::string detail;
};
std::string PrintReason(const Reason& reason);
std::string_view ReasonName(ReasonKind kind);  // "fields_changed", ... as in JSON
std::optional<ReasonKind> ReasonFromName(std::string_view name);
std::string_view ActionName(Action action);  // "run", "create", ... as in JSON
std::optional<Action> ActionFromName(std::string_view name);

// One difference inside a node, for people and JSON.
struct FieldDiff {
  std::string path;  // "spec.replicas", "run[2]"
  Value before;      // null: absent
  Value after;
  bool replaces = false;
  bool pending = false;
  bool secret = false;
};

struct Change {
  std::string address;
  std::string type;
  Action action = Action::kNoop;
  std::vector<Reason> reasons;  // most telling first
  Value before;                 // recorded fields; null: none
  Value after;                  // desired fields; may be pending
  std::vector<FieldDiff> diff;
  std::vector<std::string> depends_on;
  SourceLocation origin;
  std::string doc;
  std::optional<int64_t> expected_ns;  // from history
  Digest observed;         // of what was seen when planning; apply refuses when it moved
  Digest key;              // tasks: the cache key where it is known
  std::string moved_from;  // its address in the state until now; empty: did not move
  Value outs;              // of a cached task; not in the document
};

// Observed against recorded, whether or not the plan repairs it.
struct Drift {
  std::string address;
  std::vector<FieldDiff> diff;
  bool gone = false;
};

struct PlanSummary {
  int run = 0, create = 0, update = 0, replace = 0, destroy = 0, adopt = 0, forget = 0,
      up_to_date = 0;
  int move = 0;
  bool empty() const {
    return run + create + update + replace + destroy + adopt + forget + move == 0;
  }
};

struct Plan {
  std::vector<Change> changes;  // in an order that could be applied; deletions in reverse order
  std::vector<Drift> drift;
  std::vector<GraphCheck> checks;
  std::vector<std::pair<std::string, Value>> outs;
  std::map<std::string, Digest> sources;
  std::map<std::string, Value> params;
  std::vector<std::string> targets;
  std::vector<std::string> excludes;
  std::vector<std::string> notes;  // what was left out, and why; to be said with the plan
  uint64_t state_serial = 0;
  bool destroy = false;
  bool saved =
      false;  // read from a document: apply then checks inputs again that time may have changed

  PlanSummary Summary() const;
};

// `opsc.plan/1`: see docs/formats/plan.md. Secrets are keyed digests (MakePlan has sealed them; one
// that still is in clear is replaced by a digest under a random key, and the plan will be stale).
std::string EncodePlan(const Plan& plan);
// kInput where the text is no plan or one of another version. Any bytes are safe to give.
Result<Plan> DecodePlan(std::string_view text);

}  // namespace opsc
