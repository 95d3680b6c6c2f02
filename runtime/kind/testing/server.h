// The service that the tests start: HTTP on 127.0.0.1:$PORT (or $FIXED_PORT).
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace opsc::testing {

inline volatile sig_atomic_t server_told_to_stop = 0;

inline int EnvNumber(const char* name, int fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::atoi(text);
}

inline void AnswerOne(int client, const std::string& body) {
  std::array<char, 2048> request{};
  if (recv(client, request.data(), request.size() - 1, 0) > 0) {
    const bool health = std::strstr(request.data(), "GET /health") != nullptr;
    const int status = health ? EnvNumber("HEALTH", 200) : 200;
    const std::string answer = "HTTP/1.1 " + std::to_string(status) +
                               " Status\r\nContent-Length: " + std::to_string(body.size()) +
                               "\r\nConnection: close\r\n\r\n" + body;
    (void)!send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (std::strstr(request.data(), "GET /crash") != nullptr) std::_Exit(7);
  }
  close(client);
}

// Answers with `name` and its process id. HEALTH: the status of /health; EXIT: ends at once with
// that code; IGNORE_TERM: does. TERM: takes no more, answers those in the queue, ends.
inline int ServeMain(const std::string& name) {
  std::printf("%s starts\n", name.c_str());
  std::fflush(stdout);
  if (std::getenv("EXIT") != nullptr) return EnvNumber("EXIT", 1);
  struct sigaction on_term{};
  on_term.sa_handler = [](int) { server_told_to_stop = std::getenv("IGNORE_TERM") == nullptr; };
  sigaction(SIGTERM, &on_term, nullptr);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(EnvNumber("FIXED_PORT", EnvNumber("PORT", 0))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 128) != 0) {
    std::perror("bind");
    return 1;
  }
  const std::string body = name + " " + std::to_string(getpid());
  while (true) {
    pollfd waiting{listener, POLLIN, 0};
    const int ready = poll(&waiting, 1, server_told_to_stop != 0 ? 0 : 20);
    if (ready <= 0 && server_told_to_stop != 0) return 0;
    if (ready > 0) AnswerOne(accept(listener, nullptr, nullptr), body);
  }
}

}  // namespace opsc::testing
