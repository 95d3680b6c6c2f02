#include "compiler/driver/project/log_files.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/driver/cli/name_hint.h"
#include "compiler/driver/project/recorded_entries.h"
#include "compiler/driver/project/recorded_runs.h"
#include "compiler/driver/project/targets.h"
#include "runtime/graph/address.h"

namespace opsc {
namespace {

constexpr size_t kSearched = 200;  // runs, newest first

std::string TaskLogPath(const Project& project, const std::string& run,
                        const std::string& address) {
  return fmt::format("{}/logs/{}/{}.log", project.state_dir, run, AddressToPath(address));
}

// Runs and tasks that were cached print nothing and have no log.
std::vector<LogFile> LogsOfRun(Env& env, const Project& project, Journal& journal,
                               const std::string& run, const std::string& address) {
  std::vector<LogFile> logs;
  auto steps = journal.Steps(run);
  if (!steps) return logs;
  for (const StepRecord& step : *steps) {
    bool named = address.empty() || step.address == address || IsInside(step.address, address);
    if (!named) continue;
    std::string path = TaskLogPath(project, run, step.address);
    if (env.Stat(path).type != FileType::kFile) continue;
    if (!logs.empty() && logs.back().address == step.address) continue;
    logs.push_back({step.address, path, run});
  }
  return logs;
}

std::optional<LogFile> LogOfService(Env& env, const Project& project, Journal& journal,
                                    const std::string& address) {
  std::string directory = "services/" + AddressToPath(address);
  if (auto entry = journal.Entry(address); entry && *entry) {
    const Value* recorded = (*entry)->recorded.Find("dir");
    if (recorded && recorded->is(ValueKind::kString)) directory = recorded->AsString();
  }
  // Of one that is gone, or has never become ready, it is kept below `logs`.
  for (const std::string& place : {project.state_dir, JoinPath(project.state_dir, "logs")}) {
    std::string path = JoinPath(JoinPath(place, directory), "service.log");
    if (env.Stat(path).type == FileType::kFile) return LogFile{address, path};
  }
  return std::nullopt;
}

std::string Normal(const std::string& word) {
  auto parsed = Address::Parse(word);
  return parsed ? parsed->ToText() : word;
}

// The newest log of a task, whatever run it was.
std::vector<LogFile> LastLogOf(Env& env, const Project& project, Journal& journal,
                               const std::string& address) {
  auto runs = journal.Runs(kSearched);
  if (!runs) return {};
  for (const RunRecord& run : *runs) {
    std::string path = TaskLogPath(project, run.id, address);
    if (env.Stat(path).type == FileType::kFile) return {{address, path, run.id}};
  }
  return {};
}

Result<std::vector<LogFile>> LogsOfLastRun(Env& env, const Project& project, Journal& journal) {
  OPS_ASSIGN(auto runs, journal.Runs(kSearched));
  for (const RunRecord& run : runs) {
    auto logs = LogsOfRun(env, project, journal, run.id, "");
    if (!logs.empty()) return logs;
  }
  return Fail(ErrorKind::kInput, "no run has printed anything yet");
}

// What `opsc logs` takes besides runs: recorded services, and what the latest runs have done.
std::vector<std::string> LoggedNames(Env& env, const Project& project, Journal& journal) {
  constexpr size_t kLatest = 10;
  std::set<std::string> names = {"last"};
  if (auto entries = journal.Entries()) {
    for (const StateEntry& entry : *entries) {
      if (LogOfService(env, project, journal, entry.address)) names.insert(entry.address);
    }
  }
  auto runs = journal.Runs(kLatest);
  if (!runs) return {names.begin(), names.end()};
  for (const RunRecord& run : *runs) {
    auto steps = journal.Steps(run.id);
    if (!steps) continue;
    for (StepRecord& step : *steps) names.insert(std::move(step.address));
  }
  return {names.begin(), names.end()};
}

}  // namespace

Result<std::vector<LogFile>> FindLogs(Env& env, const Project& project, Journal& journal,
                                      const std::string& word) {
  if (word.empty()) return LogsOfLastRun(env, project, journal);
  std::string address = Normal(word);
  if (auto service = LogOfService(env, project, journal, address)) return std::vector{*service};
  if (auto logs = LastLogOf(env, project, journal, address); !logs.empty()) return logs;
  size_t slash = word.find('/');
  Result<RunRecord> run = FindRun(journal, word.substr(0, slash));
  if (!run) {
    std::vector<std::string> known = LoggedNames(env, project, journal);
    constexpr std::string_view kOtherwise =
        "`opsc history` lists runs; name RUN, RUN/TASK, a task or a service";
    if (std::ranges::find(known, address) != known.end()) {
      return Fail(ErrorKind::kInput, fmt::format("`{}` has printed nothing", address),
                  "a cached task prints nothing; `opsc history last` lists what a run did");
    }
    return Fail(ErrorKind::kInput, fmt::format("there is no log of `{}`", word),
                NameHint(address, known, kOtherwise));
  }
  std::string task = slash == word.npos ? "" : Normal(word.substr(slash + 1));
  std::vector<LogFile> logs = LogsOfRun(env, project, journal, run->id, task);
  if (!logs.empty()) return logs;
  std::string steps = fmt::format("`opsc history {}` lists its steps", run->id);
  if (task.empty()) {
    return Fail(ErrorKind::kInput, fmt::format("run {} printed nothing", run->id), steps);
  }
  if (LogOfService(env, project, journal, task)) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` is a service: it prints in no run", task),
                fmt::format("`opsc logs {}` has what it printed", task));
  }
  std::vector<std::string> known;
  for (const LogFile& log : LogsOfRun(env, project, journal, run->id, "")) {
    known.push_back(log.address);
  }
  return Fail(ErrorKind::kInput, fmt::format("`{}` printed nothing in run {}", task, run->id),
              NameHint(task, known, steps));
}

}  // namespace opsc
