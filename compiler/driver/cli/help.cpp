#include "compiler/driver/cli/help.h"

#include <fmt/format.h>

#include "compiler/driver/cli/command_table.h"

namespace opsc {
namespace {

std::string Row(std::string_view left, std::string_view right, size_t width) {
  return fmt::format("  {:<{}}  {}\n", left, width, right);
}

std::string Heading(bool color, std::string_view text) {
  return Paint(color, Style::kBold, text) + "\n";
}

std::string OptionLabel(const OptionSpec& spec) {
  std::string names(spec.names);
  if (size_t comma = names.find(','); comma != names.npos) {
    names.replace(comma, 1, ", ");
  } else {
    names = "    " + names;
  }
  return spec.value.empty() ? names : names + " " + std::string(spec.value);
}

std::string OptionText(const OptionSpec& spec) {
  if (spec.choices.empty()) return std::string(spec.help);
  return fmt::format("{} ({})", spec.help, spec.choices);
}

std::string PositionalText(const Positional& positional) {
  std::string name(positional.name);
  if (positional.max > 1) name += "…";
  return positional.min == 0 ? "[" + name + "]" : name;
}

}  // namespace

std::string UsageLine(const Command& command) {
  std::string line = fmt::format("opsc {} [OPTION…]", command.name);
  if (!command.positional.name.empty()) line += " " + PositionalText(command.positional);
  return line;
}

std::string HelpOverview(bool color) {
  std::string text =
      "opsc: one typed language for what a team operates, compiled to a plan and made true.\n\n";
  text += Heading(color, "Usage") + "  opsc COMMAND [OPTION…] [ARGUMENT…]\n";
  std::string_view section;
  for (const auto& [title, command] : CommandTable()) {
    if (command->shown == Command::Shown::kHidden) continue;
    if (title != section) text += "\n" + Heading(color, title);
    section = title;
    text += Row(command->name, command->summary, 14);
  }
  text += "\nBegin with `opsc init`, then `opsc plan` and `opsc apply`.\n";
  text += "`opsc COMMAND --help` has the options of a command and an example.\n";
  return text;
}

std::string HelpOf(const Command& command, bool color) {
  std::string text = fmt::format("{}\n\n", command.summary);
  if (!command.details.empty()) text += fmt::format("{}\n\n", command.details);
  text += Heading(color, "Usage") + fmt::format("  {}\n", UsageLine(command));
  text += "\n" + Heading(color, "Example") + fmt::format("  {}\n", command.example);
  std::vector<OptionSpec> options = OptionsOf(command);
  size_t width = 0;
  for (const OptionSpec& spec : options) width = std::max(width, OptionLabel(spec).size());
  text += "\n" + Heading(color, "Options");
  for (const OptionSpec& spec : options) text += Row(OptionLabel(spec), OptionText(spec), width);
  return text;
}

std::string HelpOfGroup(std::string_view name, bool color) {
  std::string text = Heading(color, "Usage");
  text += fmt::format("  opsc {} COMMAND [OPTION…]\n\n", name) + Heading(color, "Commands");
  for (const Command* command : CommandsBelow(name)) {
    text += Row(command->name, command->summary, 14);
  }
  return text;
}

}  // namespace opsc
