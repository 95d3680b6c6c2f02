#include <fmt/format.h>

#include "compiler/driver/live/event_json.h"
#include "compiler/driver/project/engine.h"
#include "runtime/graph/diff.h"

namespace opsc {
namespace {

// One entry against the world. Records what is seen; says what it did in `line`.
Status RefreshEntry(Engine& engine, StateEntry entry, std::string& line) {
  Kind* kind = engine.kinds.Find(entry.type);
  if (!kind) return {};
  OPS_ASSIGN(Observed observed, kind->Observe(engine.context, entry));
  if (!observed.exists) {
    line = fmt::format("- {} is gone: no longer recorded\n", entry.address);
    return engine.journal->Remove(entry.address);
  }
  Value seen = Overlay(entry.fields, observed.fields);
  std::vector<FieldDiff> diff = DiffFields(entry.fields, seen, {});
  if (diff.empty()) return {};
  std::vector<std::string> paths;
  for (const FieldDiff& field : diff) paths.push_back(field.path);
  line = fmt::format("~ {}: recorded {}\n", entry.address, fmt::join(paths, ", "));
  entry.fields = std::move(seen);
  return engine.journal->Record({&entry, 1}, {});
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  EngineOptions options;
  options.locking = Locking::kExclusive;
  OPS_ASSIGN(auto engine, OpenEngine(session, args, project, options));
  OPS_ASSIGN(std::vector<StateEntry> entries, engine->journal->Entries());
  int changed = 0;
  for (StateEntry& entry : entries) {
    std::string line;
    OPS_TRY(RefreshEntry(*engine, std::move(entry), line));
    changed += line.empty() ? 0 : 1;
    WriteOut(line);
  }
  WriteOut(fmt::format("{} of {} recorded anew.\n", changed, entries.size()));
  return kExitOk;
}

}  // namespace

extern const Command kRefreshCommand = {
    .name = "refresh",
    .summary = "record the world as it is; changes nothing in it",
    .example = "opsc refresh",
    .run = Run,
    .groups = kRunningGroup | kLockGroup,
    .details = "After it, `opsc plan` says how the sources differ from what is there now."};

}  // namespace opsc
