#include "runtime/kind/forwarder.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <atomic>
#include <thread>

#include "runtime/kind/testing/http_client.h"

namespace opsc {
namespace {

using std::chrono::milliseconds;
using testing::FreePort;
using testing::HoldPort;
using testing::Loopback;

// A forwarder on a thread of its own. What has to happen there is scheduled before it runs.
class Running {
 public:
  explicit Running(int port) : forwarder(&loop), stop_(eventfd(0, EFD_CLOEXEC)) {
    EXPECT_TRUE(forwarder.Prepare(port));
    forwarder.Commit();
    EXPECT_TRUE(loop.Watch(stop_, EPOLLIN, [this](uint32_t) { loop.Stop(); }));
  }
  ~Running() {
    eventfd_write(stop_, 1);
    thread_.join();
    loop.Forget(stop_);
    close(stop_);
  }
  void Start() {
    thread_ = std::jthread([this] { loop.Run(); });
  }

  EventLoop loop;
  Forwarder forwarder;

 private:
  int stop_;
  std::jthread thread_;
};

// Calls `serve` with each connection, one thread for each.
class Upstream {
 public:
  explicit Upstream(std::function<void(int)> serve) : listener_(HoldPort(port)) {
    thread_ = std::jthread([this, serve = std::move(serve)] {
      std::vector<std::jthread> threads;
      for (int fd; (fd = accept(listener_, nullptr, nullptr)) >= 0;) {
        threads.emplace_back([fd, &serve] {
          serve(fd);
          close(fd);
        });
      }
    });
  }
  ~Upstream() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  const int port = FreePort();

 private:
  int listener_;
  std::jthread thread_;
};

int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(port);
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  EXPECT_TRUE(connected);
  return fd;
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string ReadAll(int fd) {
  std::string text;
  std::array<char, 65536> bytes;
  for (ssize_t n; (n = recv(fd, bytes.data(), bytes.size(), 0)) > 0;) {
    text.append(bytes.data(), static_cast<size_t>(n));
  }
  return text;
}

void Echo(int fd) {
  std::array<char, 65536> bytes;
  for (ssize_t n; (n = recv(fd, bytes.data(), bytes.size(), 0)) > 0;) {
    if (!SendAll(fd, {bytes.data(), static_cast<size_t>(n)})) return;
  }
}

TEST(Forwarder, CarriesMuchBothWaysAtOnce) {
  const Upstream upstream(Echo);
  const int port = FreePort();
  Running running(port);
  running.forwarder.SetTarget(upstream.port, 1);
  running.Start();
  std::string sent;
  for (int64_t i = 0; sent.size() < 20'000'000; ++i) sent += std::to_string(i * 7919);
  const int client = Connect(port);
  std::jthread sender([&] {
    EXPECT_TRUE(SendAll(client, sent));
    shutdown(client, SHUT_WR);
  });
  EXPECT_TRUE(ReadAll(client) == sent);
  close(client);
}

TEST(Forwarder, AHalfClosedConnectionStillGetsItsAnswer) {
  const Upstream upstream([](int fd) { SendAll(fd, std::to_string(ReadAll(fd).size())); });
  const int port = FreePort();
  Running running(port);
  running.forwarder.SetTarget(upstream.port, 1);
  running.Start();
  const int client = Connect(port);
  EXPECT_TRUE(SendAll(client, std::string(300'000, 'x')));
  shutdown(client, SHUT_WR);
  EXPECT_EQ(ReadAll(client), "300000");
  close(client);
}

TEST(Forwarder, AnAnswerBeforeTheEndOfTheRequestArrives) {
  const Upstream upstream([](int fd) {
    SendAll(fd, "no");
    shutdown(fd, SHUT_WR);
    ReadAll(fd);
  });
  const int port = FreePort();
  Running running(port);
  running.forwarder.SetTarget(upstream.port, 1);
  running.Start();
  const int client = Connect(port);
  EXPECT_EQ(ReadAll(client), "no");
  close(client);
}

TEST(Forwarder, ClientsWaitUntilSomebodyIsInCharge) {
  const Upstream upstream([](int fd) { SendAll(fd, "here"); });
  const int port = FreePort();
  Running running(port);
  running.loop.After(milliseconds(200), [&] { running.forwarder.SetTarget(upstream.port, 1); });
  running.Start();
  const int client = Connect(port);
  EXPECT_EQ(ReadAll(client), "here");
  close(client);
}

TEST(Forwarder, ATargetThatRefusesIsTriedAgain) {
  const Upstream second([](int fd) { SendAll(fd, "second"); });
  const int nobody = FreePort();
  const int port = FreePort();
  Running running(port);
  running.forwarder.SetTarget(nobody, 1);
  running.loop.After(milliseconds(200), [&] { running.forwarder.SetTarget(second.port, 2); });
  running.Start();
  const int client = Connect(port);
  EXPECT_EQ(ReadAll(client), "second");
  close(client);
}

TEST(Forwarder, AResetStaysAReset) {
  const Upstream upstream([](int fd) {
    char byte = 0;
    (void)!recv(fd, &byte, 1, 0);
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  });
  const int port = FreePort();
  Running running(port);
  running.forwarder.SetTarget(upstream.port, 1);
  running.Start();
  const int client = Connect(port);
  EXPECT_TRUE(SendAll(client, "x"));
  char byte = 0;
  EXPECT_EQ(recv(client, &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  close(client);
}

TEST(Forwarder, ManyAtOnce) {
  const Upstream upstream(Echo);
  const int port = FreePort();
  Running running(port);
  running.forwarder.SetTarget(upstream.port, 1);
  running.Start();
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 150; ++i) {
      clients.emplace_back([&, i] {
        const std::string sent(static_cast<size_t>(i) * 997 + 1, static_cast<char>('a' + i % 26));
        const int client = Connect(port);
        std::jthread sender([&] {
          SendAll(client, sent);
          shutdown(client, SHUT_WR);
        });
        if (ReadAll(client) == sent) ++good;
        close(client);
      });
    }
  }
  EXPECT_EQ(good, 150);
}

TEST(Forwarder, OldConnectionsKeepTheirTarget) {
  const Upstream first(Echo);
  const Upstream second([](int fd) { SendAll(fd, "second"); });
  const int port = FreePort();
  Running running(port);
  running.forwarder.SetTarget(first.port, 1);
  running.loop.After(milliseconds(300), [&] {
    EXPECT_EQ(running.forwarder.LinksTo(1), 1u);
    running.forwarder.SetTarget(second.port, 2);
  });
  running.Start();
  const int old = Connect(port);
  EXPECT_TRUE(SendAll(old, "a"));
  char byte = 0;
  EXPECT_EQ(recv(old, &byte, 1, 0), 1);
  std::this_thread::sleep_for(milliseconds(500));
  const int fresh = Connect(port);
  EXPECT_EQ(ReadAll(fresh), "second");
  EXPECT_TRUE(SendAll(old, "b"));
  EXPECT_EQ(recv(old, &byte, 1, 0), 1);
  EXPECT_EQ(byte, 'b');
  close(old);
  close(fresh);
}

}  // namespace
}  // namespace opsc
