#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>

#include "compiler/diag/render.h"
#include "compiler/driver/cli/command.h"
#include "compiler/driver/project/project.h"
#include "compiler/syntax/format.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--check", "", "change nothing; exit 2 where something is not formatted"},
};

struct Outcome {
  int changed = 0;
  int broken = 0;
  int total = 0;
};

// Formats one text; nullopt: it has syntax errors, which were printed.
std::optional<std::string> FormatText(const CliSession& session, const std::string& path,
                                      std::string text) {
  Sources sources;
  Diagnostics diagnostics;
  FileId file = sources.Add(path, std::move(text));
  Result<std::string> formatted = Format(sources, file, diagnostics);
  if (formatted && !diagnostics.has_errors()) return *formatted;
  Color color = session.terminal.err_color ? Color::kAlways : Color::kNever;
  if (diagnostics.all().empty() && !formatted) {
    PrintError(session, formatted.error());
  } else {
    WriteErr(Render(diagnostics, sources, DiagFormat::kText, color));
  }
  return std::nullopt;
}

enum class Mode { kWrite, kCheck };

// The file that is written: of a link, what it leads to.
std::string BehindLinks(Env& env, const std::string& path) {
  if (env.Stat(path).type != FileType::kSymlink) return path;
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

Status FormatFile(CliSession& session, const std::string& path, Mode mode, Outcome& outcome) {
  OPS_ASSIGN(std::string text, session.env->ReadFile(path));
  ++outcome.total;
  std::optional<std::string> formatted = FormatText(session, path, text);
  if (!formatted) {
    ++outcome.broken;
    return {};
  }
  if (*formatted == text) return {};
  ++outcome.changed;
  WriteOut(path + "\n");
  if (mode == Mode::kCheck) return {};
  const std::string file = BehindLinks(*session.env, path);
  return session.env->WriteFile(file, *formatted, session.env->Stat(file).mode & 0777);
}

Result<std::string> ReadStandardInput() {
  std::string text;
  char buffer[65536];
  for (;;) {
    ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
    if (n < 0) return FailErrno("cannot read the standard input", errno);
    if (n == 0) return text;
    text.append(buffer, static_cast<size_t>(n));
  }
}

Result<int> FormatStandardInput(CliSession& session, Mode mode) {
  OPS_ASSIGN(std::string text, ReadStandardInput());
  std::optional<std::string> formatted = FormatText(session, "<stdin>", text);
  if (!formatted) return kExitError;
  if (mode == Mode::kCheck) return *formatted == text ? kExitOk : kExitDifference;
  WriteOut(*formatted);
  return kExitOk;
}

Result<std::vector<std::string>> FilesOf(Env& env, const std::vector<std::string>& words) {
  std::vector<std::string> files;
  for (const std::string& word : words) {
    if (env.Stat(word + "/").type == FileType::kDirectory) {
      for (std::string& file : OpsFilesBelow(env, word)) files.push_back(std::move(file));
      continue;
    }
    if (env.Stat(word).type == FileType::kMissing) {
      return Fail(ErrorKind::kInput, fmt::format("no such file or directory: `{}`", word));
    }
    files.push_back(word);
  }
  return files;
}

Result<int> Run(CliSession& session, const Args& args) {
  Mode mode = args.Flag("check") ? Mode::kCheck : Mode::kWrite;
  std::vector<std::string> words = args.positional;
  if (words == std::vector<std::string>{"-"}) return FormatStandardInput(session, mode);
  if (words.empty()) words = {"."};
  OPS_ASSIGN(std::vector<std::string> files, FilesOf(*session.env, words));
  Outcome outcome;
  for (const std::string& file : files) OPS_TRY(FormatFile(session, file, mode, outcome));
  if (session.verbosity != Verbosity::kQuiet) {
    std::string_view verb = mode == Mode::kCheck ? "not formatted" : "formatted";
    WriteErr(fmt::format("{} of {} files {}\n", outcome.changed, outcome.total, verb));
  }
  if (outcome.broken > 0) return kExitError;
  return mode == Mode::kCheck && outcome.changed > 0 ? kExitDifference : kExitOk;
}

}  // namespace

extern const Command kFmtCommand = {.name = "fmt",
                                    .summary = "write sources in the one style",
                                    .example = "opsc fmt --check",
                                    .run = Run,
                                    .positional = {"PATH", 0, kAnyNumber, Completes::kFiles},
                                    .options = kOptions,
                                    .details =
                                        "PATH is a file, a directory (with all below it; default "
                                        "`.`), or `-` for stdin to stdout."};

}  // namespace opsc
