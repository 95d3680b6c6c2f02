// `opsc state list|show|pull`: what is recorded.
#include <nlohmann/json.hpp>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/recorded_entries.h"
#include "compiler/driver/show/entry_text.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/table_text.h"

namespace opsc {
namespace {

Result<std::unique_ptr<Journal>> OpenHere(Env& env) {
  OPS_ASSIGN(Project project, FindStateProject(env));
  return OpenExistingJournal(env, project);
}

Result<int> List(CliSession& session, const Args&) {
  OPS_ASSIGN(auto journal, OpenHere(*session.env));
  OPS_ASSIGN(auto entries, journal->Entries());
  if (session.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const StateEntry& entry : entries) list.push_back(EntryJson(entry));
    WriteOut(JsonText(list, 2) + "\n");
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const StateEntry& entry : entries) {
    rows.push_back({entry.address, entry.type, entry.tainted ? "tainted" : ""});
  }
  WriteOut(TableText(rows));
  return kExitOk;
}

Result<int> Show(CliSession& session, const Args& args) {
  OPS_ASSIGN(auto journal, OpenHere(*session.env));
  OPS_ASSIGN(StateEntry entry, FindEntry(*journal, args.positional.front()));
  WriteOut(session.json ? JsonText(EntryJson(entry), 2) + "\n"
                        : EntryText(entry, session.terminal.out_color));
  return kExitOk;
}

Result<int> Pull(CliSession& session, const Args&) {
  OPS_ASSIGN(auto journal, OpenHere(*session.env));
  OPS_ASSIGN(std::string text, journal->Export());
  WriteOut(text.ends_with('\n') ? text : text + "\n");
  return kExitOk;
}

}  // namespace

extern const Command kStateListCommand = {.name = "state list",
                                          .summary = "addresses of all that is recorded",
                                          .example = "opsc state list",
                                          .run = List,
                                          .groups = kJsonGroup};
extern const Command kStateShowCommand = {.name = "state show",
                                          .summary = "what is recorded of one instance",
                                          .example = "opsc state show web",
                                          .run = Show,
                                          .positional = {"ADDRESS", 1, 1, Completes::kAddresses},
                                          .groups = kJsonGroup};
extern const Command kStatePullCommand = {.name = "state pull",
                                          .summary = "the whole state as JSON",
                                          .example = "opsc state pull > backup.json",
                                          .run = Pull};

}  // namespace opsc
