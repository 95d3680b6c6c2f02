#include "runtime/exec/local_runner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

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

std::string PathVariable(Env& env) {
  return env.Variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
}

std::unexpected<Error> About(const TaskSpec& spec, Error error) {
  error.message = fmt::format("`{}`: {}", spec.address, error.message);
  return std::unexpected(std::move(error));
}

// The file of this very opsc.
std::string OwnProgram() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "/proc/self/exe" : path.string();
}

bool IsShell(std::string_view program) {
  const std::string_view name = BaseName(program);
  return name == "sh" || name == "bash" || name == "dash" || name == "zsh" || name == "env";
}

}  // namespace

LocalRunner::LocalRunner(LocalRunnerOptions options, Env* env, ContentStore* store,
                         FileDigests* digests)
    : options_(std::move(options)),
      env_(env),
      store_(store),
      digests_(digests),
      tools_(PathVariable(*env), options_.project_root, env, digests),
      inputs_(options_.project_root, env, digests),
      records_(options_.state_dir, store),
      out_(options_.state_dir, env, store),
      log_directory_(LogDirectory(*env)) {}

LocalRunner::~LocalRunner() {
  // Both are caches: what cannot be written is found out again by the next run.
  (void)records_.Save(env_->Now());
  (void)out_.Save();
  pool_.reset();
}

Tools& LocalRunner::ToolsFor(const TaskCommand& command) {
  const auto path = std::ranges::find(command.env, "PATH", &std::pair<std::string, Value>::first);
  if (path == command.env.end() || !path->second.is(ValueKind::kString)) return tools_;
  std::lock_guard lock(mutex_);
  auto& tools = tools_by_path_[std::string(path->second.AsString())];
  if (!tools) {
    tools = std::make_unique<Tools>(std::string(path->second.AsString()), options_.project_root,
                                    env_, digests_);
  }
  return *tools;
}

Result<std::vector<Tool>> LocalRunner::FindTools(const TaskCommand& command, std::string& program) {
  Tools& known = ToolsFor(command);
  std::map<std::string, Tool> found;
  const auto need = [&](const std::string& name) -> Result<Tool> {
    auto tool = known.Find(name);
    if (!tool) {
      return Fail(ErrorKind::kInput, DescribeMissingProgram(name, known),
                  "install it, or put its directory on PATH");
    }
    return *tool;
  };
  const auto scan = [&](std::string_view text) {
    for (Tool& tool : known.InScript(text)) found[tool.name] = std::move(tool);
  };
  if (!command.own.empty()) {
    program = OwnProgram();
  } else if (command.is_script) {
    OPS_ASSIGN(found["/bin/sh"], need("/bin/sh"));
    scan(command.script);
  } else if (const std::string& name = command.argv.front();
             name.starts_with('/') || name.find('/') == std::string::npos) {
    OPS_ASSIGN(Tool tool, need(name));
    program = tool.path;
    found[name] = std::move(tool);
    if (IsShell(name)) {
      for (size_t i = 1; i < command.argv.size(); ++i) scan(command.argv[i]);
    }
  }
  for (const std::string& name : command.tools) {
    OPS_ASSIGN(found[name], need(name));
  }
  std::vector<Tool> tools;
  for (auto& [name, tool] : found) tools.push_back(std::move(tool));
  return tools;
}

Result<std::string> LocalRunner::Salt() {
  std::lock_guard lock(mutex_);
  if (salt_.empty()) {
    OPS_ASSIGN(salt_, LoadSecretSalt(options_.state_dir));
  }
  return salt_;
}

Result<PreparedTask> LocalRunner::Prepare(const TaskSpec& spec) {
  PreparedTask task;
  OPS_ASSIGN(task.command, ReadTaskCommand(spec));
  auto inputs = inputs_.Read(task.command);
  if (!inputs) return std::unexpected(std::move(inputs).error());
  task.inputs = std::move(*inputs);
  if (task.command.executor.is_null()) {
    auto tools = FindTools(task.command, task.program);
    if (!tools) return std::unexpected(std::move(tools).error());
    task.tools = std::move(*tools);
  }
  OPS_ASSIGN(const std::string salt, Salt());
  task.key = MakeTaskKey(spec, task.command, task.inputs, task.tools, salt);
  return task;
}

