#include "compiler/driver/project/engine.h"

#include <filesystem>

#include <fmt/format.h>

#include "compiler/driver/project/engine_sources.h"
#include "compiler/driver/project/kinds.h"
#include "compiler/driver/project/state_id.h"
#include "runtime/kube/kubernetes_executor.h"

namespace opsc {

Status MakeStateDirectory(Env& env, const Project& project) {
  OPS_TRY(env.MakeDirs(project.state_dir));
  std::string ignore = JoinPath(project.state_dir, ".gitignore");
  if (env.Stat(ignore).type != FileType::kMissing) return {};
  return env.WriteFile(ignore, "*\n", 0644);
}

std::string OwnExecutable() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "opsc" : path.string();
}

Result<std::unique_ptr<StateLock>> LockProject(const CliSession& session, const Args& args,
                                               const Project& project) {
  OPS_TRY(MakeStateDirectory(*session.env, project));
  auto timeout = args.Duration("lock-timeout").value_or(std::chrono::nanoseconds(0));
  return LockState(project.state_dir, session.command_line, timeout);
}

void UseSources(Engine& engine, const CliSession& session, const Args& args, const Project& project,
                const EngineOptions& options) {
  Env& env = *session.env;
  LocalRunnerOptions runner;
  runner.project_root = options.source_root.empty() ? project.root : options.source_root;
  runner.state_dir = project.state_dir;
  runner.sandbox = args.Flag("no-sandbox") ? Sandbox::kOff : Sandbox::kAuto;
  runner.secrets = options.secrets;
  auto kubernetes = MakeKubernetesExecutor(&env, {runner.project_root, StateId(*engine.journal)});
  runner.kubernetes = kubernetes.get();
  engine.tasks =
      MakeLocalTaskRunner(std::move(runner), &env, engine.store.get(), engine.digests.get());
  engine.kubernetes = std::move(kubernetes);  // the former runner is gone
  engine.context.source_root = options.source_root;
}

Result<std::unique_ptr<Engine>> OpenEngine(const CliSession& session, const Args& args,
                                           const Project& project, const EngineOptions& options) {
  Env& env = *session.env;
  auto engine = std::make_unique<Engine>();
  OPS_TRY(MakeStateDirectory(env, project));
  if (options.locking == Locking::kExclusive) {
    OPS_ASSIGN(engine->lock, LockProject(session, args, project));
  }
  OPS_ASSIGN(engine->journal, OpenJournal(project.state_dir));
  OPS_ASSIGN(engine->store, OpenContentStore(project.state_dir));
  engine->digests = OpenFileDigests(project.state_dir, &env);
  AddKinds(engine->kinds);
  UseSources(*engine, session, args, project, options);
  KindContext& context = engine->context;
  context.env = &env;
  context.store = engine->store.get();
  context.project_root = project.root;
  context.state_dir = project.state_dir;
  context.state_id = StateId(*engine->journal);
  context.self_exe = OwnExecutable();
  context.events = options.events;
  context.stop = options.stop;
  return engine;
}

Result<std::unique_ptr<Journal>> OpenExistingJournal(Env& env, const Project& project) {
  if (env.Stat(JoinPath(project.state_dir, "state.db")).type == FileType::kMissing) {
    return Fail(ErrorKind::kInput, fmt::format("nothing is recorded in `{}`", project.state_dir),
                "`opsc apply` makes the program true and records it");
  }
  return OpenJournal(project.state_dir);
}

PlanInputs PlanInputsOf(Engine& engine, const Graph& graph, Program& program) {
  PlanInputs inputs;
  inputs.graph = &graph;
  inputs.program = &program;
  inputs.journal = engine.journal.get();
  inputs.tasks = engine.tasks.get();
  inputs.kinds = &engine.kinds;
  inputs.kind_context = engine.context;
  return inputs;
}

ApplyInputs ApplyInputsOf(Engine& engine, const Graph& graph, Program& program) {
  ApplyInputs inputs;
  inputs.graph = &graph;
  inputs.program = &program;
  inputs.journal = engine.journal.get();
  inputs.tasks = engine.tasks.get();
  inputs.kinds = &engine.kinds;
  inputs.kind_context = engine.context;
  return inputs;
}

PlanOptions PlanOptionsOf(const Args& args) {
  PlanOptions options;
  options.targets = args.Values("target");
  options.excludes = args.Values("exclude");
  const auto& replace = args.Values("replace");
  options.replace = {replace.begin(), replace.end()};
  options.refresh = args.ValueOr("refresh", "true") == "true";
  return options;
}

}  // namespace opsc
