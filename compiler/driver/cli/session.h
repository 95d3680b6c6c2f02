// What every command gets: the world and the terminal.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/result.h"

namespace opsc {

enum class Verbosity : uint8_t { kQuiet, kNormal, kVerbose };
enum class LogGroups : uint8_t { kNone, kPlain, kGithub, kGitlab };

// How output may look.
struct Terminal {
  bool out_is_tty = false;
  bool in_is_tty = false;
  bool out_color = false;
  bool err_color = false;
  int width = 80;                       // columns
  LogGroups groups = LogGroups::kNone;  // under CI
};

// NO_COLOR, TERM, CI and the like decide; `allow_color` is false under --no-color.
Terminal DetectTerminal(Env& env, bool allow_color);

struct CliSession {
  Env* env = nullptr;
  Terminal terminal;
  Verbosity verbosity = Verbosity::kNormal;
  bool json = false;
  std::vector<std::string> words;  // of the command line, after "opsc"
  std::string command_line;  // "opsc apply --yes", recorded with runs; no value that may be secret
  int errors_exit = 1;       // what a program with errors ends with (ExitCode)
};

// The command line of `words` as it is recorded: values of parameters that are not `shown`, by
// name, are "(secret)".
std::string RecordedCommandLine(const std::vector<std::string>& words,
                                const std::set<std::string>& shown);

// Process exit codes (docs/cli.md).
enum ExitCode : int {
  kExitOk = 0,
  kExitError = 1,
  kExitDifference = 2,
  kExitDenied = 4,
  kExitUsage = 64,
  kExitInterrupted = 130,
};
int ExitCodeOf(ErrorKind kind);

void WriteOut(std::string_view text);  // stdout; a closed pipe is no error
void WriteErr(std::string_view text);
// "error: …" and "hint: …" to stderr.
void PrintError(const CliSession& session, const Error& error);
void PrintNote(const CliSession& session, std::string_view text);

enum class Style : uint8_t { kBold, kDim, kRed, kGreen, kYellow, kBlue, kMagenta, kCyan };
std::string Paint(bool color, Style style, std::string_view text);

}  // namespace opsc
