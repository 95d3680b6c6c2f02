#include "compiler/driver/project/recorded_runs.h"

#include <fmt/format.h>

#include "compiler/driver/cli/name_hint.h"
#include "runtime/store/store.h"

namespace opsc {

Result<RunRecord> FindRun(Journal& journal, const std::string& word) {
  constexpr size_t kSearched = 100'000;
  OPS_ASSIGN(auto runs, journal.Runs(word == "last" ? 1 : kSearched));
  if (runs.empty()) {
    return Fail(ErrorKind::kInput, "no runs yet", "`opsc apply` or `opsc run NAME` makes one");
  }
  if (word == "last") return runs.front();
  const RunRecord* match = nullptr;
  for (const RunRecord& run : runs) {
    if (run.id == word) return run;
    if (!run.id.starts_with(word) && !run.id.ends_with(word)) continue;
    if (match) {
      return Fail(ErrorKind::kInput, fmt::format("several runs are called `{}`", word),
                  fmt::format("`{}` and `{}`, for two", match->id, run.id));
    }
    match = &run;
  }
  if (match) return *match;
  return Fail(ErrorKind::kInput, fmt::format("there is no run `{}`", word),
              NameHint(word, {"last"}, "`opsc history` lists them"));
}

Status MarkKilledRuns(const Project& project, std::span<RunRecord> runs) {
  OPS_ASSIGN(auto holder, ReadLockHolder(project.state_dir));
  for (RunRecord& run : runs) {
    bool alive = holder && run.started >= holder->since;
    if (run.outcome == RunOutcome::kRunning && !alive) run.outcome = RunOutcome::kInterrupted;
  }
  return {};
}

}  // namespace opsc
