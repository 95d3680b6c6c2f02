#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "runtime/kind/testing/http_client.h"
#include "runtime/kind/testing/processes.h"
#include "runtime/kind/testing/world.h"
#include "runtime/value/fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Eventually;
using testing::Get;
using testing::ProcessesNaming;
using testing::Recorded;
using testing::World;

constexpr const char* kAddress = "app/web[\"eu\"]";

// How a test's service differs from the usual one.
struct Shape {
  std::string name = "v1";
  std::vector<std::pair<std::string, std::string>> env = {};
  int64_t start_timeout_ms = 5000;
  int64_t stop_timeout_ms = 1000;
  std::string restart = "always";
  bool probe = true;
};

class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override { port = testing::FreePort(); }
  void TearDown() override {
    if (entry) (void)kind->Delete(world.context, *entry, "end");
    // Whatever a failed test left.
    for (const pid_t pid : ProcessesNaming(world.context.project_root)) kill(pid, SIGKILL);
  }

  // A script of the project, so that there is something to copy.
  Value Program(const std::string& name) {
    const std::string path = "bin/" + name + ".sh";
    world.Write(path, "#!/bin/sh\nexec " + world.context.self_exe + " __serve " + name + "\n",
                0755);
    FileRep file;
    file.path = path;
    return Value::File(file);
  }
  Value Fields(const Shape& shape) {
    std::vector<Field> env;
    for (const auto& [name, value] : shape.env)
      env.emplace_back(Symbol(name), Value::String(value));
    Value fields = Value::Record(
        {{Symbol("run"), Value::List({Program(shape.name)})},
         {Symbol("env"), Value::Record(std::move(env))},
         {Symbol("dir"), Value::String(".")},
         {Symbol("start_timeout"), Value::Duration(shape.start_timeout_ms * 1'000'000)},
         {Symbol("stop_timeout"), Value::Duration(shape.stop_timeout_ms * 1'000'000)},
         {Symbol("restart"), Value::String(shape.restart)}});
    if (port != 0) fields = WithField(fields, "port", Value::Int(port));
    if (!shape.probe) return fields;
    const Value probe = Value::Record({{Symbol("kind"), Value::String("http")},
                                       {Symbol("target"), Value::String("/health")},
                                       {Symbol("status"), Value::Int(200)},
                                       {Symbol("every"), Value::Duration(20'000'000)},
                                       {Symbol("timeout"), Value::Duration(500'000'000)}});
    return WithField(fields, "ready", probe);
  }
  Result<Applied> Apply(const Value& fields, const std::string& token) {
    const ApplyRequest request{
        .address = kAddress, .token = token, .fields = fields, .prior = entry};
    Result<Applied> applied =
        entry ? kind->Update(world.context, request) : kind->Create(world.context, request);
    if (applied) entry = Recorded(kAddress, "service", fields, *applied);
    return applied;
  }
  Result<Applied> Apply(const Shape& shape, const std::string& token) {
    return Apply(Fields(shape), token);
  }
  Observed See() {
    Result<Observed> observed = kind->Observe(world.context, *entry);
    EXPECT_TRUE(observed) << observed.error().message;
    return *observed;
  }
  std::string Problem() { return TextField(See().fields, "running"); }
  Value State() const {
    return FromJson(world.Read(".ops/services/app/web/eu/state.json")).value_or(Value());
  }
  bool NobodyIsLeft() {
    return Eventually([this] { return ProcessesNaming(world.context.project_root).empty(); });
  }

  World world;
  Kind* kind = world.kinds.Find("service");
  int port = 0;
  std::optional<StateEntry> entry;
};

