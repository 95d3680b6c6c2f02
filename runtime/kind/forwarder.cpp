#include "runtime/kind/forwarder.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace opsc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Result<int> OpenListener(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return FailErrno("cannot make a socket", errno);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      listen(fd, SOMAXCONN) == 0) {
    return fd;
  }
  const int error = errno;
  close(fd);
  if (error == EADDRINUSE) {
    return Fail(
        ErrorKind::kConflict, fmt::format("port {} is taken by another program", port),
        fmt::format("find it with `ss -ltnp 'sport = :{}'`, or give the service another port",
                    port));
  }
  return FailErrno(fmt::format("cannot listen on 127.0.0.1:{}", port), error);
}

}  // namespace

Forwarder::Forwarder(EventLoop* loop) : loop_(loop) {}

Forwarder::~Forwarder() {
  Abandon();
  Close();
  loop_->Cancel(hold_);
}

Status Forwarder::Prepare(int port) {
  Abandon();
  if (port != port_ && port != 0) {
    OPS_ASSIGN(next_listener_, OpenListener(port));
  }
  next_port_ = port;
  prepared_ = true;
  return {};
}

void Forwarder::Abandon() {
  if (next_listener_ >= 0) close(next_listener_);
  next_listener_ = -1;
  prepared_ = false;
}

void Forwarder::Commit() {
  if (!prepared_) return;
  prepared_ = false;
  if (next_port_ == port_) return;
  const int listener = next_listener_;
  next_listener_ = -1;
  Close();
  listener_ = listener;
  port_ = next_port_;
  Listen();
}

void Forwarder::Close() {
  StopListening();
  if (listener_ >= 0) close(listener_);
  listener_ = -1;
  port_ = 0;
}

void Forwarder::SetTarget(int port, uint64_t id) {
  target_port_ = port;
  target_ = id;
  hold_over_ = false;
  loop_->Cancel(hold_);
  hold_ = 0;
  Listen();
}

void Forwarder::ClearTarget() {
  if (target_port_ == 0) return;
  target_port_ = 0;
  StopListening();
  hold_ = loop_->After(seconds(10), [this] {
    hold_ = 0;
    hold_over_ = true;
    Listen();
  });
}

size_t Forwarder::LinksTo(uint64_t id) const {
  return static_cast<size_t>(
      std::ranges::count_if(links_, [id](const auto& entry) { return entry.second.target == id; }));
}

void Forwarder::Listen() {
  const bool may = listener_ >= 0 && !Full() && (target_port_ != 0 || hold_over_);
  if (!may || listening_) return;
  listening_ = loop_->Watch(listener_, EPOLLIN, [this](uint32_t) { Accept(); });
}

void Forwarder::StopListening() {
  if (listening_) loop_->Forget(listener_);
  listening_ = false;
}

void Forwarder::Accept() {
  while (listening_) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (client < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
      StopListening();
      loop_->After(milliseconds(100), [this] { Listen(); });
    }
    if (client < 0) return;
    if (target_port_ == 0) {
      close(client);
      continue;
    }
    Link(client);
    if (Full()) StopListening();
  }
}

void Forwarder::Link(int client) {
  const uint64_t id = next_link_++;
  Entry& entry = links_[id];
  entry.target = target_;
  // Whoever is in charge when the connection is made: it may be another by then.
  entry.link = std::make_unique<TcpLink>(loop_, client,
                                         TcpLink::Callbacks{.target_port =
                                                                [this, id] {
                                                                  if (target_port_ != 0)
                                                                    links_[id].target = target_;
                                                                  return target_port_;
                                                                },
                                                            .on_end =
                                                                [this, id] {
                                                                  links_.erase(id);
                                                                  Listen();
                                                                  if (on_link_end) on_link_end();
                                                                }});
}

}  // namespace opsc
