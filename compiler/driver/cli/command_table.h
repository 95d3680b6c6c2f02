// Every subcommand, in the order of `opsc --help`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/driver/cli/command.h"

namespace opsc {

struct CommandRow {
  std::string_view section;
  const Command* command;
};

std::span<const CommandRow> CommandTable();
const Command* FindCommand(std::string_view name);
// Names of one word: "plan", "state".
std::vector<std::string> FirstWords();
// The rows below a name: "state" → "state list", "state mv"…
std::vector<const Command*> CommandsBelow(std::string_view name);

// All options of a command: its own, its groups', and those that every command has.
std::vector<OptionSpec> OptionsOf(const Command& command);
// Options that some command takes, for finding the command among the words.
std::vector<OptionSpec> SharedOptions();

}  // namespace opsc
