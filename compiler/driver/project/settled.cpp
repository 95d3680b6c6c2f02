#include "compiler/driver/project/settled.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/driver/project/own_program.h"
#include "compiler/driver/project/params.h"
#include "compiler/driver/project/settled_file.h"
#include "compiler/driver/show/plan_text.h"
#include "runtime/exec/look.h"
#include "runtime/exec/seen.h"
#include "runtime/store/idle_run.h"

namespace opsc {
namespace {

constexpr std::string_view kParamPrefix = "OPSC_PARAM_";
constexpr size_t kKeptMemos = 32;

// Options under which a run with nothing to do does nothing more: all others ask for something.
constexpr std::string_view kHarmless[] = {"param",   "params",      "env",      "parallel",
                                          "timeout", "directory",   "no-color", "no-sandbox",
                                          "quiet",   "lock-timeout"};

bool IsHarmless(const CliSession& session, const Args& args) {
  if (session.json || session.verbosity == Verbosity::kVerbose) return false;
  return std::ranges::all_of(args.options, [](const auto& option) {
    return option.second.empty() ||
           std::ranges::find(kHarmless, option.first) != std::end(kHarmless);
  });
}

// NAME=VALUE of the environment's parameters, sorted.
std::set<std::string_view> ParamVariables() {
  std::set<std::string_view> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::string_view(*entry).starts_with(kParamPrefix)) variables.insert(*entry);
  }
  return variables;
}

// All that a run depends on besides what it looks at in the file system.
Digest KeyOf(const CliSession& session, const Project& project) {
  Hasher hasher;
  hasher.Part("opsc.settled/1");
  AddOwnProgram(*session.env, hasher);
  hasher.Part(project.root).Part(AbsolutePath(".")).Part(uint64_t{project.files.size()});
  for (const std::string& file : project.files) hasher.Part(file);
  hasher.Part(uint64_t{session.words.size()});
  for (const std::string& word : session.words) hasher.Part(word);
  hasher.Part(session.env->Variable("PATH").value_or("/"));
  for (std::string_view variable : ParamVariables()) hasher.Part(variable);
  return hasher.Finish();
}

std::string DirectoryOf(const Project& project) {
  return JoinPath(project.state_dir, "cache/settled");
}

std::string PathOf(const Project& project, const Digest& key) {
  return JoinPath(DirectoryOf(project), key.Short());
}

uint32_t WeekOf(Time time) {
  constexpr std::chrono::hours kWeek{24 * 7};
  return static_cast<uint32_t>(time.time_since_epoch() / kWeek);
}

// Does the memo hold? Then the run is recorded. REQUIRES: the state is locked.
bool RecordIfSo(const CliSession& session, const Project& project, const SettledMemo& memo) {
  const SettledRun& run = memo.run;
  if (run.week != WeekOf(session.env->Now()) || !LooksTheSame(memo, project.root)) return false;
  IdleRun idle{run.command, fmt::format("{} cached", run.tasks), run.serial};
  Result<bool> recorded = RecordIdleRun(project.state_dir, idle);
  return recorded && *recorded;
}

bool IsSecret(const LoadedProgram& program) {
  const auto& params = program.evaluation->graph().params;
  return !program.secrets.empty() || !program.evaluation->unread_secrets().empty() ||
         std::ranges::any_of(params, [](const auto& param) { return param.second.has_secret(); });
}

bool DeclaresAllVariables(const LoadedProgram& program) {
  std::vector<std::string> declared = DeclaredParams(program.parsed.root);
  return std::ranges::all_of(ParamVariables(), [&](std::string_view variable) {
    variable.remove_prefix(kParamPrefix.size());
    std::string_view name = variable.substr(0, variable.find('='));
    return std::ranges::find(declared, name) != declared.end();
  });
}

// Nothing but tasks, all cached, and nothing said on the way.
bool FoundAllUpToDate(const LoadedProgram& program, const EndedRun& run) {
  const Plan& plan = run.plan;
  bool silent = program.diagnostics.all().empty() && plan.notes.empty() && plan.drift.empty() &&
                std::ranges::none_of(plan.checks, &GraphCheck::failed);
  return silent && run.result.cached == static_cast<int>(plan.changes.size()) &&
         std::ranges::all_of(plan.changes, [](const Change& change) {
           return change.action == Action::kCached && change.type == "task";
         });
}

