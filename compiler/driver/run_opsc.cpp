#include "compiler/driver/run_opsc.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <variant>

#include <fmt/format.h>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/cli/command_table.h"
#include "compiler/driver/cli/help.h"
#include "compiler/driver/cli/signals.h"
#include "compiler/driver/live/event_json.h"
#include "runtime/base/store.h"

namespace opsc {
namespace {

// The words without those that name the command.
struct Chosen {
  const Command* command = nullptr;
  std::string group;  // "state" where no command below it was named
  std::vector<std::string> rest;
};

bool TakesNextWord(const std::vector<OptionSpec>& options, std::string_view word) {
  if (word.find('=') != word.npos) return false;
  for (const OptionSpec& spec : options) {
    if (spec.value.empty()) continue;
    std::string_view first = spec.names.substr(0, spec.names.find(','));
    std::string_view last = spec.names.substr(spec.names.rfind(',') + 1);
    if (first == word || last == word) return true;
  }
  return false;
}

// Index of the first word that is neither an option nor an option's value.
size_t FindCommandWord(const std::vector<std::string>& words) {
  std::vector<OptionSpec> options = SharedOptions();
  for (size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with('-')) return i;
    if (TakesNextWord(options, words[i])) ++i;
  }
  return words.size();
}

std::vector<std::string> Without(const std::vector<std::string>& words, size_t begin,
                                 size_t count) {
  std::vector<std::string> rest = words;
  auto from = rest.begin() + static_cast<std::ptrdiff_t>(begin);
  rest.erase(from, from + static_cast<std::ptrdiff_t>(count));
  return rest;
}

UsageError UnknownCommand(std::string_view name, const std::vector<std::string>& known) {
  std::string nearest = Nearest(name, known);
  return {fmt::format("unknown command `{}`", name),
          nearest.empty() ? "`opsc --help` lists the commands"
                          : fmt::format("did you mean `{}`?", nearest)};
}

std::expected<Chosen, UsageError> Choose(const std::vector<std::string>& words) {
  size_t at = FindCommandWord(words);
  if (at == words.size()) return Chosen{nullptr, "", words};
  const std::string& name = words[at];
  if (name == "help") {
    std::vector<std::string> rest = Without(words, at, 1);
    if (FindCommandWord(rest) == rest.size()) return Chosen{nullptr, "", {"--help"}};
    rest.push_back("--help");
    return Choose(rest);
  }
  if (const Command* command = FindCommand(name)) return Chosen{command, "", Without(words, at, 1)};
  std::vector<const Command*> below = CommandsBelow(name);
  if (below.empty()) return std::unexpected(UnknownCommand(name, FirstWords()));
  std::vector<std::string> rest = Without(words, at, 1);
  size_t second = FindCommandWord(rest);
  if (second == rest.size()) return Chosen{nullptr, name, rest};
  std::vector<std::string> known;
  for (const Command* command : below) known.emplace_back(command->name);
  std::string full = name + " " + rest[second];
  if (const Command* command = FindCommand(full)) {
    return Chosen{command, "", Without(rest, second, 1)};
  }
  return std::unexpected(UnknownCommand(full, known));
}

bool WantsHelp(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == "-h" || word == "--help") return true;
  }
  return false;
}

int PrintUsageError(const CliSession& session, const UsageError& error, const Command* command) {
  std::string usage = command ? fmt::format("usage: {}\n", UsageLine(*command)) : "";
  WriteErr(usage);
  PrintError(session, {ErrorKind::kInput, error.message, error.hint});
  return kExitUsage;
}

// Help and misuse of `opsc` and `opsc state`.
int WithoutCommand(const CliSession& session, const Chosen& chosen) {
  bool color = session.terminal.out_color;
  std::string help = chosen.group.empty() ? HelpOverview(color) : HelpOfGroup(chosen.group, color);
  if (WantsHelp(chosen.rest)) {
    WriteOut(help);
    return kExitOk;
  }
  for (const std::string& word : chosen.rest) {
    if (word == "--version") {
      WriteOut("`opsc version` prints the version\n");
      return kExitUsage;
    }
  }
  WriteErr(help);
  return kExitUsage;
}

Status EnterDirectory(const Args& args) {
  for (const std::string& directory : args.Values("directory")) {
    if (chdir(directory.c_str()) != 0) {
      return FailErrno(fmt::format("cannot enter `{}`", directory), errno);
    }
  }
  return {};
}

void FillSession(const Command& command, const Args& args, const std::vector<std::string>& words,
                 CliSession& session) {
  session.terminal = DetectTerminal(*session.env, !args.Flag("no-color"));
  if (args.Flag("quiet")) session.verbosity = Verbosity::kQuiet;
  if (args.Flag("verbose")) session.verbosity = Verbosity::kVerbose;
  session.json = (command.groups & (kJsonGroup | kEventsGroup)) && args.Flag("json");
  session.words = words;
  session.command_line = RecordedCommandLine(words, {});
}

// Could something not be written? A reader that has gone away has what it wanted.
bool OutputIsLost() {
  struct stat s{};
  if (std::ferror(stdout) == 0 || fstat(STDOUT_FILENO, &s) != 0) return false;
  return !S_ISFIFO(s.st_mode) && !S_ISSOCK(s.st_mode);
}

int RunCommand(const Command& command, const std::vector<std::string>& words,
               const std::vector<std::string>& rest, CliSession& session) {
  if (WantsHelp(rest) && command.shown == Command::Shown::kYes) {
    WriteOut(HelpOf(command, session.terminal.out_color));
    return kExitOk;
  }
  auto args = ParseArguments(OptionsOf(command), command.positional, rest);
  if (!args) return PrintUsageError(session, args.error(), &command);
  FillSession(command, *args, words, session);
  if (Status entered = EnterDirectory(*args); !entered) {
    PrintError(session, entered.error());
    return kExitError;
  }
  Result<int> code = command.run(session, *args);
  if (code && *code == kExitOk && OutputIsLost()) {
    code = Fail(ErrorKind::kEnvironment, "the output could not be written",
                "make room where it goes, and run again");
  }
  if (code) return *code;
  PrintError(session, code.error());
  int exit_code = ExitCodeOf(code.error().kind);
  if (session.json && (command.groups & kEventsGroup)) {
    WriteOut(ErrorLine(code.error(), exit_code, session.env->Now()));
  }
  return exit_code;
}

}  // namespace

int RunOpsc(const std::vector<std::string>& words) {
  IgnoreClosedPipes();
  std::unique_ptr<Env> env = MakeRealEnv();
  CliSession session;
  session.env = env.get();
  bool plain = std::find(words.begin(), words.end(), "--no-color") != words.end();
  session.terminal = DetectTerminal(*env, !plain);
  auto chosen = Choose(words);
  if (!chosen) return PrintUsageError(session, chosen.error(), nullptr);
  if (!chosen->command) return WithoutCommand(session, *chosen);
  return RunCommand(*chosen->command, words, chosen->rest, session);
}

}  // namespace opsc
