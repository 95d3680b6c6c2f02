// How the syncs of one agent stand, for those of them that come after others.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/driver/sync/sync_spec.h"
#include "runtime/reconcile/loop.h"

namespace opsc {

// How a sync stands, for the exit code, for /readyz and for those that come after it.
enum class SyncStanding { kUnknown, kSynced, kDrifted, kFailed, kDenied, kWaiting };

// Thread-safe.
class SyncBoard {
 public:
  // One that this agent drives. `bell`: rung when what it waits for may stand, and when others wait
  // for a commit that it has not seen; outlives the board. nullptr: nobody listens.
  void Add(const SyncSpec& spec, SyncBell* bell);
  void Set(const std::string& name, SyncStanding standing, const SyncMemory& memory);

  // What `spec` waits for before it may apply `revision`: "`base`, which failed". Empty: nothing.
  // Those that another agent drives are known by what it has recorded. A sync of the same source
  // stands when it has applied the very revision.
  std::string WaitsFor(Env& env, const SyncSpec& spec, const std::string& revision);

  // For agents that make one pass: it has ended; until those of `names` have.
  void End(const std::string& name);
  void WaitUntilEnded(const std::vector<std::string>& names, std::stop_token stop);

 private:
  struct Place {
    const SyncSpec* spec = nullptr;
    SyncBell* bell = nullptr;
    SyncStanding standing = SyncStanding::kUnknown;
    SyncMemory memory = {};
    bool ended = false;
  };
  static std::string Judge(const SyncNeed& need, const Place& place, const std::string& revision,
                           bool same_source);

  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::map<std::string, Place> places_;
};

}  // namespace opsc
