#include "compiler/driver/cli/session.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

namespace opsc {
namespace {

std::string VariableOr(Env& env, const std::string& name) {
  return env.Variable(name).value_or("");
}

LogGroups GroupsOf(Env& env) {
  std::string ci = VariableOr(env, "CI");
  if (ci.empty() || ci == "false" || ci == "0") return LogGroups::kNone;
  if (VariableOr(env, "GITHUB_ACTIONS") == "true") return LogGroups::kGithub;
  if (!VariableOr(env, "GITLAB_CI").empty()) return LogGroups::kGitlab;
  return LogGroups::kPlain;
}

int WidthOf(Env& env) {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  std::string columns = VariableOr(env, "COLUMNS");
  int width = std::atoi(columns.c_str());
  return width > 0 ? width : 80;
}

// Where NAME of NAME=VALUE begins in a word that gives a parameter; npos in any other.
size_t ParamNameIn(const std::string& word, bool after_option) {
  if (after_option) return 0;
  if (word.starts_with("--param=")) return word.find('=') + 1;
  if (!word.starts_with("-p") || word.size() < 3) return word.npos;
  return word[2] == '=' ? 3 : 2;
}

void WriteAll(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

}  // namespace

Terminal DetectTerminal(Env& env, bool allow_color) {
  Terminal terminal;
  terminal.out_is_tty = isatty(STDOUT_FILENO) == 1;
  terminal.in_is_tty = isatty(STDIN_FILENO) == 1;
  terminal.groups = GroupsOf(env);
  std::string term = VariableOr(env, "TERM");
  bool capable = term != "dumb" && !term.empty();
  bool plain = !allow_color || !VariableOr(env, "NO_COLOR").empty() || !capable;
  bool forced = allow_color && VariableOr(env, "CLICOLOR_FORCE") == "1";
  terminal.out_color = forced || (!plain && terminal.out_is_tty);
  terminal.err_color = forced || (!plain && isatty(STDERR_FILENO) == 1);
  if (!capable || terminal.groups != LogGroups::kNone) terminal.out_is_tty = false;
  terminal.width = WidthOf(env);
  return terminal;
}

std::string RecordedCommandLine(const std::vector<std::string>& words,
                                const std::set<std::string>& shown) {
  std::string line = "opsc";
  bool value_follows = false;
  for (const std::string& word : words) {
    size_t name = ParamNameIn(word, value_follows);
    value_follows = word == "-p" || word == "--param";
    size_t equals = name == word.npos ? word.npos : word.find('=', name);
    bool hidden = equals != word.npos && !shown.contains(word.substr(name, equals - name));
    line += " " + (hidden ? word.substr(0, equals + 1) + "(secret)" : word);
  }
  return line;
}

int ExitCodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kCancelled:
      return kExitInterrupted;
    case ErrorKind::kDenied:
      return kExitDenied;
    case ErrorKind::kInput:
    case ErrorKind::kEnvironment:
    case ErrorKind::kConflict:
    case ErrorKind::kCorrupt:
    case ErrorKind::kTask:
      return kExitError;
  }
  return kExitError;
}

void WriteOut(std::string_view text) {
  WriteAll(stdout, text);
}
void WriteErr(std::string_view text) {
  WriteAll(stderr, text);
}

void PrintError(const CliSession& session, const Error& error) {
  bool color = session.terminal.err_color;
  std::string text = fmt::format("{} {}\n", Paint(color, Style::kRed, "error:"), error.message);
  if (!error.hint.empty()) {
    text += fmt::format("{} {}\n", Paint(color, Style::kCyan, "hint:"), error.hint);
  }
  WriteErr(text);
}

void PrintNote(const CliSession& session, std::string_view text) {
  if (session.verbosity == Verbosity::kQuiet) return;
  WriteErr(fmt::format("{} {}\n", Paint(session.terminal.err_color, Style::kDim, "note:"), text));
}

std::string Paint(bool color, Style style, std::string_view text) {
  if (!color || text.empty()) return std::string(text);
  static constexpr std::string_view kCodes[] = {"1", "2", "31", "32", "33", "34", "35", "36"};
  return fmt::format("\033[{}m{}\033[0m", kCodes[static_cast<size_t>(style)], text);
}

}  // namespace opsc
