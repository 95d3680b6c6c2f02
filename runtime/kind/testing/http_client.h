// A client that gives up on nothing and hides nothing.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <string>

namespace opsc::testing {

inline sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// The body of a 200 answer; empty after any failure: refused, reset, cut off, another status.
inline std::string Get(int port, const std::string& path = "/") {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const sockaddr_in address = Loopback(port);
  std::string answer;
  bool whole = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n";
  whole = whole && send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0;
  std::array<char, 4096> bytes;
  for (ssize_t n = 1; whole && n > 0;) {
    n = recv(fd, bytes.data(), bytes.size(), 0);
    whole = n >= 0;
    if (n > 0) answer.append(bytes.data(), static_cast<size_t>(n));
  }
  close(fd);
  const size_t body = answer.find("\r\n\r\n");
  if (!whole || !answer.starts_with("HTTP/1.1 200 ") || body == std::string::npos) return "";
  return answer.substr(body + 4);
}

// A listening socket on the port (0: any).
inline int HoldPort(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(port);
  const bool held = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    listen(fd, SOMAXCONN) == 0;
  return held ? fd : -1;
}

inline int FreePort() {
  const int fd = HoldPort(0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace opsc::testing
