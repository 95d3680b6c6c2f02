#include <deque>
#include <random>
#include <thread>

#include <fmt/ranges.h>

#include "compiler/driver/cli/signals.h"
#include "compiler/driver/ml/retrainer.h"
#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/sync/sync_worker.h"
#include "runtime/monitor/server.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--once", "", "one pass over each sync, then end with a code that says how they stand"},
    {"--listen", "ADDR", "serve /healthz, /readyz, /metrics and POST /hooks/git: 127.0.0.1:8080"},
};

// One sync with all that drives it.
struct DrivenSync {
  SyncBell bell;
  std::unique_ptr<SyncWorker> worker;
  std::unique_ptr<Watch> origin;  // of a repository on this machine
  Result<LoopEnd> end = LoopEnd::kIdle;
};
using DrivenSyncs = std::deque<DrivenSync>;

double Jitter() {
  thread_local std::mt19937 random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

// The files of a local repository that change when a ref does.
std::vector<std::string> RefFiles(Env& env, const SyncSpec& spec) {
  std::string local = LocalPath(spec.url);
  if (local.empty()) return {};
  std::string below = JoinPath(local, ".git");
  std::string directory = env.Stat(below).type == FileType::kDirectory ? below : local;
  std::string kind = spec.ref.kind == GitRef::Kind::kTag ? "refs/tags/" : "refs/heads/";
  return {JoinPath(directory, kind + spec.ref.name), JoinPath(directory, "packed-refs")};
}

Status OpenAll(AgentShared shared, std::vector<SyncSpec> specs, bool once, DrivenSyncs& syncs) {
  for (SyncSpec& spec : specs) {
    DrivenSync& sync = syncs.emplace_back();
    if (!once) {
      auto files = RefFiles(*shared.session.env, spec);
      SyncBell* bell = &sync.bell;
      if (!files.empty()) sync.origin = WatchPaths(files, [bell] { bell->Push(); });
    }
    OPS_ASSIGN(sync.worker, SyncWorker::Open(shared, std::move(spec), once ? nullptr : &sync.bell));
    shared.board.Add(sync.worker->spec(), once ? nullptr : &sync.bell);
  }
  return {};
}

// Of agents that make one pass: a sync's comes after the passes of those that it waits for.
void Drive(DrivenSync& sync, SyncBoard& board, Env& env, bool once, std::stop_token stop) {
  SyncWorker& worker = *sync.worker;
  std::vector<std::string> needs;
  for (const SyncNeed& need : worker.spec().after) needs.push_back(need.name);
  if (once) board.WaitUntilEnded(needs, stop);
  SyncLoop loop{worker, worker.spec().policy, worker.memory(), sync.bell, env, Jitter};
  sync.end = once ? RunPass(loop, stop) : RunLoop(loop, stop);
  board.End(worker.spec().name);
}

Status Readiness(const DrivenSyncs& syncs) {
  for (const DrivenSync& sync : syncs) {
    SyncStanding standing = sync.worker->standing();
    if (standing == SyncStanding::kSynced || standing == SyncStanding::kDrifted) continue;
    std::string_view how = standing == SyncStanding::kUnknown   ? "not looked at yet"
                           : standing == SyncStanding::kDenied  ? "its commit is refused"
                           : standing == SyncStanding::kWaiting ? "waits for another"
                                                                : "failed";
    return Fail(ErrorKind::kEnvironment, fmt::format("{}: {}", sync.worker->spec().name, how));
  }
  return {};
}

int ExitCodeOfStanding(SyncStanding standing) {
  switch (standing) {
    case SyncStanding::kUnknown:
    case SyncStanding::kSynced:
      return kExitOk;
    case SyncStanding::kDrifted:
      return kExitDifference;
    case SyncStanding::kFailed:
    case SyncStanding::kWaiting:
      return kExitError;
    case SyncStanding::kDenied:
      return kExitDenied;
  }
  return kExitError;
}

// The worst of all; 130 where a pass was cut short.
int ExitCodeOf(const CliSession& session, const DrivenSyncs& syncs, bool once) {
  int code = kExitOk;
  for (const DrivenSync& sync : syncs) {
    if (!sync.end) {
      PrintError(session, sync.end.error());
      code = kExitError;
    } else if (*sync.end == LoopEnd::kInterrupted) {
      return kExitInterrupted;
    } else if (once) {
      int one = ExitCodeOfStanding(sync.worker->standing());
      bool worse =
          one == kExitError || code == kExitOk || (one == kExitDenied && code != kExitError);
      if (one != kExitOk && worse) code = one;
    }
  }
  return code;
}

Result<std::unique_ptr<MonitorServer>> Listen(const Args& args, AgentMetrics& metrics,
                                              DrivenSyncs& syncs) {
  if (!args.Value("listen")) return nullptr;
  MonitorAnswers answers;
  answers.ready = [&] { return Readiness(syncs); };
  answers.metrics = [&] { return metrics.Text(); };
  answers.pushed = [&] {
    for (DrivenSync& sync : syncs) sync.bell.Push();
  };
  return StartMonitor(*args.Value("listen"), std::move(answers));
}

void DriveAll(DrivenSyncs& syncs, SyncBoard& board, Env& env, bool once, std::stop_token stop) {
  std::vector<std::jthread> threads;
  for (DrivenSync& sync : syncs) {
    threads.emplace_back([&, once, stop] { Drive(sync, board, env, once, stop); });
  }
}

std::string WhatIsWatched(const DrivenSyncs& syncs, bool models) {
  std::vector<std::string> names;
  for (const DrivenSync& sync : syncs) names.push_back(sync.worker->spec().name);
  if (models) names.emplace_back("models with `retrain:`");
  return fmt::format("looks after {}", fmt::join(names, ", "));
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(auto prepared, Prepare(session, args, {}));
  if (!prepared) return ProgramHasErrors(session);
  OPS_ASSIGN(auto specs, ReadSyncSpecs(prepared->project, prepared->graph()));
  bool retrains = args.positional.empty() && HasTriggers(prepared->graph());
  if (!specs.empty() || !retrains) {
    OPS_ASSIGN(specs, SelectSyncs(std::move(specs), args.positional));
  }
  bool once = args.Flag("once");
  AgentLog log(session);
  AgentMetrics metrics;
  DrivenSyncs syncs;
  SyncBoard board;
  AgentShared shared{session, args, prepared->project, log, metrics, board};
  OPS_TRY(OpenAll(shared, std::move(specs), once, syncs));
  StopOnSignal stop(args.Duration("timeout"), [&] {
    for (DrivenSync& sync : syncs) {
      sync.bell.Push();
      sync.bell.Drift();
    }
  });
  OPS_ASSIGN(auto server, Listen(args, metrics, syncs));
  if (server) log.Note(fmt::format("listening on http://{}", server->address()));
  Retrainer retrainer(session, args, stop);
  std::jthread models;
  if (!once) log.Note(WhatIsWatched(syncs, retrains));
  if (retrains && !once) models = std::jthread([&] { retrainer.Run(stop.token()); });
  DriveAll(syncs, board, *session.env, once, stop.token());
  if (models.joinable()) models.join();
  int code = ExitCodeOf(session, syncs, once);
  return retrains && once && code == kExitOk ? retrainer.Pass() : code;
}

}  // namespace

extern const Command kAgentCommand = {
    .name = "agent",
    .summary = "keep the world as Git says, and models as new data says, until stopped",
    .example = "opsc agent --listen 127.0.0.1:8080",
    .run = Run,
    .positional = {"NAME", 0, kAnyNumber, Completes::kNothing},
    .options = kOptions,
    .groups = kProgramGroup | kRunningGroup | kLockGroup | kEventsGroup,
    .details =
        "Works on every `sync` of the program, or on those that are named: fetches, verifies, "
        "plans,\n"
        "applies, heals. Looks every ten seconds whether a model with `retrain:` has something to\n"
        "learn, and applies what follows from it. INT and TERM end it when the running pass is at "
        "a\n"
        "consistent point; HUP looks at everything at once."};

}  // namespace opsc
