#include "runtime/kind/probe.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/kind/local_socket.h"

namespace opsc {
namespace {

constexpr size_t kLongestAnswer = 65'536;  // bytes

}  // namespace

int ReadStatusLine(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.") || answer.size() < 13) return 0;
  int status = 0;
  for (char c : answer.substr(9, 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return answer[8] == ' ' && (answer[12] == ' ' || answer[12] == '\r') ? status : 0;
}

Prober::Prober(EventLoop* loop, ProbeSpec spec, TreeCommand command, int own_port,
               Callbacks callbacks)
    : loop_(loop),
      spec_(std::move(spec)),
      command_(std::move(command)),
      own_port_(own_port),
      callbacks_(std::move(callbacks)) {
  command_.argv = spec_.command;
  const auto first = spec_.kind == ProbeSpec::Kind::kAlive ? std::chrono::milliseconds(500)
                                                           : std::chrono::milliseconds(10);
  next_ = loop_->After(first, [this] { Attempt(); });
}

Prober::~Prober() {
  loop_->Cancel(next_);
  EndAttempt();
}

std::string Prober::Target() const {
  switch (spec_.kind) {
    case ProbeSpec::Kind::kHttp:
      return fmt::format("GET http://{}:{}{}", spec_.host, Port(), spec_.path);
    case ProbeSpec::Kind::kTcp:
      return fmt::format("a connection to {}:{}", spec_.host, Port());
    case ProbeSpec::Kind::kExec:
      return fmt::format("the command `{}`", fmt::join(spec_.command, " "));
    case ProbeSpec::Kind::kAlive:
      break;
  }
  return "the process";
}

void Prober::Attempt() {
  next_ = 0;
  if (spec_.kind == ProbeSpec::Kind::kAlive) return Succeeded();
  deadline_ = loop_->After(std::chrono::nanoseconds(spec_.timeout_ns), [this] {
    deadline_ = 0;
    if (ReadStatusLine(answer_) == spec_.status) return Succeeded();
    Failed(fmt::format("had no answer within {}", FormatDuration(spec_.timeout_ns)));
  });
  if (spec_.kind == ProbeSpec::Kind::kExec) return RunCommand();
  Connect();
}

void Prober::EndAttempt() {
  loop_->Cancel(deadline_);
  deadline_ = 0;
  if (socket_ >= 0) {
    loop_->Forget(socket_);
    close(socket_);
  }
  socket_ = -1;
  connected_ = false;
  answer_.clear();
  tree_.reset();
}

void Prober::Failed(const std::string& what) {
  last_seen_ = Target() + " " + what;
  EndAttempt();
  next_ = loop_->After(std::chrono::nanoseconds(spec_.every_ns), [this] { Attempt(); });
}

void Prober::Succeeded() {
  last_seen_ = Target() + " succeeded";
  EndAttempt();
  const auto on_ready = callbacks_.on_ready;
  on_ready();
}

void Prober::Connect() {
  socket_ = StartConnection(spec_.host, Port());
  if (socket_ < 0) return Failed(fmt::format("failed: {}", std::strerror(errno)));
  if (!loop_->Watch(socket_, EPOLLIN | EPOLLOUT | EPOLLET, [this](uint32_t) { OnSocket(); })) {
    Failed("failed: the kernel cannot watch more descriptors");
  }
}

void Prober::OnSocket() {
  if (!connected_) {
    const ConnectionState state = CheckConnection(socket_);
    if (state.type == ConnectionState::Type::kPending) return;
    if (state.type == ConnectionState::Type::kFailed) {
      return Failed(fmt::format("failed: {}", std::strerror(state.error)));
    }
    connected_ = true;
    return OnConnected();
  }
  ReadAnswer();
}

void Prober::OnConnected() {
  if (spec_.kind == ProbeSpec::Kind::kTcp) return Succeeded();
  const std::string request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: opsc\r\nAccept: */*\r\n"
      "Connection: close\r\n\r\n",
      spec_.path, spec_.host, Port());
  const ssize_t n = send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(request.size())) Failed("failed: the request was not taken");
}

// Reads to the end, so that a server which is still writing is not cut off.
void Prober::ReadAnswer() {
  std::array<char, 4096> bytes;
  while (true) {
    const ssize_t n = recv(socket_, bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n > 0) answer_.append(bytes.data(), static_cast<size_t>(n));
    if (n > 0 && answer_.size() < kLongestAnswer) continue;
    const int status = ReadStatusLine(answer_);
    if (status == spec_.status) return Succeeded();
    if (status != 0) return Failed(fmt::format("answered {}, not {}", status, spec_.status));
    return Failed(answer_.empty() ? "was closed without an answer"
                                  : "answered something else than HTTP/1");
  }
}

void Prober::RunCommand() {
  auto tree = ProcessTree::Start(
      loop_, command_, {.on_output = callbacks_.on_output, .on_end = [this](const TreeEnd& end) {
                          if (end.type == TreeEnd::Type::kExited && end.value == 0) {
                            return Succeeded();
                          }
                          Failed(end.Text());
                        }});
  if (!tree) return Failed(tree.error().message);
  tree_ = std::move(*tree);
}

}  // namespace opsc
