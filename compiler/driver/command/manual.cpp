// `opsc __manual [commands|diagnostics]`: the generated parts of docs/cli.md and
// docs/diagnostics.md.
#include <map>

#include <fmt/format.h>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/cli/command_table.h"
#include "compiler/driver/cli/help.h"

namespace opsc {
namespace {

void PrintCommands() {
  std::string_view section;
  for (const auto& [title, command] : CommandTable()) {
    if (command->shown == Command::Shown::kHidden) continue;
    if (title != section) WriteOut(fmt::format("\n## {}\n", title));
    section = title;
    WriteOut(
        fmt::format("\n### opsc {}\n\n```text\n{}```\n", command->name, HelpOf(*command, false)));
  }
}

// The ranges of catalogue.def.
std::string_view ChapterOf(unsigned number) {
  switch (number / 100) {
    case 1:
      return "01xx: reading and syntax";
    case 2:
      return "02xx: names and modules";
    case 3:
      return "03xx: types";
    case 4:
      return "04xx: pending, secrets, units";
    case 5:
      return "05xx: evaluation";
    case 6:
      return "06xx: instances, addresses and the graph";
    case 7:
      return "07xx: rows, features and data";
    default:
      return "09xx: not built yet";
  }
}

void PrintDiagnostics() {
  std::map<unsigned, const DiagInfo*> sorted;
  for (const DiagInfo& info : Catalogue()) sorted[static_cast<unsigned>(info.id)] = &info;
  std::string_view chapter;
  for (const auto& [number, info] : sorted) {
    if (ChapterOf(number) != chapter) WriteOut(fmt::format("\n## {}\n", ChapterOf(number)));
    chapter = ChapterOf(number);
    WriteOut(fmt::format("\n### {}\n\n    {}\n\n{}\n", CodeOf(info->id), info->text, info->help));
  }
}

Result<int> Run(CliSession&, const Args& args) {
  bool diagnostics = !args.positional.empty() && args.positional.front() == "diagnostics";
  diagnostics ? PrintDiagnostics() : PrintCommands();
  return kExitOk;
}

}  // namespace

extern const Command kManualCommand = {.name = "__manual",
                                       .summary = "the manual of commands or diagnostics",
                                       .example = "opsc __manual diagnostics",
                                       .run = Run,
                                       .positional = {"commands|diagnostics", 0, 1},
                                       .shown = Command::Shown::kHidden};

}  // namespace opsc
