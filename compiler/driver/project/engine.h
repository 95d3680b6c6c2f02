// Everything that plan and apply work with, opened: journal, stores, kinds and the task runner.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/project/project.h"
#include "runtime/exec/apply.h"
#include "runtime/exec/task_runner.h"
#include "runtime/graph/content_store.h"
#include "runtime/graph/executor.h"
#include "runtime/graph/kind.h"
#include "runtime/graph/state.h"
#include "runtime/plan/plan.h"
#include "runtime/store/store.h"

namespace opsc {

struct Engine {
  std::unique_ptr<StateLock> lock;  // released last
  std::unique_ptr<Journal> journal;
  std::unique_ptr<ContentStore> store;
  std::unique_ptr<FileDigests> digests;
  KindTable kinds;
  std::unique_ptr<Executor> kubernetes;
  std::unique_ptr<TaskRunner> tasks;
  KindContext context;
};

enum class Locking { kNone, kExclusive };

struct EngineOptions {
  Locking locking = Locking::kNone;
  std::vector<std::string> secrets;  // masked in logs
  std::string source_root = {};      // absolute; empty: the project's root
  EventSink* events = nullptr;
  std::stop_token stop;
};

// REQUIRES: the command has kRunningGroup, and kLockGroup for kExclusive.
Result<std::unique_ptr<Engine>> OpenEngine(const CliSession& session, const Args& args,
                                           const Project& project, const EngineOptions& options);

// `.ops/` with a .gitignore of its own: what is in it is never a source.
Status MakeStateDirectory(Env& env, const Project& project);

// The path of this very program.
std::string OwnExecutable();

// Only the journal, for commands that look at what was. Creates nothing: an error without a state.
Result<std::unique_ptr<Journal>> OpenExistingJournal(Env& env, const Project& project);

// The exclusive lock, waiting as --lock-timeout says.
Result<std::unique_ptr<StateLock>> LockProject(const CliSession& session, const Args& args,
                                               const Project& project);

PlanInputs PlanInputsOf(Engine& engine, const Graph& graph, Program& program);
ApplyInputs ApplyInputsOf(Engine& engine, const Graph& graph, Program& program);
// --target, --exclude, --replace and --refresh. REQUIRES: the command has kPlanningGroup.
PlanOptions PlanOptionsOf(const Args& args);

}  // namespace opsc
