#include "runtime/kind/local_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace opsc {
namespace {

sockaddr* Raw(sockaddr_in& address) {
  return reinterpret_cast<sockaddr*>(&address);
}

}  // namespace

int StartConnection(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    errno = EINVAL;
    return -1;
  }
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, Raw(address), sizeof address) == 0 || errno == EINPROGRESS) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

ConnectionState CheckConnection(int socket) {
  using Type = ConnectionState::Type;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return {Type::kFailed, error};
  sockaddr_in peer{};
  sockaddr_in self{};
  socklen_t peer_size = sizeof peer;
  socklen_t self_size = sizeof self;
  if (getpeername(socket, Raw(peer), &peer_size) != 0) return {Type::kPending, 0};
  getsockname(socket, Raw(self), &self_size);
  const bool itself =
      peer.sin_port == self.sin_port && peer.sin_addr.s_addr == self.sin_addr.s_addr;
  if (itself) return {Type::kFailed, ECONNREFUSED};
  return {Type::kConnected, 0};
}

Result<int> FindFreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return FailErrno("cannot make a socket", errno);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound =
      bind(fd, Raw(address), sizeof address) == 0 && getsockname(fd, Raw(address), &size) == 0;
  const int error = errno;
  close(fd);
  if (!bound) return FailErrno("cannot find a free port", error);
  return ntohs(address.sin_port);
}

}  // namespace opsc
