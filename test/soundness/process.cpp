#include "process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "runtime/base/check.h"

namespace opsc::soundness {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void BeOpsc(const Project& project, Sandbox sandbox, const Task& task) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::stop_source stop;
  std::thread([&stop, signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    stop.request_stop();
  }).detach();
  const Outcome outcome = Opsc(project, sandbox).Make(task, stop.get_token());
  _exit(outcome.ok ? 0 : stop.stop_requested() ? 130 : 1);
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

}  // namespace

OpscProcess::OpscProcess(const Project& project, Sandbox sandbox, const Task& task) {
  pid_ = fork();
  OPS_CHECK(pid_ >= 0, "a test may fork");
  if (pid_ == 0) BeOpsc(project, sandbox, task);
}

OpscProcess::~OpscProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void OpscProcess::Signal(int signal) const {
  kill(pid_, signal);
}

int OpscProcess::Wait(std::chrono::milliseconds timeout) {
  int status = 0;
  const bool ended = WaitUntil(timeout, [&] { return waitpid(pid_, &status, WNOHANG) == pid_; });
  if (!ended) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int CountProcesses(const std::string& mark) {
  int count = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (ReadFile(entry.path() / "cmdline").find(mark) != std::string::npos) ++count;
  }
  return count;
}

bool WaitUntil(std::chrono::milliseconds timeout, const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::string Logs(const Project& project) {
  std::string text;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(project.state_dir() + "/logs", error)) {
    if (entry.is_regular_file()) text += ReadFile(entry.path());
  }
  return text;
}

}  // namespace opsc::soundness
