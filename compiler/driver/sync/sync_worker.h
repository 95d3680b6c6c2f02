// One sync at work: fetches, verifies, compiles, plans, applies, records.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/sync/agent_log.h"
#include "compiler/driver/sync/fights.h"
#include "compiler/driver/sync/sync_board.h"
#include "compiler/driver/sync/sync_record.h"
#include "compiler/driver/sync/sync_spec.h"
#include "compiler/driver/sync/synced_program.h"
#include "runtime/monitor/metrics.h"
#include "runtime/reconcile/loop.h"

namespace opsc {

// What all syncs of one agent share. Everything outlives the workers.
struct AgentShared {
  const CliSession& session;
  const Args& args;
  const Project& project;  // of the program that holds the syncs
  AgentLog& log;
  AgentMetrics& metrics;
  SyncBoard& board;
};

class SyncWorker : public Syncer {
 public:
  // Takes the lock of the sync and reads what is remembered. `bell`: rung when what it keeps may
  // have changed; nullptr: nobody waits for that.
  static Result<std::unique_ptr<SyncWorker>> Open(AgentShared shared, SyncSpec spec,
                                                  SyncBell* bell);

  Result<std::string> Fetch(std::stop_token stop) override;
  Gate MayApply(const std::string& revision) override;
  Result<SyncResult> Apply(const std::string& revision, std::stop_token stop) override;
  Result<SyncResult> Check(const std::string& revision, Heal heal, std::stop_token stop) override;
  Status Remember(const SyncMemory& memory) override;

  const SyncSpec& spec() const { return spec_; }
  const SyncMemory& memory() const { return record_.memory; }
  SyncStanding standing() const { return standing_; }

 private:
  SyncWorker(AgentShared shared, SyncSpec spec, SyncBell* bell)
      : shared_(shared), spec_(std::move(spec)), bell_(bell) {}

  // What is known of the revision at hand while it is tried.
  struct Attempt {
    SyncEntry entry = {};
    std::string details = {};
    bool broken = false;  // the program of the commit has errors
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  };
  Result<Attempt> Begin(const std::string& revision);
  // Records and says how it ended.
  SyncResult End(Attempt attempt, SyncResult result);
  SyncResult EndWithError(Attempt attempt, const Error& error, SyncResult result);
  Result<SyncResult> TryApply(Attempt& attempt, const std::string& revision, std::stop_token stop);
  Result<SyncResult> TryCheck(Attempt& attempt, const std::string& revision, Heal heal,
                              std::stop_token stop);

  Status Verify(Attempt& attempt, const std::string& revision, std::stop_token stop);
  Result<SyncedProgram*> Compiled(const std::string& revision);
  Status RunPlan(Attempt& attempt, const SyncPlan& plan, std::stop_token stop);
  void SayWhatIsLeft(const SyncPlan& plan, const std::string& revision);
  // Watches what is recorded now, unless that is watched already.
  void Watch();
  // What follows opens all anew.
  void CloseEngine();
  Env& env() const { return *shared_.session.env; }

  AgentShared shared_;
  SyncSpec spec_;
  SyncBell* bell_;
  std::string rules_;  // digest of the fields of the sync
  std::unique_ptr<StateLock> lock_;
  std::unique_ptr<GitRepository> mirror_;
  SyncRecord record_;
  SyncRecord written_;                       // as it is on disk
  std::shared_ptr<Engine> engine_;           // outlasts revisions: it knows the world
  std::unique_ptr<SyncedProgram> compiled_;  // of the revision that was looked at last
  std::vector<std::unique_ptr<opsc::Watch>> watches_;
  struct Watched {
    std::optional<uint64_t> serial;  // of the journal
    Digest entries;
  };
  Watched watched_;  // what `watches_` are about
  Fights fights_;
  std::atomic<SyncStanding> standing_{SyncStanding::kUnknown};
  std::string waits_;  // for what; empty: for nothing
};

}  // namespace opsc
