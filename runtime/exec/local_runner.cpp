#include "runtime/exec/local_runner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/exec/task_notices.h"
#include "runtime/graph/address.h"

namespace opsc {
namespace {

// "20261123T115300-4711": the directory of the logs of one process.
std::string LogDirectory(Env& env) {
  std::string name;
  for (char c : FormatTime(env.Now()).substr(0, 19)) {
    if (c != '-' && c != ':') name.push_back(c);
  }
  return fmt::format("logs/{}-{}", name, getpid());
}

std::unexpected<Error> About(const TaskSpec& spec, Error error) {
  error.message = fmt::format("`{}`: {}", spec.address, error.message);
  return std::unexpected(std::move(error));
}

}  // namespace

LocalRunner::LocalRunner(LocalRunnerOptions options, Env* env, ContentStore* store,
                         FileDigests* digests)
    : options_(std::move(options)),
      env_(env),
      store_(store),
      digests_(digests),
      preparer_(options_.project_root, options_.state_dir, env, digests),
      records_(options_.state_dir, store),
      out_(options_.state_dir, env, store),
      log_directory_(LogDirectory(*env)) {}

LocalRunner::~LocalRunner() {
  // Both are caches: what cannot be written is found out again by the next run.
  (void)records_.Save(env_->Now());
  (void)out_.Save();
  pool_.reset();
}

Result<TaskKey> LocalRunner::Key(const TaskSpec& spec) {
  OPS_ASSIGN(PreparedTask task, preparer_.Prepare(spec));
  return std::move(task.key);
}

Status LocalRunner::CheckInputs(const TaskSpec& spec) {
  return preparer_.CheckInputs(spec);
}

Result<std::optional<Value>> LocalRunner::Lookup(const TaskKey& key) {
  return records_.Find(key);
}

std::vector<Reason> LocalRunner::Explain(const std::string& address, const TaskKey& key) {
  const auto last = records_.Last(address);
  if (!last) return {{ReasonKind::kNeverRan, ""}};
  std::vector<Reason> reasons = CompareKeys(last->parts, key.parts);
  if (!reasons.empty()) return reasons;
  return {{last->ok ? ReasonKind::kOutputLost : ReasonKind::kFailedBefore, ""}};
}

Status LocalRunner::Materialize(const std::string& address, const Value& outs) {
  return out_.Materialize(address, outs);
}

Status LocalRunner::Open() {
  std::lock_guard lock(mutex_);
  if (pool_) return {};
  OPS_ASSIGN(session_, Session::Open(options_.state_dir));
  makers_ =
      std::make_unique<WorkspaceMaker>(options_.project_root, session_.get(), store_, digests_);
  SandboxSetup setup;
  setup.namespaces = options_.sandbox == Sandbox::kAuto;
  setup.project_root = options_.project_root;
  setup.root_mount = session_->directory() + "/root";
  OPS_TRY(MakeScratchDirectory(setup.root_mount));
  home_ = env_->Variable("HOME").value_or("/");
  visible_ = VisibleDirectories(preparer_.tools(), options_.project_root, home_);
  setup.visible = visible_;
  setup.own_directory = DirName(OwnProgram());
  pool_ = std::make_unique<SandboxPool>(std::move(setup));
  return {};
}

void LocalRunner::ShowTools(const PreparedTask& task) {
  const Tools& known = preparer_.ToolsFor(task.command);
  std::lock_guard lock(mutex_);
  std::vector<std::string> wanted = visible_;
  if (&known != &preparer_.tools())
    AddVisible(known.directories(), options_.project_root, home_, wanted);
  for (const Tool& tool : task.tools) {
    AddVisible({std::string(DirName(tool.path)), std::string(DirName(tool.real_path))},
               options_.project_root, home_, wanted);
  }
  if (wanted == visible_) return;
  visible_ = wanted;
  pool_->Show(std::move(wanted));
}

std::shared_ptr<const SecretPatterns> LocalRunner::PatternsFor(const TaskCommand& command) {
  std::set<std::string> secrets(options_.secrets.begin(), options_.secrets.end());
  secrets.insert(command.secrets.begin(), command.secrets.end());
  std::lock_guard lock(mutex_);
  auto& patterns = patterns_[secrets];
  if (!patterns) {
    patterns =
        std::make_shared<SecretPatterns>(std::vector<std::string>(secrets.begin(), secrets.end()));
  }
  return patterns;
}

Result<TaskResult> LocalRunner::Run(const TaskSpec& spec, const TaskKey&, EventSink& events,
                                    std::stop_token stop) {
  OPS_TRY(Open());
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    // Keyed again: what was planned may have changed, and a result stands under what it was made
    // of.
    OPS_ASSIGN(const PreparedTask task, preparer_.Prepare(spec));
    const bool elsewhere = !task.command.executor.is_null();
    if (!elsewhere) ShowTools(task);
    auto result =
        elsewhere ? RunElsewhere(spec, task, events, stop) : RunPrepared(spec, task, events, stop);
    if (result || result.error().kind != ErrorKind::kConflict) return result;
    if (attempt == kAttempts) {
      result.error().hint = "an input is being written all the time; run again when that has ended";
      return About(spec, std::move(result).error());
    }
  }
}