TEST_F(ServiceTest, RunsIsSeenAndLeavesNobody) {
  const auto applied = Apply(Shape{}, "t1");
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(TextField(applied->outs, "url"), "http://127.0.0.1:" + std::to_string(port));
  EXPECT_TRUE(Get(port).starts_with("v1 ")) << Get(port);
  EXPECT_EQ(Get(port), "v1 " + std::to_string(NumberField(applied->outs, "pid")));
  EXPECT_TRUE(See().exists);
  EXPECT_EQ(See().fields, entry->fields);
  EXPECT_EQ(See().digest, See().digest);
  ASSERT_TRUE(kind->Delete(world.context, *entry, "t2"));
  EXPECT_TRUE(NobodyIsLeft());
  EXPECT_FALSE(world.Exists(".ops/services/app"));
  EXPECT_FALSE(See().exists);
  ASSERT_TRUE(kind->Delete(world.context, *entry, "t2"));
  entry.reset();
}

TEST_F(ServiceTest, AClientSeesNothingOfAReplacement) {
  ASSERT_TRUE(Apply(Shape{}, "t1"));
  std::atomic<bool> done = false;
  std::atomic<int> failures = 0;
  std::atomic<int> answers = 0;
  std::vector<std::jthread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      while (!done) ++(Get(port).empty() ? failures : answers);
    });
  }
  for (int version = 2; version <= 5; ++version) {
    const auto applied =
        Apply(Shape{.name = "v" + std::to_string(version)}, "t" + std::to_string(version));
    EXPECT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(Get(port).starts_with("v" + std::to_string(version)));
  }
  std::this_thread::sleep_for(milliseconds(200));
  done = true;
  clients.clear();
  EXPECT_EQ(failures, 0);
  EXPECT_GT(answers, 50);
  EXPECT_TRUE(Eventually([&] { return ProcessesNaming("__serve v1").empty(); }));
  EXPECT_LE(
      std::distance(
          std::filesystem::directory_iterator(world.Path(".ops/services/app/web/eu/versions")), {}),
      2);
}

TEST_F(ServiceTest, AVersionThatIsNeverReadyLeavesTheOldOneInCharge) {
  ASSERT_TRUE(Apply(Shape{}, "t1"));
  const std::string before = Get(port);
  const auto refused =
      Apply(Shape{.name = "bad", .env = {{"HEALTH", "503"}}, .start_timeout_ms = 300}, "t2");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("answered 503, not 200"), std::string::npos);
  EXPECT_NE(refused.error().message.find("bad starts"), std::string::npos);
  EXPECT_NE(refused.error().hint.find("stays in charge"), std::string::npos);
  EXPECT_EQ(Get(port), before);
  EXPECT_EQ(See().fields, entry->fields);
  EXPECT_TRUE(ProcessesNaming("__serve bad").empty());

  const auto died = Apply(Shape{.name = "bad", .env = {{"EXIT", "3"}}}, "t3");
  ASSERT_FALSE(died);
  EXPECT_NE(died.error().message.find("exited with code 3 before it was ready"), std::string::npos);
  EXPECT_EQ(Get(port), before);
}

TEST_F(ServiceTest, AFirstVersionThatFailsLeavesNothingBehind) {
  const auto refused = Apply(Shape{.env = {{"EXIT", "1"}}}, "t1");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(NobodyIsLeft());
  EXPECT_FALSE(world.Exists(".ops/services/app"));
  EXPECT_NE(world.Read(".ops/logs/services/app/web/eu/service.log").find("v1 starts"),
            std::string::npos);
}

TEST_F(ServiceTest, IsRestartedAfterACrash) {
  ASSERT_TRUE(Apply(Shape{}, "t1"));
  const std::string before = Get(port);
  Get(port, "/crash");
  const std::string after = Get(port);  // waits for the next one
  EXPECT_TRUE(after.starts_with("v1 ")) << after;
  EXPECT_NE(after, before);
  EXPECT_GE(NumberField(State(), "restarts"), 1);
  EXPECT_EQ(See().fields, entry->fields);
}

TEST_F(ServiceTest, NeverRestartedIsSeenAsDown) {
  ASSERT_TRUE(Apply(Shape{.restart = "never"}, "t1"));
  Get(port, "/crash");
  EXPECT_TRUE(Eventually([&] { return Problem() == "down: it exited with code 7"; })) << Problem();
  ASSERT_TRUE(Apply(Shape{.restart = "never"}, "t2"));
  EXPECT_EQ(See().fields, entry->fields);
}

