#include "runtime/exec/failure.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <set>

namespace opsc {
namespace {

constexpr size_t kMaxNamed = 3;
constexpr size_t kMaxLines = 200;

// How programs say that a file or program is not there, in lower case.
constexpr std::array<std::string_view, 15> kAbsence = {
    "no such file",           "not found",      "cannot open",  "can't open",
    "could not open",         "cannot find",    "can't find",   "could not find",
    "does not exist",         "doesn't exist",  "unable to",    "enoent",
    "no rule to make target", "failed to open", "cannot access"};

constexpr std::array<std::string_view, 4> kNoMemory = {"cannot allocate memory", "bad_alloc",
                                                       "memoryerror", "out of memory"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

template <size_t N>
bool Mentions(std::string_view text, const std::array<std::string_view, N>& phrases) {
  const std::string lower = Lower(text);
  return std::ranges::any_of(
      phrases, [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; });
}

// The last lines that say that something is absent.
std::vector<std::string_view> LinesOfAbsence(std::string_view output) {
  std::vector<std::string_view> lines;
  while (!output.empty() && lines.size() < kMaxLines) {
    const size_t newline = output.rfind('\n');
    const std::string_view line =
        newline == std::string_view::npos ? output : output.substr(newline + 1);
    if (Mentions(line, kAbsence)) lines.push_back(line);
    output = newline == std::string_view::npos ? std::string_view() : output.substr(0, newline);
  }
  return lines;
}

std::vector<std::string> PathsIn(std::string_view line) {
  std::vector<std::string> paths;
  std::string word;
  for (size_t i = 0; i <= line.size(); ++i) {
    const char c = i < line.size() ? line[i] : ' ';
    if (std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_./+@-", c) != nullptr) {
      if (c != '\0') word.push_back(c);
      continue;
    }
    while (word.ends_with('.')) word.pop_back();
    if (!word.empty() && word != "/") paths.push_back(std::move(word));
    word.clear();
  }
  return paths;
}

// The project's file that `word` means when a command in `dir` says it, if it is no input.
std::optional<std::string> UndeclaredFile(const FailedRun& run, std::string word,
                                          SourceTree& sources) {
  if (word.starts_with(run.project_root + "/")) {
    word.erase(0, run.project_root.size() + 1);
  } else if (word.starts_with('/')) {
    return std::nullopt;
  } else if (auto seen_from_dir = NormalRelativePath(JoinPath(run.command.dir, word))) {
    if (sources.Exists(*seen_from_dir) && !run.inputs.Holds(*seen_from_dir)) return seen_from_dir;
  }
  auto path = NormalRelativePath(word);
  if (!path || *path == "." || IsOwnPath(*path) || run.inputs.Holds(*path)) return std::nullopt;
  if (sources.Exists(*path)) return path;
  if (path->find('.') == std::string::npos && path->find('/') == std::string::npos)
    return std::nullopt;
  const std::vector<std::string> found = sources.WithSuffix(*path, 2);
  if (found.empty() ||
      std::ranges::any_of(found, [&](const std::string& file) { return run.inputs.Holds(file); })) {
    return std::nullopt;
  }
  return found.front();
}

std::vector<std::string> UndeclaredReads(const FailedRun& run, SourceTree& sources) {
  std::vector<std::string> found;
  std::set<std::string> seen;
  for (std::string_view line : LinesOfAbsence(run.output)) {
    for (std::string& word : PathsIn(line)) {
      if (!seen.insert(word).second) continue;
      auto file = UndeclaredFile(run, std::move(word), sources);
      if (file && std::ranges::find(found, *file) == found.end()) found.push_back(std::move(*file));
      if (found.size() == kMaxNamed) return found;
    }
  }
  return found;
}

// The program that a shell did not find ("sh: 1: cmake: not found"), if it is none of the
// project's.
std::optional<std::string> MissingProgram(const FailedRun& run, Tools& tools) {
  for (std::string_view line : LinesOfAbsence(run.output)) {
    for (std::string_view ending : {": not found", ": command not found"}) {
      if (!line.ends_with(ending)) continue;
      std::string_view name = line.substr(0, line.size() - ending.size());
      name = name.substr(name.rfind(' ') + 1);
      const bool known = run.image.empty() && tools.Find(std::string(name));
      if (!name.empty() && !known) return std::string(name);
    }
  }
  return std::nullopt;
}

std::string DescribeEnd(const FailedRun& run) {
  if (run.end.timed_out)
    return fmt::format("took longer than {} and was stopped", FormatDuration(run.timeout_ns));
  const int status = run.end.outcome.wait_status;
  if (WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status), name ? name : "?");
  }
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

std::string DescribeExecFailure(const FailedRun& run) {
  const int error = run.end.outcome.error;
  std::string text =
      fmt::format("`{}` cannot be run: {}", run.command.argv.front(), std::strerror(error));
  if (error == ENOENT) text += " (it, its interpreter or the directory to run in does not exist)";
  if (error == EACCES) text += " (is it executable?)";
  if (error == ENOEXEC) text += " (a script begins with `#!` and its interpreter)";
  return text;
}

std::string Joined(const std::vector<std::string>& names) {
  return fmt::format("`{}`", fmt::join(names, "`, `"));
}

}  // namespace

std::string DescribeMissingProgram(const std::string& program, const Tools& tools) {
  return fmt::format("the program `{}` was not found (looked in {})", program,
                     tools.directories().empty()
                         ? "no directory: PATH is empty"
                         : fmt::format("{}", fmt::join(tools.directories(), ", ")));
}

std::string DescribeFailure(const FailedRun& run, SourceTree& sources, Tools& tools) {
  const bool not_started = run.end.outcome.kind == SandboxOutcome::Kind::kExecFailed;
  std::string text = not_started ? DescribeExecFailure(run) : DescribeEnd(run);
  if (run.end.timed_out) return text;
  std::vector<std::string> undeclared;
  if (not_started) {
    if (auto file = UndeclaredFile(run, run.command.argv.front(), sources))
      undeclared.push_back(*file);
  } else {
    undeclared = UndeclaredReads(run, sources);
  }
  if (!undeclared.empty()) {
    const bool one = undeclared.size() == 1;
    return text + fmt::format(": {} {} in the project but {} of `{}`: add {} to `inputs`",
                              Joined(undeclared), one ? "exists" : "exist",
                              one ? "is not an input" : "are no inputs", run.address,
                              one ? "it" : "them");
  }
  if (auto program = MissingProgram(run, tools); program && !run.image.empty()) {
    return text + fmt::format(": the program `{}` is not in the image `{}`", *program, run.image);
  } else if (program) {
    return text + ": " + DescribeMissingProgram(*program, tools);
  }
  if (run.command.memory && Mentions(run.output, kNoMemory)) {
    return text + fmt::format(": it may need more than `limits.memory` ({})",
                              FormatSize(*run.command.memory));
  }
  return text;
}

}  // namespace opsc
