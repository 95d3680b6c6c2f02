#include "runtime/exec/sandbox.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/exec/sandbox_wire.h"

namespace opsc {

Result<std::unique_ptr<SandboxHelper>> SandboxHelper::Start(const SandboxSetup& setup) {
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) {
    return FailErrno("cannot make a socket pair", errno);
  }
  auto pid = SpawnHelper(channel[1]);
  close(channel[1]);
  if (!pid) {
    close(channel[0]);
    return std::unexpected(std::move(pid).error());
  }
  std::unique_ptr<SandboxHelper> helper(new SandboxHelper(channel[0], *pid));
  OPS_TRY(SendFrame(channel[0], EncodeSetup(setup), -1));
  const auto reply = ReadReply(channel[0]);
  if (!reply) return Fail(ErrorKind::kEnvironment, "the sandbox helper ended at once");
  if (reply->kind != SandboxReply::Kind::kReady) return Fail(ErrorKind::kEnvironment, reply->what);
  helper->isolated_ = setup.namespaces;
  return helper;
}

SandboxHelper::~SandboxHelper() {
  close(channel_);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status SandboxHelper::Run(const SandboxCommand& command, int output) {
  Status sent = SendFrame(channel_, EncodeCommand(command), output);
  if (!sent) usable_ = false;
  return sent;
}

SandboxOutcome SandboxHelper::TakeOutcome() {
  const auto reply = ReadReply(channel_);
  if (!reply) {
    usable_ = false;
    return {.kind = SandboxOutcome::Kind::kHelperLost, .what = "the sandbox helper was killed"};
  }
  using Kind = SandboxOutcome::Kind;
  switch (reply->kind) {
    case SandboxReply::Kind::kExited:
      return {.kind = Kind::kExited, .wait_status = reply->value, .what = {}};
    case SandboxReply::Kind::kOverlayRefused:
      return {.kind = Kind::kOverlayRefused, .what = reply->what};
    case SandboxReply::Kind::kExecFailed:
      return {.kind = Kind::kExecFailed, .error = reply->value, .what = reply->what};
    default:
      usable_ = false;
      return {.kind = Kind::kSetupFailed, .error = reply->value, .what = reply->what};
  }
}

void SandboxHelper::Signal(char signal) {
  // The command may have ended meanwhile; then the byte waits where a request is expected.
  usable_ = false;
  (void)send(channel_, &signal, 1, MSG_NOSIGNAL);
}

void SandboxHelper::Terminate() {
  Signal(kTerminate);
}
void SandboxHelper::Kill() {
  Signal(kKill);
}

Result<std::unique_ptr<SandboxHelper>> SandboxPool::Acquire() {
  std::unique_lock lock(mutex_);
  if (!idle_.empty()) {
    auto helper = std::move(idle_.back());
    idle_.pop_back();
    return helper;
  }
  const SandboxSetup setup = setup_;
  const uint64_t generation = generation_;
  lock.unlock();
  auto helper = SandboxHelper::Start(setup);
  if (!helper && setup.namespaces) {
    GiveUp(helper.error().message);
    return Acquire();
  }
  if (helper) (*helper)->generation_ = generation;
  return helper;
}

void SandboxPool::GiveUp(const std::string& reason) {
  std::lock_guard lock(mutex_);
  if (!setup_.namespaces) return;
  setup_.namespaces = false;
  refusal_ = reason;
  ++generation_;
  idle_.clear();
}

void SandboxPool::Release(std::unique_ptr<SandboxHelper> helper) {
  std::lock_guard lock(mutex_);
  if (helper->usable() && helper->generation_ == generation_) idle_.push_back(std::move(helper));
}

void SandboxPool::Show(std::vector<std::string> directories) {
  std::lock_guard lock(mutex_);
  setup_.visible = std::move(directories);
  ++generation_;
  idle_.clear();
}

std::string SandboxPool::refusal() {
  std::lock_guard lock(mutex_);
  return refusal_;
}

}  // namespace opsc
