#include "runtime/kind/tcp_link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "runtime/kind/local_socket.h"

namespace opsc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kBuffer = 65'536;  // bytes a direction
constexpr int kRounds = 64;         // of Pump before others have their turn
constexpr uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

bool WouldBlock(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

TcpLink::TcpLink(EventLoop* loop, int client, Callbacks callbacks)
    : loop_(loop),
      callbacks_(std::move(callbacks)),
      client_(client),
      give_up_(std::chrono::steady_clock::now() + seconds(10)) {
  const int on = 1;
  setsockopt(client_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  retry_ = loop_->After(milliseconds(0), [this] { Connect(); });
}

TcpLink::~TcpLink() {
  loop_->Cancel(retry_);
  loop_->Cancel(linger_);
  for (int fd : {client_, target_}) {
    if (fd < 0) continue;
    loop_->Forget(fd);
    close(fd);
  }
}

void TcpLink::Connect() {
  retry_ = 0;
  const int port = callbacks_.target_port();
  if (port == 0) return Retry();
  target_ = StartConnection("127.0.0.1", port);
  if (target_ < 0) return Retry();
  if (!loop_->Watch(target_, kEvents, [this](uint32_t) { OnTarget(); })) Retry();
}

void TcpLink::Retry() {
  if (target_ >= 0) {
    loop_->Forget(target_);
    close(target_);
    target_ = -1;
  }
  if (std::chrono::steady_clock::now() >= give_up_) return End();
  retry_ = loop_->After(milliseconds(10), [this] { Connect(); });
}

void TcpLink::OnTarget() {
  if (connected_) return Pump();
  const ConnectionState state = CheckConnection(target_);
  if (state.type == ConnectionState::Type::kPending) return;
  if (state.type == ConnectionState::Type::kFailed) return Retry();
  connected_ = true;
  if (!loop_->Watch(client_, kEvents, [this](uint32_t) { Pump(); })) return End();
  Pump();
}

TcpLink::Progress TcpLink::Read(Flow& flow) {
  if (flow.from_ended || flow.buffer.size() >= kBuffer) return Progress::kNone;
  std::array<char, 16384> bytes;
  const ssize_t n = recv(*flow.from, bytes.data(), bytes.size(), 0);
  if (n < 0) return WouldBlock(errno) ? Progress::kNone : Progress::kReset;
  if (n == 0)
    flow.from_ended = true;
  else if (!flow.to_ended)
    flow.buffer.append(bytes.data(), static_cast<size_t>(n));
  return Progress::kSome;
}

TcpLink::Progress TcpLink::Write(Flow& flow) {
  if (flow.to_ended) return Progress::kNone;
  if (flow.buffer.empty()) {
    if (!flow.from_ended) return Progress::kNone;
    shutdown(*flow.to, SHUT_WR);
    flow.to_ended = true;
    return Progress::kSome;
  }
  const ssize_t n = send(*flow.to, flow.buffer.data(), flow.buffer.size(), MSG_NOSIGNAL);
  if (n < 0 && WouldBlock(errno)) return Progress::kNone;
  if (n < 0) {
    // It takes no more but may still have an answer to give: what comes for it is dropped.
    flow.to_ended = true;
    flow.buffer.clear();
    return &flow == &down_ ? Progress::kReset : Progress::kSome;
  }
  flow.buffer.erase(0, static_cast<size_t>(n));
  return Progress::kSome;
}

// Edge-triggered: goes on until nothing moves, so that no event is waited for twice.
void TcpLink::Pump() {
  if (target_ < 0 || !connected_) return;
  for (int round = 0;; ++round) {
    bool moved = false;
    for (Flow* flow : {&up_, &down_}) {
      for (const Progress progress : {Read(*flow), Write(*flow)}) {
        if (progress == Progress::kReset) return Reset();
        moved = moved || progress == Progress::kSome;
      }
    }
    if (up_.from_ended && down_.from_ended && up_.to_ended && down_.to_ended) return End();
    if (!moved) break;
    if (round == kRounds) {
      loop_->Cancel(retry_);
      retry_ = loop_->After(milliseconds(0), [this] { Pump(); });
      return;
    }
  }
  // The server is done: a client that says nothing more has five seconds to close.
  if (down_.to_ended && linger_ == 0) linger_ = loop_->After(seconds(5), [this] { End(); });
}

void TcpLink::Reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  for (int fd : {client_, target_}) setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  End();
}

void TcpLink::End() {
  const auto on_end = callbacks_.on_end;
  on_end();
}

}  // namespace opsc
