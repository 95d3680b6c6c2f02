// `opsc __manual`: the generated part of docs/cli.md.
#include <fmt/format.h>

#include "compiler/driver/cli/command_table.h"
#include "compiler/driver/cli/help.h"

namespace opsc {
namespace {

Result<int> Run(CliSession&, const Args&) {
  std::string_view section;
  for (const auto& [title, command] : CommandTable()) {
    if (command->shown == Command::Shown::kHidden) continue;
    if (title != section) WriteOut(fmt::format("\n## {}\n", title));
    section = title;
    WriteOut(
        fmt::format("\n### opsc {}\n\n```text\n{}```\n", command->name, HelpOf(*command, false)));
  }
  return kExitOk;
}

}  // namespace

extern const Command kManualCommand = {.name = "__manual",
                                       .summary = "the manual of all commands",
                                       .example = "opsc __manual",
                                       .run = Run,
                                       .shown = Command::Shown::kHidden};

}  // namespace opsc