// Every file that the program was read from, and the directories of its modules.
// False: a source stands in no file.
bool AddSources(const Project& project, const ParsedProgram& parsed, Sightings& seen) {
  std::set<std::string> directories;
  for (size_t i = 0; i < parsed.sources.size(); ++i) {
    const std::string& path = parsed.sources[FileId(i)].path;
    if (path.starts_with("std/")) continue;
    seen.push_back(SeeTarget(project.Absolute(path)));
    if (seen.back().stat.type != FileType::kFile) return false;
    if (DirName(path) != ".") directories.emplace(DirName(path));
  }
  for (const std::string& path : directories) seen.push_back(SeeTarget(project.Absolute(path)));
  return true;
}

std::optional<Sightings> AllSeen(const Args& args, const Prepared& prepared, Engine& engine) {
  std::optional<Sightings> seen = SeenBy(*engine.tasks);
  if (!seen || !AddSources(prepared.project, prepared.program->parsed, *seen)) return std::nullopt;
  for (const std::string& path : args.Values("params")) {
    seen->push_back(SeeTarget(AbsolutePath(path)));
  }
  seen->push_back(SeeTarget(JoinPath(prepared.project.state_dir, "outs.json")));
  return seen;
}

// Old memos go: of commands that nobody gives any more, of another opsc.
void MakeRoom(Env& env, const std::string& directory) {
  auto entries = env.List(directory);
  if (!entries || entries->size() < kKeptMemos) return;
  auto changed = [&](const DirEntry& entry) {
    return env.Stat(JoinPath(directory, entry.name)).mtime_ns;
  };
  (void)env.Remove(JoinPath(directory, std::ranges::min(*entries, {}, changed).name));
}

}  // namespace

std::optional<int> RecallSettled(CliSession& session, const Args& args) {
  if (!IsHarmless(session, args)) return std::nullopt;
  Result<Project> project = FindProject(*session.env, std::nullopt);
  if (!project) return std::nullopt;
  Digest key = KeyOf(session, *project);
  Result<std::string> bytes = session.env->ReadFile(PathOf(*project, key));
  auto memo = bytes ? DecodeSettled(*bytes) : std::nullopt;
  if (!memo || memo->run.key != key) return std::nullopt;
  session.command_line = memo->run.command;
  auto lock = LockState(project->state_dir, session.command_line, {});
  if (!lock || !RecordIfSo(session, *project, *memo)) return std::nullopt;
  if (session.verbosity != Verbosity::kQuiet) WriteOut(NothingToDoText(memo->run.tasks));
  return kExitOk;
}

void RememberSettled(const CliSession& session, const Args& args, const Prepared& prepared,
                     Engine& engine, const EndedRun& run) {
  const LoadedProgram& program = *prepared.program;
  if (!IsHarmless(session, args) || !FoundAllUpToDate(program, run) || IsSecret(program) ||
      !DeclaresAllVariables(program)) {
    return;
  }
  std::optional<Sightings> seen = AllSeen(args, prepared, engine);
  Result<uint64_t> serial = engine.journal->Serial();
  if (!seen || !serial || !SettledBefore(*seen, run.began)) return;
  SettledRun settled{.key = KeyOf(session, prepared.project),
                     .week = WeekOf(run.began),
                     .serial = *serial,
                     .tasks = run.plan.changes.size(),
                     .command = session.command_line};
  Env& env = *session.env;
  std::string path = PathOf(prepared.project, settled.key);
  if (!env.MakeDirs(DirectoryOf(prepared.project))) return;
  MakeRoom(env, DirectoryOf(prepared.project));
  std::string bytes = EncodeSettled(settled, prepared.project.root, *std::move(seen));
  (void)env.WriteFile(path, bytes, 0600, Durability::kCached);
}

}  // namespace opsc
