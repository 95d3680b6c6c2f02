#include "runtime/serve/rollout.h"

#include <gtest/gtest.h>

namespace opsc {
namespace {

using std::chrono::milliseconds;

// A server in memory: it loads what is written, and answers `requests_per_look` requests a look.
class FakeServer : public RolloutTarget {
 public:
  Status Write(const Deployment& deployment) override {
    written.push_back(deployment);
    return {};
  }
  std::optional<ServedNow> Ask() override {
    if (!up) return std::nullopt;
    if (dies_of_2 && !written.empty() && written.back().versions.back().source.version == "2") {
      return std::nullopt;
    }
    if (written.empty()) return ServedNow{};
    ServedNow served{stuck ? 0 : written.back().serial, {}};
    for (const DeployedVersion& version : written.back().versions) {
      TrafficCounts& counts = totals[version.source.version];
      counts.requests += requests_per_look;
      if (version.source.version == "2") counts.p99_ns = p99_of_2;
      served.versions.push_back({version.source.version, counts});
    }
    return served;
  }
  void Sleep(milliseconds time) override {
    slept += time;
    if (slept > milliseconds(200) && stop_after_a_while != nullptr) {
      stop_after_a_while->request_stop();
    }
  }

  std::chrono::steady_clock::time_point Now() override {
    return std::chrono::steady_clock::time_point(slept);
  }

  bool up = true;
  bool dies_of_2 = false;  // whenever it has to serve version 2
  bool stuck = false;
  uint64_t requests_per_look = 10;
  double p99_of_2 = 1e6;
  std::stop_source* stop_after_a_while = nullptr;
  milliseconds slept{0};
  std::vector<Deployment> written;
  std::map<std::string, TrafficCounts> totals;
};

// p99 > 20 ms.
class Slow : public Kernel {
 public:
  const SchemaPtr& input() const override { return RolloutColumns(); }
  const SchemaPtr& output() const override { return output_; }
  Status Run(const Batch& in, Batch& out) const override {
    out = {output_, 1, {Column::Zeroed(ColumnType::kBool, 1)}};
    out.columns[0].writable_bools()[0] = in.columns[5].ints()[0] > 20'000'000;
    return {};
  }

 private:
  static const SchemaPtr& RolloutColumns() {
    static const SchemaPtr schema = RolloutSchema();
    return schema;
  }
  SchemaPtr output_ = [] {
    auto schema = std::make_shared<RowSchema>();
    schema->fields.emplace_back();
    schema->fields[0].type = ColumnType::kBool;
    return schema;
  }();
};

Deployment First() {
  return {7, {{{"m", "1", "/1", nullptr}, 1}}};
}
DeployedVersion Second() {
  return {{"m", "2", "/2", nullptr}, 1};
}
const Slow kSlow;

RolloutPlan Canary() {
  RolloutPlan plan;
  plan.steps = {0.1, 0.5, 1};
  plan.hold = milliseconds(500);
  plan.abort_if = &kSlow;
  plan.abort_text = "m => m.p99 > 20ms";
  return plan;
}

TEST(RollOut, GoesThroughTheSteps) {
  FakeServer server;
  ASSERT_TRUE(RollOut(First(), Second(), Canary(), server, {}).has_value());
  ASSERT_EQ(server.written.size(), 3U);
  EXPECT_DOUBLE_EQ(server.written[0].versions[1].share, 0.1);
  EXPECT_DOUBLE_EQ(server.written[1].versions[0].share, 0.5);
  ASSERT_EQ(server.written[2].versions.size(), 1U);
  EXPECT_EQ(server.written[2].versions[0].source.version, "2");
  EXPECT_EQ(server.written[2].serial, 10U);
  EXPECT_GE(server.slept, milliseconds(1000));
}

TEST(RollOut, ASlowVersionIsTakenBack) {
  FakeServer server;
  server.p99_of_2 = 25e6;
  const Status done = RollOut(First(), Second(), Canary(), server, {});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kDenied);
  EXPECT_NE(done.error().message.find("at 10 %"), std::string::npos) << done.error().message;
  ASSERT_EQ(server.written.back().versions.size(), 1U);
  EXPECT_EQ(server.written.back().versions[0].source.version, "1");
  EXPECT_DOUBLE_EQ(server.written.back().versions[0].share, 1);
}

TEST(RollOut, WithoutAServerThereAreNoSteps) {
  FakeServer server;
  server.up = false;
  ASSERT_TRUE(RollOut(First(), Second(), Canary(), server, {}).has_value());
  EXPECT_EQ(server.written.size(), 1U);
}

TEST(RollOut, WhatCannotBeLoadedIsTakenBack) {
  FakeServer server;
  server.stuck = true;
  const Status done = RollOut(First(), Second(), Canary(), server, {});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(server.written.back().versions[0].source.version, "1");
}

TEST(RollOut, AServerThatDiesOfAVersionGetsTheOneBefore) {
  FakeServer server;
  server.dies_of_2 = true;
  const Status done = RollOut(First(), Second(), Canary(), server, {});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kEnvironment);
  EXPECT_NE(done.error().message.find("does not answer"), std::string::npos);
  ASSERT_EQ(server.written.back().versions.size(), 1U);
  EXPECT_EQ(server.written.back().versions[0].source.version, "1");
}

TEST(RollOut, StoppedItGoesBack) {
  FakeServer server;
  std::stop_source stop;
  server.stop_after_a_while = &stop;
  const Status done = RollOut(First(), Second(), Canary(), server, stop.get_token());
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(server.written.back().versions[0].source.version, "1");
}

}  // namespace
}  // namespace opsc
