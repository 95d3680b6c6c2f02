#include "compiler/lsp/lens_run.h"
#include "runtime/base/argv.h"

#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern char** environ;

namespace opsc::lsp {
namespace {

constexpr size_t kMostOutput = 1u << 20;  // kept of one run

// Starts the command with its output in a pipe, whose other end is given; -1: it did not start.
int Spawn(const std::vector<std::string>& command, pid_t& pid) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<char*> words = ArgvOf(command);
  int failed = posix_spawn(&pid, words[0], &actions, &attributes, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  if (failed == 0) return ends[0];
  close(ends[0]);
  return -1;
}

std::string ReadAll(int fd) {
  std::string output;
  char buffer[4096];
  for (ssize_t n = read(fd, buffer, sizeof buffer); n > 0; n = read(fd, buffer, sizeof buffer)) {
    if (output.size() < kMostOutput) output.append(buffer, static_cast<size_t>(n));
  }
  close(fd);
  return output;
}

int Wait(pid_t pid) {
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string LensKey(std::string_view root, std::string_view action, std::string_view name) {
  return fmt::format("{}\n{}\n{}", root, action, name);
}

LensRuns::LensRuns(std::function<void(LensOutcome)> done) : done_(std::move(done)) {}

LensRuns::~LensRuns() {
  StopAll();
}

void LensRuns::StopAll() {
  for (auto& [key, run] : runs_) kill(-run.pid, SIGTERM);
}

bool LensRuns::Start(const std::string& key, const std::vector<std::string>& command) {
  if (runs_.contains(key)) return false;
  Run run;
  int output = Spawn(command, run.pid);
  if (output < 0) return false;
  run.reader = std::jthread([this, key, output, pid = run.pid] {
    LensOutcome outcome{key, 0, ReadAll(output)};
    outcome.exit_code = Wait(pid);
    done_(std::move(outcome));
  });
  runs_.emplace(key, std::move(run));
  return true;
}

void LensRuns::Stop(const std::string& key) {
  auto it = runs_.find(key);
  if (it != runs_.end()) kill(-it->second.pid, SIGINT);
}

void LensRuns::Forget(const std::string& key) {
  runs_.erase(key);
}

std::string SummaryLine(const LensOutcome& outcome) {
  std::string_view text = outcome.output;
  std::string_view last;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    bool blank = line.find_first_not_of(" \t\r") == line.npos;
    if (!blank) last = line;
  }
  constexpr size_t kMost = 120;
  if (last.empty())
    return outcome.exit_code == 0 ? "done" : fmt::format("exit {}", outcome.exit_code);
  std::string mark = outcome.exit_code == 0 || outcome.exit_code == 2 ? "✓ " : "✗ ";
  return mark + std::string(last.substr(0, kMost));
}

}  // namespace opsc::lsp
