#include "http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <sstream>
#include <thread>
#include <vector>

namespace shop {
namespace {

constexpr size_t kLargestRequest = 64 * 1024;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void LimitWaiting(int fd) {
  timeval two_seconds{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &two_seconds, sizeof two_seconds);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &two_seconds, sizeof two_seconds);
}

// Reads until `end` has come, the peer closes, or too much came.
std::string ReadUntil(int fd, const std::string& end) {
  std::string text;
  char buffer[4096];
  while (text.size() < kLargestRequest && (end.empty() || text.find(end) == std::string::npos)) {
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    text.append(buffer, static_cast<size_t>(n));
  }
  return text;
}

void SendAll(int fd, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    ssize_t n = send(fd, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (n <= 0) return;
    done += static_cast<size_t>(n);
  }
}

void Answer(int fd, const Handler& handler) {
  LimitWaiting(fd);
  std::istringstream request(ReadUntil(fd, "\r\n\r\n"));
  std::string method, target;
  request >> method >> target;
  Response response = handler(method, target);
  SendAll(fd, "HTTP/1.1 " + std::to_string(response.status) +
                  " -\r\nConnection: close\r\nContent-Length: " +
                  std::to_string(response.body.size()) + "\r\n\r\n" + response.body);
  close(fd);
}

int Listen(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address = Loopback(port);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      listen(fd, 128) == 0) {
    return fd;
  }
  std::perror("cannot listen");
  close(fd);
  return -1;
}

int StopSignals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  return signalfd(-1, &stop, SFD_CLOEXEC);
}

}  // namespace

int Serve(int port, const Handler& handler) {
  int signals = StopSignals();
  int listener = Listen(port);
  if (listener < 0) return 1;
  std::printf("serving on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  std::vector<std::jthread> answers;
  while (true) {
    pollfd ready[] = {{signals, POLLIN, 0}, {listener, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0) continue;
    if (ready[0].revents != 0) break;
    int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) answers.emplace_back([fd, &handler] { Answer(fd, handler); });
    if (answers.size() > 256) answers.clear();  // joins
  }
  close(listener);
  return 0;
}

Response Get(int port, const std::string& target) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  LimitWaiting(fd);
  sockaddr_in address = Loopback(port);
  Response response{0, ""};
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    SendAll(fd, "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::string text = ReadUntil(fd, "");
    size_t body = text.find("\r\n\r\n");
    if (body != std::string::npos && text.starts_with("HTTP/1.1 ")) {
      response = {std::stoi(text.substr(9, 3)), text.substr(body + 4)};
    }
  }
  close(fd);
  return response;
}

}  // namespace shop
