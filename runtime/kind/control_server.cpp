#include "runtime/kind/control_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr size_t kLongestRequest = 16'777'216;  // bytes

}  // namespace

ControlServer::ControlServer(EventLoop* loop, Handler handler)
    : loop_(loop), handler_(std::move(handler)) {}

ControlServer::~ControlServer() {
  while (!clients_.empty()) Drop(clients_.begin()->first);
  if (listener_ < 0) return;
  loop_->Forget(listener_);
  close(listener_);
}

Status ControlServer::Listen(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  OPS_CHECK(path.size() < sizeof address.sun_path, "the control socket has a short relative name");
  std::memcpy(address.sun_path, path.data(), path.size());
  unlink(path.c_str());
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0 ||
      bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(path.c_str(), 0600) != 0 || listen(listener_, SOMAXCONN) != 0 ||
      !loop_->Watch(listener_, EPOLLIN, [this](uint32_t) { Accept(); })) {
    return FailErrno("cannot open the control socket of the service", errno);
  }
  return {};
}

void ControlServer::Accept() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  const uint64_t id = next_id_++;
  clients_[id].fd = fd;
  if (!loop_->Watch(fd, EPOLLIN | EPOLLRDHUP, [this, id](uint32_t) { ReadUpTo(id); })) Drop(id);
}

// In the order of the connections: who asks what became of a change must not be answered before
// the change that lies in an older connection.
void ControlServer::ReadUpTo(uint64_t id) {
  std::vector<uint64_t> ids;
  for (const auto& [older, client] : clients_) {
    if (older < id && !client.asked) ids.push_back(older);
  }
  for (const uint64_t older : ids) Read(older);
  Read(id);
}

void ControlServer::Read(uint64_t id) {
  std::array<char, 16384> bytes;
  while (true) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    Client& client = found->second;
    const ssize_t n = recv(client.fd, bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0 || client.asked) return Drop(id);
    client.request.append(bytes.data(), static_cast<size_t>(n));
    if (client.request.size() > kLongestRequest) return Drop(id);
    if (client.request.back() == '\n') Ask(id);
  }
}

void ControlServer::Ask(uint64_t id) {
  Client& client = clients_[id];
  client.asked = true;
  const Result<Value> request = FromJson(client.request);
  client.request = {};
  if (!request) return Drop(id);
  handler_(*request, [this, id](const Value& answer) { Send(id, answer); });
}

void ControlServer::Send(uint64_t id, const Value& answer) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return;
  const std::string line = ToJson(answer, SecretPolicy::kRedact) + "\n";
  // Answers fit into the socket's buffer: there is at most one on a connection.
  (void)!send(client->second.fd, line.data(), line.size(), MSG_NOSIGNAL);
  Drop(id);
}

void ControlServer::Drop(uint64_t id) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return;
  loop_->Forget(client->second.fd);
  close(client->second.fd);
  clients_.erase(client);
}

}  // namespace opsc
