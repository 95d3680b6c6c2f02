// `opsc state verify`: is what is recorded whole?
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/size_text.h"
#include "runtime/store/store_care.h"

namespace opsc {
namespace {

struct Verified {
  JournalCheck journal;
  ContentsCheck contents;
};

std::string VerifiedText(const Verified& found) {
  std::string text =
      fmt::format("state: whole (entries: {}, journal records: {}, open effects: {})\n",
                  found.journal.entries, found.journal.records, found.journal.open_intents);
  std::string size = fmt::format("(contents: {}, {})", found.contents.contents.count,
                                 RoundedSize(found.contents.contents.bytes));
  if (found.contents.damaged.empty() && found.contents.missing.empty()) {
    return text + "store: whole " + size + "\n";
  }
  text += "store: " + size;
  if (!found.contents.damaged.empty()) {
    text += fmt::format(", {} damaged", found.contents.damaged.size());
  }
  if (!found.contents.missing.empty()) {
    text += fmt::format(", results missing of {}", fmt::join(found.contents.missing, ", "));
  }
  return text + "\n";
}

std::string VerifiedJson(const Verified& found) {
  nlohmann::ordered_json damaged = nlohmann::ordered_json::array();
  for (const Digest& digest : found.contents.damaged) damaged.push_back(digest.Hex());
  nlohmann::ordered_json json = {{"state",
                                  {{"entries", found.journal.entries},
                                   {"first_record", found.journal.first_record},
                                   {"records", found.journal.records},
                                   {"open_effects", found.journal.open_intents}}},
                                 {"store",
                                  {{"contents", found.contents.contents.count},
                                   {"bytes", found.contents.contents.bytes},
                                   {"damaged", std::move(damaged)},
                                   {"missing", found.contents.missing}}}};
  return JsonText(json, 2) + "\n";
}

Result<int> Run(CliSession& session, const Args&) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  OPS_TRY(OpenExistingJournal(*session.env, project));
  Verified found;
  OPS_ASSIGN(found.journal, VerifyJournal(project.state_dir));
  OPS_ASSIGN(auto journal, OpenJournal(project.state_dir));
  OPS_ASSIGN(found.contents, VerifyContents(project.state_dir, *journal));
  WriteOut(session.json ? VerifiedJson(found) : VerifiedText(found));
  if (found.contents.damaged.empty()) return kExitOk;
  return Fail(ErrorKind::kCorrupt, "the store had damaged contents",
              "they were put aside in .ops/store/corrupt; the next apply or run makes again what "
              "needs them");
}

}  // namespace

extern const Command kStateVerifyCommand = {
    .name = "state verify",
    .summary = "read the whole state and all stored contents, and compare with their digests",
    .example = "opsc state verify",
    .run = Run,
    .groups = kJsonGroup,
    .details = "Says how to repair what is damaged. Changes nothing of the state."};

}  // namespace opsc