TEST_F(ServiceTest, BacksOffWhenItKeepsDying) {
  port = 0;
  world.Write("die.sh", "#!/bin/sh\nsleep 0.05\necho x >> runs\nexit 1\n", 0755);
  FileRep file;
  file.path = "die.sh";
  Value fields = WithField(Fields(Shape{.probe = false}), "run", Value::List({Value::File(file)}));
  const Value ready = Value::Record({{Symbol("kind"), Value::String("exec")},
                                     {Symbol("every"), Value::Duration(1'000'000)},
                                     {Symbol("timeout"), Value::Duration(1'000'000'000)},
                                     {Symbol("command"), Value::List({Value::String("true")})}});
  fields = WithField(fields, "ready", ready);
  const auto applied = Apply(fields, "t1");
  ASSERT_TRUE(applied) << applied.error().message;
  std::this_thread::sleep_for(milliseconds(1500));
  // 0.05 + 0.1 + 0.05 + 0.2 + 0.05 + 0.4 + 0.05 + 0.8: about four times, never thirty.
  const auto runs = std::ranges::count(world.Read("runs"), 'x');
  EXPECT_GE(runs, 3);
  EXPECT_LE(runs, 5);
}

TEST_F(ServiceTest, TheSupervisorsDeathIsSeenAndRepaired) {
  ASSERT_TRUE(Apply(Shape{}, "t1"));
  const auto supervisor = static_cast<pid_t>(NumberField(State(), "supervisor"));
  ASSERT_GT(supervisor, 1);
  kill(supervisor, SIGKILL);
  EXPECT_TRUE(NobodyIsLeft());  // its versions die with it
  EXPECT_FALSE(See().exists);
  const auto repaired = Apply(Shape{}, "t2");
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_TRUE(Get(port).starts_with("v1 "));
}

TEST_F(ServiceTest, GrandchildrenDieToo) {
  port = 0;
  const std::string mark = world.context.project_root;
  TemplateRep text;
  text.texts = {"setsid sh -c 'trap \"\" TERM; sleep 1000; : " + mark +
                "' & sleep 1000; : " + mark};
  const Value fields = WithField(Fields(Shape{.stop_timeout_ms = 100, .probe = false}), "run",
                                 Value::Template(text));
  ASSERT_TRUE(Apply(fields, "t1"));
  EXPECT_GE(ProcessesNaming("sleep").size(), 2u);
  ASSERT_TRUE(kind->Delete(world.context, *entry, "t2"));
  EXPECT_TRUE(NobodyIsLeft());
  entry.reset();
}

TEST_F(ServiceTest, WithoutAPortTheOldOneIsStoppedFirstAndStartedAgain) {
  const int fixed = port;
  port = 0;
  const std::string number = std::to_string(fixed);
  Shape shape{.env = {{"FIXED_PORT", number}}, .probe = false};
  Value fields = WithField(
      Fields(shape), "ready",
      Value::Record({{Symbol("kind"), Value::String("http")},
                     {Symbol("target"), Value::String("http://localhost:" + number + "/health")},
                     {Symbol("every"), Value::Duration(20'000'000)}}));
  ASSERT_TRUE(Apply(fields, "t1"));
  EXPECT_TRUE(Get(fixed).starts_with("v1 "));
  const Value second = WithField(fields, "run", Value::List({Program("v2")}));
  ASSERT_TRUE(Apply(second, "t2"));
  EXPECT_TRUE(Get(fixed).starts_with("v2 "));
  const Value bad = WithField(second, "env", Value::Record({{Symbol("EXIT"), Value::String("9")}}));
  const auto refused = Apply(bad, "t3");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("code 9"), std::string::npos);
  EXPECT_TRUE(Eventually([&] { return Get(fixed).starts_with("v2 "); }));
}

// Replaces v1 by v2 in a process that is killed after `delay`; what Recover says then is what is
// there.
TEST_F(ServiceTest, OpscKilledInAReplacementLearnsWhatBecameTrue) {
  ASSERT_TRUE(Apply(Shape{}, "t1"));
  for (int round = 0; round < 8; ++round) {
    const std::string token = "round" + std::to_string(round);
    const std::string name = "v" + token;
    const Value next = Fields(Shape{.name = name});
    const pid_t opsc = fork();
    if (opsc == 0) {
      (void)kind->Update(world.context,
                         {.address = kAddress, .token = token, .fields = next, .prior = entry});
      _exit(0);
    }
    std::this_thread::sleep_for(milliseconds(round * 6));
    kill(opsc, SIGKILL);
    waitpid(opsc, nullptr, 0);
    OpenIntent intent;
    intent.address = kAddress;
    intent.action = "update";
    intent.token = token;
    intent.fields = next;
    intent.recorded = entry->recorded;
    const auto recovered = kind->Recover(world.context, intent);
    ASSERT_TRUE(recovered) << recovered.error().message;
    if (*recovered) entry = Recorded(kAddress, "service", next, **recovered);
    EXPECT_EQ(Get(port).starts_with(name), recovered->has_value());
    EXPECT_EQ(See().fields, entry->fields);
    const auto again = Apply(next, token);  // the same token is the same change
    ASSERT_TRUE(again);
    EXPECT_TRUE(Get(port).starts_with(name));
  }
}

TEST_F(ServiceTest, OpscKilledInTheFirstCreateLeavesNothingOrAService) {
  for (int round = 0; round < 6; ++round) {
    const Value fields = Fields(Shape{});
    const pid_t opsc = fork();
    if (opsc == 0) {
      (void)kind->Create(world.context,
                         {.address = kAddress, .token = "t", .fields = fields, .prior = {}});
      _exit(0);
    }
    std::this_thread::sleep_for(milliseconds(round * 8));
    kill(opsc, SIGKILL);
    waitpid(opsc, nullptr, 0);
    OpenIntent intent;
    intent.address = kAddress;
    intent.action = "create";
    intent.token = "t";
    intent.fields = fields;
    const auto recovered = kind->Recover(world.context, intent);
    ASSERT_TRUE(recovered) << recovered.error().message;
    if (*recovered) {
      entry = Recorded(kAddress, "service", fields, **recovered);
      EXPECT_TRUE(Get(port).starts_with("v1 "));
      ASSERT_TRUE(kind->Delete(world.context, *entry, "delete"));
      entry.reset();
    }
    EXPECT_FALSE(world.Exists(".ops/services/app"));
    EXPECT_TRUE(NobodyIsLeft());
  }
}

TEST_F(ServiceTest, CreateFirstIsAReplacementInPlace) {
  ASSERT_TRUE(Apply(Shape{}, "t1"));
  const StateEntry old = *entry;
  const ApplyRequest request{
      .address = kAddress, .token = "t2", .fields = Fields(Shape{.name = "v2"}), .prior = old};
  const auto created = kind->Create(world.context, request);
  ASSERT_TRUE(created);
  ASSERT_TRUE(kind->Delete(world.context, old, "t2"));
  EXPECT_TRUE(Get(port).starts_with("v2 "));
  entry = Recorded(kAddress, "service", request.fields, *created);
}

TEST_F(ServiceTest, CancelKeepsTheOldOne) {
  ASSERT_TRUE(Apply(Shape{}, "t1"));
  std::stop_source stop;
  world.context.stop = stop.get_token();
  std::jthread canceller([&] {
    std::this_thread::sleep_for(milliseconds(200));
    stop.request_stop();
  });
  const auto cancelled = Apply(Shape{.name = "v2", .env = {{"HEALTH", "500"}}}, "t2");
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().kind, ErrorKind::kCancelled);
  world.context.stop = {};
  EXPECT_TRUE(Get(port).starts_with("v1 "));
  EXPECT_TRUE(ProcessesNaming("__serve v2").empty());
}