Result<TaskKey> LocalRunner::Key(const TaskSpec& spec) {
  OPS_ASSIGN(PreparedTask task, Prepare(spec));
  return std::move(task.key);
}

Status LocalRunner::CheckInputs(const TaskSpec& spec) {
  OPS_ASSIGN(const TaskCommand known, ReadKnownSources(spec));
  OPS_TRY(inputs_.Read(known));
  return {};
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
  visible_ = VisibleDirectories(tools_, options_.project_root, home_);
  setup.visible = visible_;
  setup.own_directory = DirName(OwnProgram());
  pool_ = std::make_unique<SandboxPool>(std::move(setup));
  return {};
}

void LocalRunner::ShowTools(const PreparedTask& task) {
  const Tools& known = ToolsFor(task.command);
  std::lock_guard lock(mutex_);
  std::vector<std::string> wanted = visible_;
  if (&known != &tools_) AddVisible(known.directories(), options_.project_root, home_, wanted);
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
    OPS_ASSIGN(const PreparedTask task, Prepare(spec));
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

void LocalRunner::NoticeRefusal(EventSink& events) {
  const std::string refusal = pool_->refusal();
  if (refusal.empty() || refusal_said_.exchange(true)) return;
  events.Take(
      {.type = Event::Type::kNotice,
       .time = env_->Now(),
       .address = {},
       .message = fmt::format("tasks run without a sandbox ({}): what they read besides their "
                              "inputs is not noticed; see docs/sandbox.md",
                              refusal)});
}

void LocalRunner::NoticeLost(const TaskSpec& spec, const PreparedTask& task,
                             const Workspace& workspace, EventSink& events) {
  const std::string lost = DescribeLost(task.command, task.inputs, workspace);
  if (lost.empty()) return;
  events.Take({.type = Event::Type::kNotice,
               .time = env_->Now(),
               .address = spec.address,
               .message = fmt::format("`{}` {}", spec.address, lost)});
}

void LocalRunner::NoticeShortSecrets(const TaskSpec& spec, const TaskCommand& command,
                                     EventSink& events) {
  const auto is_short = [](const std::string& secret) {
    return !secret.empty() && secret.size() < kShortestMasked;
  };
  if (std::ranges::none_of(command.secrets, is_short)) return;
  events.Take(
      {.type = Event::Type::kNotice,
       .time = env_->Now(),
       .address = spec.address,
       .message = fmt::format("a secret of `{}` is shorter than {} characters and is not hidden "
                              "in its output",
                              spec.address, kShortestMasked)});
}

Result<CommandEnd> LocalRunner::Execute(const TaskSpec& spec, const PreparedTask& task,
                                        const Placement& placement, TaskLog& log,
                                        std::stop_token stop) {
  const Isolation isolation =
      placement.helper->isolated() ? Isolation::kNamespaces : Isolation::kNone;
  const std::string path = ToolsFor(task.command).path();
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
  NoticeShortSecrets(spec, task.command, events);
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
    result.message = finished.message.empty()
                         ? DescribeFailure(run, inputs_.sources(), ToolsFor(task.command))
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
  if (spec.type == "action") NoticeLost(spec, task, finished.workspace, events);
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
    if (ToolsFor(task.command).IsCurrent(tool)) continue;
    events.Take({.type = Event::Type::kProgress,
                 .time = env_->Now(),
                 .address = spec.address,
                 .message = fmt::format("`{}` changed while the task ran: its result is used now, "
                                        "but not kept for later runs",
                                        tool.name)});
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
  bool steady = inputs_.AddSeen(seen) && tools_.AddSeen(seen);
  {
    std::lock_guard lock(mutex_);
    for (const auto& [path, tools] : tools_by_path_) steady = tools->AddSeen(seen) && steady;
  }
  if (!steady) return std::nullopt;
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
