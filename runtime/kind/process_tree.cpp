#include "runtime/kind/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>

#include "runtime/kind/keeper.h"

namespace opsc {
namespace {

pid_t ParentOf(pid_t pid) {
  const std::string path = fmt::format("/proc/{}/stat", pid);
  FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return 0;
  std::array<char, 512> text{};
  const size_t size = std::fread(text.data(), 1, text.size() - 1, file);
  std::fclose(file);
  // "12 (any name) S 1 …": the name may hold anything, so look behind its last parenthesis.
  const char* close = static_cast<const char*>(memrchr(text.data(), ')', size));
  int parent = 0;
  if (close == nullptr || std::sscanf(close + 1, " %*c %d", &parent) != 1) return 0;
  return parent;
}

std::multimap<pid_t, pid_t> ChildrenByParent() {
  std::multimap<pid_t, pid_t> children;
  DIR* directory = opendir("/proc");
  if (directory == nullptr) return children;
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc{} && end == name.data() + name.size())
      children.emplace(ParentOf(pid), pid);
  }
  closedir(directory);
  return children;
}

}  // namespace

size_t KillDescendants(pid_t root, const std::vector<pid_t>& spare) {
  const std::multimap<pid_t, pid_t> children = ChildrenByParent();
  std::vector<pid_t> open{root};
  size_t killed = 0;
  while (!open.empty()) {
    const auto [begin, end] = children.equal_range(open.back());
    open.pop_back();
    for (auto child = begin; child != end; ++child) {
      if (std::ranges::find(spare, child->second) != spare.end()) continue;
      kill(child->second, SIGKILL);
      open.push_back(child->second);
      ++killed;
    }
  }
  return killed;
}

std::string TreeEnd::Text() const {
  switch (type) {
    case Type::kExited:
      return fmt::format("exited with code {}", value);
    case Type::kSignalled:
      return fmt::format("was killed by signal {} ({})", value, strsignal(value));
    case Type::kNotStarted:
      break;
  }
  return fmt::format("could not be started: {}", std::strerror(value));
}

Result<std::unique_ptr<ProcessTree>> ProcessTree::Start(EventLoop* loop, const TreeCommand& command,
                                                        Callbacks callbacks) {
  std::array<int, 2> control;
  std::array<int, 2> output;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control.data()) != 0) {
    return FailErrno("cannot make a socket", errno);
  }
  if (pipe2(output.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    close(control[0]);
    close(control[1]);
    return FailErrno("cannot make a pipe", error);
  }
  const pid_t keeper = fork();
  if (keeper == 0) RunKeeper(command, {.control = control[1], .output = output[1]});
  const int error = errno;
  close(control[1]);
  close(output[1]);
  if (keeper < 0) {
    close(control[0]);
    close(output[0]);
    return FailErrno("cannot start a process", error);
  }
  fcntl(control[0], F_SETFL, O_NONBLOCK);
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  std::unique_ptr<ProcessTree> tree(
      new ProcessTree(loop, std::move(callbacks), control[0], output[0], keeper));
  ProcessTree* raw = tree.get();
  const bool watched = loop->Watch(control[0], EPOLLIN, [raw](uint32_t) { raw->ReadControl(); }) &&
                       loop->Watch(output[0], EPOLLIN, [raw](uint32_t) { raw->ReadOutput(); });
  if (!watched) return Fail(ErrorKind::kEnvironment, "the kernel cannot watch more descriptors");
  return tree;
}

ProcessTree::ProcessTree(EventLoop* loop, Callbacks callbacks, int control, int output,
                         pid_t keeper)
    : loop_(loop),
      callbacks_(std::move(callbacks)),
      control_(control),
      output_(output),
      keeper_(keeper) {}

ProcessTree::~ProcessTree() {
  loop_->Forget(control_);
  loop_->Forget(output_);
  close(control_);  // tells the keeper to kill
  close(output_);
}

void ProcessTree::Terminate() {
  (void)!send(control_, &kKeeperTerminate, 1, MSG_NOSIGNAL);
}
void ProcessTree::Kill() {
  (void)!send(control_, &kKeeperKill, 1, MSG_NOSIGNAL);
}

void ProcessTree::ReadControl() {
  KeeperReport report;
  while (true) {
    const ssize_t n = recv(control_, &report, sizeof report, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n != sizeof report) return End();
    switch (report.type) {
      case KeeperReport::kStarted:
        pid_ = report.value;
        break;
      case KeeperReport::kNotStarted:
        told_end_ = true;
        end_ = {TreeEnd::Type::kNotStarted, report.value};
        break;
      case KeeperReport::kExited:
        if (!told_end_) end_ = {TreeEnd::Type::kExited, report.value};
        break;
      case KeeperReport::kSignalled:
        if (!told_end_) end_ = {TreeEnd::Type::kSignalled, report.value};
        break;
    }
  }
}

void ProcessTree::ReadOutput() {
  std::array<char, 16384> bytes;
  while (true) {
    const ssize_t n = read(output_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) loop_->Forget(output_);
    if (n <= 0) return;
    callbacks_.on_output({bytes.data(), static_cast<size_t>(n)});
  }
}

// All writers are gone, so what can be read now is all there will ever be.
void ProcessTree::End() {
  ReadOutput();
  loop_->Forget(control_);
  loop_->Forget(output_);
  const auto on_end = std::move(callbacks_.on_end);
  const TreeEnd end = end_;
  on_end(end);
}

}  // namespace opsc
