// The text of --help, made from the command table.
#pragma once

#include <string>
#include <string_view>

#include "compiler/driver/cli/command.h"

namespace opsc {

std::string HelpOverview(bool color);                        // opsc --help
std::string HelpOf(const Command& command, bool color);      // opsc plan --help
std::string HelpOfGroup(std::string_view name, bool color);  // opsc state --help
std::string UsageLine(const Command& command);               // "opsc plan [OPTION…] [TARGET…]"

}  // namespace opsc
