// One sync, driven: waits, asks what is next, does it, remembers.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "runtime/base/env.h"
#include "runtime/base/result.h"
#include "runtime/reconcile/schedule.h"

namespace opsc {

// What a loop drives; the driver implements it. Called from the loop's thread only.
class Syncer {
 public:
  virtual ~Syncer() = default;
  // The commit that the ref names now. Reports what goes wrong itself.
  virtual Result<std::string> Fetch(std::stop_token stop) = 0;
  // Asked before a new revision is applied; where the gate is shut, what was applied before is
  // looked after meanwhile. Says itself what is waited for.
  virtual Gate MayApply(const std::string& revision) = 0;
  // An error (kCancelled) only where `stop` ended it.
  virtual Result<SyncResult> Apply(const std::string& revision, std::stop_token stop) = 0;
  virtual Result<SyncResult> Check(const std::string& revision, Heal heal,
                                   std::stop_token stop) = 0;
  // After each step, before anything else is done.
  virtual Status Remember(const SyncMemory& memory) = 0;
};

// Events for a loop, from any thread. Several of one kind before the loop looks are one.
class SyncBell {
 public:
  void Push();
  void Drift();
  void Gate();  // something that is waited for may stand now
  // What was heard, at once if there is something, else when `timeout` is over or `stop` is
  // requested. Takes it away.
  SyncEvents Wait(std::chrono::nanoseconds timeout, std::stop_token stop);

 private:
  void Ring(bool SyncEvents::* event);
  std::mutex mutex_;
  std::condition_variable_any heard_;
  SyncEvents events_;
};

struct SyncLoop {
  Syncer& syncer;
  SyncPolicy policy;
  SyncMemory memory;
  SyncBell& bell;
  Env& env;  // the clock
  std::function<double()> jitter;
};

enum class LoopEnd {
  kIdle,         // stopped while it waited, or between two steps
  kInterrupted,  // a step was cut short
};
// Until `stop` is requested. An error is one of opsc itself: what happened cannot be remembered.
Result<LoopEnd> RunLoop(SyncLoop& loop, std::stop_token stop);

// One pass: fetch, then what follows from it, as far as it is due at once.
Result<LoopEnd> RunPass(SyncLoop& loop, std::stop_token stop);

}  // namespace opsc
