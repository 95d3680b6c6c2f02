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
  EXPECT_EQ(client.Get("/hooks/git")->status, 404);
  EXPECT_EQ(client.Get("/other")->status, 404);
  auto again = StartMonitor(server->address(), answers);
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().message.starts_with("cannot listen on 127.0.0.1:"));
  EXPECT_FALSE(StartMonitor("nonsense", answers));
}

}  // namespace
}  // namespace opsc