void LocalRunner::Say(EventSink& events, Event::Type type, const std::string& address,
                      std::string message) const {
  if (message.empty()) return;
  events.Take(
      {.type = type, .time = env_->Now(), .address = address, .message = std::move(message)});
}

void LocalRunner::NoticeRefusal(EventSink& events) {
  const std::string refusal = pool_->refusal();
  if (refusal.empty() || refusal_said_.exchange(true)) return;
  Say(events, Event::Type::kNotice, "", NoSandboxNotice(refusal));
}

Result<CommandEnd> LocalRunner::Execute(const TaskSpec& spec, const PreparedTask& task,
                                        const Placement& placement, TaskLog& log,
                                        std::stop_token stop) {
  const Isolation isolation =
      placement.helper->isolated() ? Isolation::kNamespaces : Isolation::kNone;
  const std::string path = preparer_.ToolsFor(task.command).path();
  OPS_ASSIGN(
      const SandboxCommand command,
      MakeSandboxCommand(spec, task.command, task.program, path, *placement.workspace, isolation));
  return RunCommand(*placement.helper, command, log, TimeoutOf(spec, task.command), stop);
}

int64_t LocalRunner::TimeoutOf(const TaskSpec& spec, const TaskCommand& command) {
  const int64_t limit = command.timeout_ns.value_or(0);
  if (spec.meta.timeout_ns == 0 || limit == 0) return std::max(spec.meta.timeout_ns, limit);
  return std::min(spec.meta.timeout_ns, limit);
}

Result<TaskResult> LocalRunner::RunPrepared(const TaskSpec& spec, const PreparedTask& task,
                                            EventSink& events, std::stop_token stop) {
  Say(events, Event::Type::kNotice, spec.address,
      ShortSecretsNotice(spec.address, task.command.secrets));
  const std::string log_path = LogPath(spec);
  while (true) {
    OPS_ASSIGN(auto helper, pool_->Acquire());
    NoticeRefusal(events);
    const bool overlay = helper->isolated() && overlay_works_;
    OPS_ASSIGN(const WorkspacePtr workspace, makers_->Make(task.inputs, task.command,
                                                           overlay ? WorkspaceMaker::Layers::kAsFits
                                                                   : WorkspaceMaker::Layers::kOne));
    TaskLog log(JoinPath(options_.state_dir, log_path), spec.address, events, env_,
                PatternsFor(task.command));
    OPS_ASSIGN(CommandEnd end, Execute(spec, task, {helper.get(), workspace.get()}, log, stop));
    pool_->Release(std::move(helper));
    if (end.outcome.kind == SandboxOutcome::Kind::kOverlayRefused && overlay_works_) {
      overlay_works_ = false;
      continue;
    }
    if (end.outcome.kind == SandboxOutcome::Kind::kSetupFailed && !end.cancelled &&
        pool_->refusal().empty() && options_.sandbox == Sandbox::kAuto) {
      pool_->GiveUp(end.outcome.what);
      continue;
    }
    TaskResult result;
    result.duration = end.duration;
    if (log.written()) result.log_path = log_path;
    OPS_TRY(
        Conclude(spec, task, {end, *workspace, options_.project_root, ""}, log, events, result));
    return result;
  }
}

std::string LocalRunner::LogPath(const TaskSpec& spec) const {
  return fmt::format("{}/{}.log", spec.run.empty() ? log_directory_ : "logs/" + spec.run,
                     AddressToPath(spec.address));
}

