#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>

#include "runtime/monitor/metrics.h"
#include "runtime/monitor/server.h"

namespace opsc {
namespace {

TEST(Metrics, OneInfoASync) {
  AgentMetrics metrics;
  metrics.SetInfo("prod", "r1", "synced");
  metrics.SetInfo("prod", "r2", "refused");
  metrics.CountPass("prod", "synced", std::chrono::milliseconds(200));
  metrics.SetDrift("prod", 2);
  std::string text = metrics.Text();
  EXPECT_FALSE(text.contains("revision=\"r1\""));
  EXPECT_TRUE(text.contains("opsc_sync_info{"));
  EXPECT_TRUE(text.contains("revision=\"r2\""));
  EXPECT_TRUE(text.contains("opsc_drift_objects{sync=\"prod\"} 2\n")) << text;
  EXPECT_TRUE(text.contains("opsc_reconcile_duration_seconds_count{sync=\"prod\"} 1\n")) << text;
}

// What comes back first for these bytes.
std::string Raw(const std::string& address, std::string_view bytes) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  std::string answer(4096, '\0');
  answer.resize(static_cast<size_t>(std::max<ssize_t>(read(fd, answer.data(), answer.size()), 0)));
  close(fd);
  return answer;
}

TEST(Monitor, AnswersAndRings) {
  std::atomic<int> pushed{0};
  std::atomic<bool> ready{false};
  MonitorAnswers answers;
  answers.ready = [&]() -> Status {
    if (ready) return {};
    return Fail(ErrorKind::kEnvironment, "prod: not synced yet");
  };
  answers.metrics = [] { return std::string("opsc_x 1\n"); };
  answers.pushed = [&] { ++pushed; };
  auto server = StartMonitor("0", answers).value();
  httplib::Client client("http://" + server->address());
  EXPECT_EQ(client.Get("/healthz")->status, 200);
  EXPECT_EQ(client.Get("/readyz")->status, 503);
  EXPECT_EQ(client.Get("/readyz")->body, "prod: not synced yet\n");
  ready = true;
  EXPECT_EQ(client.Get("/readyz")->status, 200);
  EXPECT_EQ(client.Get("/metrics")->body, "opsc_x 1\n");
  EXPECT_EQ(client.Post("/hooks/git", "{}", "application/json")->status, 202);
  EXPECT_EQ(pushed, 1);
  EXPECT_TRUE(Raw(server->address(), "POST /hooks/git HTTP/1.1\r\nHost: x\r\n\r\n")
                  .starts_with("HTTP/1.1 202 "));  // as `curl -X POST` has it
  EXPECT_EQ(pushed, 2);
  EXPECT_EQ(client.Get("/hooks/git")->status, 404);
  EXPECT_EQ(client.Get("/other")->status, 404);
  auto again = StartMonitor(server->address(), answers);
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().message.starts_with("cannot listen on 127.0.0.1:"));
  EXPECT_FALSE(StartMonitor("nonsense", answers));
}

}  // namespace
}  // namespace opsc