TEST_F(ServiceTest, APortThatIsTakenIsSaid) {
  const int taken = testing::HoldPort(port);
  const auto refused = Apply(Shape{}, "t1");
  close(taken);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("is taken by another program"), std::string::npos);
  EXPECT_FALSE(world.Exists(".ops/services/app"));
}

TEST_F(ServiceTest, WhatIgnoresThePortIsToldOfIt) {
  const auto refused = Apply(Shape{.env = {{"FIXED_PORT", std::to_string(port)}}}, "t1");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint.find("in the variable PORT"), std::string::npos)
      << refused.error().message;
  const auto own = Apply(Shape{.env = {{"PORT", "1"}}}, "t2");
  ASSERT_FALSE(own);
  EXPECT_NE(own.error().message.find("sets PORT"), std::string::npos);
}

TEST_F(ServiceTest, SecretsReachTheServiceAndNothingElse) {
  const Value secret = Value::String("hunter2-very-secret").WithSecret();
  world.Write("show.sh",
              "#!/bin/sh\necho \"key is $KEY\"\nprintf in=hunter2; echo -very-secret\n"
              "printf %s \"$KEY\" | base64\necho all\nexec sleep 1000\n",
              0755);
  FileRep file;
  file.path = "show.sh";
  port = 0;
  Value fields = WithField(Fields(Shape{.probe = false}), "run", Value::List({Value::File(file)}));
  fields = WithField(fields, "env", Value::Record({{Symbol("KEY"), secret}}));
  ASSERT_TRUE(Apply(fields, "t1"));
  EXPECT_EQ(ToText(entry->recorded).find("hunter2"), std::string::npos);
  EXPECT_EQ(world.Read(".ops/services/app/web/eu/state.json").find("hunter2"), std::string::npos);
  std::string log;
  ASSERT_TRUE(Eventually([&] {
    log = world.Read(".ops/services/app/web/eu/service.log");
    return log.find("\nall\n") != std::string::npos;
  })) << log;
  EXPECT_NE(log.find("key is ***\nin=***\n***"), std::string::npos) << log;
  EXPECT_EQ(log.find("hunter2"), std::string::npos) << log;
  EXPECT_EQ(log.find("aHVud"), std::string::npos) << log;
  const Value never = Value::Record({{Symbol("kind"), Value::String("exec")},
                                     {Symbol("command"), Value::List({Value::String("false")})}});
  fields =
      WithField(WithField(fields, "ready", never), "start_timeout", Value::Duration(300'000'000));
  const auto refused = Apply(fields, "t2");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("key is ***"), std::string::npos);
}

TEST_F(ServiceTest, AddressesMayBeLong) {
  const std::string address = std::string(180, 'a') + "/" + std::string(180, 'b');
  const ApplyRequest request{
      .address = address, .token = "t", .fields = Fields(Shape{}), .prior = {}};
  const auto applied = kind->Create(world.context, request);
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_TRUE(Get(port).starts_with("v1 "));
  const StateEntry long_one = Recorded(address, "service", request.fields, *applied);
  ASSERT_TRUE(kind->Delete(world.context, long_one, "delete"));
}

TEST_F(ServiceTest, ProbesThatCannotWorkAreRefused) {
  for (const char* target : {"https://localhost/", "http://example.com/", "/a b", "nonsense"}) {
    const Value ready = Value::Record(
        {{Symbol("kind"), Value::String("http")}, {Symbol("target"), Value::String(target)}});
    const auto refused = Apply(WithField(Fields(Shape{}), "ready", ready), "t1");
    ASSERT_FALSE(refused) << target;
    EXPECT_EQ(refused.error().kind, ErrorKind::kInput);
    EXPECT_FALSE(refused.error().hint.empty());
  }
  EXPECT_FALSE(world.Exists(".ops/services/app"));
}

}  // namespace
}  // namespace opsc
