// The TaskRunner of this machine. Made by MakeLocalTaskRunner. Inside runtime/exec only.
#pragma once

#include <sys/wait.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/exec/command_run.h"
#include "runtime/exec/failure.h"
#include "runtime/exec/out_directory.h"
#include "runtime/exec/outputs.h"
#include "runtime/exec/run_environment.h"
#include "runtime/exec/sandbox.h"
#include "runtime/exec/seen.h"
#include "runtime/exec/task_log.h"
#include "runtime/exec/task_preparer.h"
#include "runtime/exec/task_records.h"
#include "runtime/exec/task_runner.h"
#include "runtime/exec/visible.h"
#include "runtime/exec/workspace.h"

namespace opsc {

// How a command ended, wherever it ran, and where its outputs are.
struct FinishedTask {
  const CommandEnd& end;
  const Workspace& workspace;       // holds the outputs
  const std::string& project_root;  // as the command saw it
  const std::string& message;       // why it failed, where that is known already
};

// Runs tasks in sandboxes of this machine, or elsewhere by an executor. A result is recorded under
// the key of exactly what the command saw: inputs are copied and hashed before it starts, tools are
// compared after it ended.
class LocalRunner : public TaskRunner {
 public:
  LocalRunner(LocalRunnerOptions options, Env* env, ContentStore* store, FileDigests* digests);
  ~LocalRunner() override;

  Result<TaskKey> Key(const TaskSpec& spec) override;
  Status CheckInputs(const TaskSpec& spec) override;
  Result<std::optional<Value>> Lookup(const TaskKey& key) override;
  std::vector<Reason> Explain(const std::string& address, const TaskKey& key) override;
  Status Materialize(const std::string& address, const Value& outs) override;
  Result<TaskResult> Run(const TaskSpec& spec, const TaskKey& key, EventSink& events,
                         std::stop_token stop) override;
  std::optional<Sightings> Seen();
  Status RemoveAbandoned(const OpenIntent& intent, std::stop_token stop) override;

 private:
  // Where one command runs.
  struct Placement {
    SandboxHelper* helper;
    const Workspace* workspace;
  };
  static int64_t TimeoutOf(const TaskSpec& spec, const TaskCommand& command);

  Status Open();  // what only a run needs
  void ShowTools(const PreparedTask& task);
  void Say(EventSink& events, Event::Type type, const std::string& address,
           std::string message) const;  // no message: nothing
  void NoticeRefusal(EventSink& events);
  std::shared_ptr<const SecretPatterns> PatternsFor(const TaskCommand& command);

  Result<TaskResult> RunPrepared(const TaskSpec& spec, const PreparedTask& task, EventSink& events,
                                 std::stop_token stop);
  Result<TaskResult> RunElsewhere(const TaskSpec& spec, const PreparedTask& task, EventSink& events,
                                  std::stop_token stop);
  Result<RemoteEnd> ExecuteElsewhere(RemoteCommand command, TaskLog& log, EventSink& events,
                                     std::stop_token stop);
  std::string LogPath(const TaskSpec& spec) const;  // relative to the state directory
  Result<CommandEnd> Execute(const TaskSpec& spec, const PreparedTask& task,
                             const Placement& placement, TaskLog& log, std::stop_token stop);
  Status Conclude(const TaskSpec& spec, const PreparedTask& task, const FinishedTask& finished,
                  const TaskLog& log, EventSink& events, TaskResult& result);
  Status NoteFailure(const TaskSpec& spec, const PreparedTask& task);
  Status Keep(const TaskSpec& spec, const PreparedTask& task, const Value& outs, EventSink& events,
              const TaskResult& result);

  const LocalRunnerOptions options_;
  Env* const env_;
  ContentStore* const store_;
  FileDigests* const digests_;
  TaskPreparer preparer_;
  TaskRecords records_;
  OutDirectory out_;
  const std::string log_directory_;  // relative to the state directory

  std::mutex mutex_;  // of what follows
  std::string home_;
  std::vector<std::string> visible_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<WorkspaceMaker> makers_;
  std::unique_ptr<SandboxPool> pool_;
  // Shared with the maskers of running tasks.
  std::map<std::set<std::string>, std::shared_ptr<const SecretPatterns>> patterns_;
  std::atomic<bool> overlay_works_{true};
  std::atomic<bool> refusal_said_{false};
};

}  // namespace opsc