Status LocalRunner::Conclude(const TaskSpec& spec, const PreparedTask& task,
                             const FinishedTask& finished, const TaskLog& log, EventSink& events,
                             TaskResult& result) {
  using Kind = SandboxOutcome::Kind;
  const CommandEnd& end = finished.end;
  result.outcome = TaskResult::Outcome::kFailed;
  if (end.cancelled) {
    result.outcome = TaskResult::Outcome::kCancelled;
    result.message = "was cancelled";
    return {};
  }
  if (end.outcome.kind != Kind::kExited && end.outcome.kind != Kind::kExecFailed) {
    return Fail(ErrorKind::kEnvironment,
                fmt::format("the sandbox of `{}` failed: {}", spec.address, end.outcome.what),
                "run again; docs/sandbox.md says what the sandbox needs of the kernel");
  }
  const int status = end.outcome.wait_status;
  const bool exited = end.outcome.kind == Kind::kExited && WIFEXITED(status);
  result.exit_code = exited                ? WEXITSTATUS(status)
                     : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                           : 127;
  const bool failed = !exited || !task.command.ok_codes.contains(result.exit_code);
  if (end.timed_out || failed || !finished.message.empty()) {
    const FailedRun run{
        spec.address, task.command,          task.inputs,       end, TimeoutOf(spec, task.command),
        log.tail(),   finished.project_root, task.command.image};
    result.message = finished.message.empty() ? DescribeFailure(run, preparer_.sources(),
                                                                preparer_.ToolsFor(task.command))
                                              : finished.message;
    return NoteFailure(spec, task);
  }
  auto outs = CaptureOutputs(spec, task.command, task.inputs, finished.workspace,
                             finished.project_root, *store_);
  if (!outs && outs.error().kind == ErrorKind::kTask) {
    result.message = outs.error().message + "; " + outs.error().hint;
    return NoteFailure(spec, task);
  }
  if (!outs) return About(spec, std::move(outs).error());
  Say(events, Event::Type::kNotice, spec.address,
      LostFilesNotice(spec, task, finished.workspace, *env_));
  OPS_TRY(Keep(spec, task, *outs, events, result));
  OPS_TRY(out_.Materialize(spec.address, *outs));
  result.outs = std::move(*outs);
  result.outcome = TaskResult::Outcome::kOk;
  return {};
}

Status LocalRunner::NoteFailure(const TaskSpec& spec, const PreparedTask& task) {
  return spec.type == "action" ? Status() : records_.RecordFailure(task.key);
}

Status LocalRunner::Keep(const TaskSpec& spec, const PreparedTask& task, const Value& outs,
                         EventSink& events, const TaskResult& result) {
  if (spec.type == "action") return {};
  for (const Tool& tool : task.tools) {
    if (preparer_.ToolsFor(task.command).IsCurrent(tool)) continue;
    Say(events, Event::Type::kProgress, spec.address,
        fmt::format("`{}` changed while the task ran: its result is used now, but not kept for "
                    "later runs",
                    tool.name));
    return {};
  }
  return records_.RecordSuccess(task.key, {outs, result.duration.count(), result.log_path});
}

std::optional<Sightings> SeenBy(TaskRunner& tasks) {
  auto* local = dynamic_cast<LocalRunner*>(&tasks);
  return local == nullptr ? std::nullopt : local->Seen();
}

std::optional<Sightings> LocalRunner::Seen() {
  Sightings seen;
  if (!preparer_.AddSeen(seen)) return std::nullopt;
  out_.AddSeen(seen);
  // What the store holds is found in directories by the first digits of a digest.
  const std::string blobs(DirName(DirName(store_->BlobPath({}))));
  seen.push_back({.look = Sighting::Look::kEntry, .path = blobs, .stat = env_->Stat(blobs)});
  const auto directories = env_->List(blobs);
  if (!directories) return std::nullopt;
  for (const DirEntry& entry : *directories) {
    const std::string path = JoinPath(blobs, entry.name);
    seen.push_back({.look = Sighting::Look::kEntry, .path = path, .stat = env_->Stat(path)});
  }
  return seen;
}

std::unique_ptr<TaskRunner> MakeLocalTaskRunner(LocalRunnerOptions options, Env* env,
                                                ContentStore* store, FileDigests* digests) {
  return std::make_unique<LocalRunner>(std::move(options), env, store, digests);
}

}  // namespace opsc
