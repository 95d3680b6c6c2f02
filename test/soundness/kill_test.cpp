// Whatever ends opsc: nothing that it started stays, and no half-made result is taken for a whole
// one.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <thread>

#include "process.h"

namespace opsc::soundness {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
namespace fs = std::filesystem;

class Killed : public testing::TestWithParam<Sandbox> {
 protected:
  Killed() : mark_("4242." + std::to_string(getpid()) + std::to_string(next_++)) {}

  // Ignores TERM and INT, and has a grandchild in a session of its own that does the same.
  Task Adversary() const {
    const std::string loop = "trap '' TERM INT; while :; do sleep " + mark_ + "; done";
    return Task().Script("trap '' TERM INT; setsid sh -c \"" + loop + "\" & echo ready; " + loop);
  }
  void StartAndWait(const OpscProcess&) const {
    ASSERT_TRUE(WaitUntil(seconds(20), [&] {
      return Logs(project).find("ready") != std::string::npos &&
             CountProcesses(std::string("sleep\0", 6) + mark_) >= 1;
    })) << Logs(project);
  }
  bool NobodyLeft(milliseconds timeout) const {
    return WaitUntil(timeout, [&] { return CountProcesses(mark_) == 0; });
  }

  Project project;
  const std::string mark_;
  static inline int next_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Both, Killed, testing::Values(Sandbox::kAuto, Sandbox::kOff),
                         [](const auto& param) { return NameOf(param.param); });

TEST_P(Killed, IntLeavesNobody) {
  OpscProcess opsc(project, GetParam(), Adversary());
  StartAndWait(opsc);
  opsc.Signal(SIGINT);
  EXPECT_EQ(opsc.Wait(seconds(10)), 130);
  EXPECT_TRUE(NobodyLeft(milliseconds(0)));
}

TEST_P(Killed, TermLeavesNobody) {
  OpscProcess opsc(project, GetParam(), Adversary());
  StartAndWait(opsc);
  opsc.Signal(SIGTERM);
  EXPECT_EQ(opsc.Wait(seconds(10)), 130);
  EXPECT_TRUE(NobodyLeft(milliseconds(0)));
}

TEST_P(Killed, KillLeavesNobody) {
  OpscProcess opsc(project, GetParam(), Adversary());
  StartAndWait(opsc);
  opsc.Signal(SIGKILL);
  EXPECT_EQ(opsc.Wait(seconds(10)), 128 + SIGKILL);
  EXPECT_TRUE(NobodyLeft(seconds(5)));
}

TEST_P(Killed, APoliteCommandEndsAtOnce) {
  OpscProcess opsc(project, GetParam(), Task().Script("echo ready; exec sleep " + mark_));
  StartAndWait(opsc);
  opsc.Signal(SIGINT);
  EXPECT_EQ(opsc.Wait(seconds(3)), 130);
}

TEST_P(Killed, ATimeoutLeavesNobody) {
  Task task = Adversary();
  task.Set("limits", Value::Record({{Symbol("timeout"), Value::Duration(300'000'000)}}));
  const Outcome outcome = Opsc(project, GetParam()).Make(task);
  EXPECT_FALSE(outcome.ok);
  EXPECT_EQ(outcome.message, "took longer than 300ms and was stopped");
  EXPECT_TRUE(NobodyLeft(milliseconds(0)));
}

TEST_P(Killed, ABackgroundProcessEndsWithItsTask) {
  const Outcome outcome =
      Opsc(project, GetParam())
          .Make(Task().Script("setsid sleep " + mark_ + " & echo done > done").Out("done", "done"));
  EXPECT_TRUE(outcome.ok) << outcome.message;
  EXPECT_TRUE(NobodyLeft(milliseconds(0)));
}

TEST_P(Killed, NoPartialOutputIsTaken) {
  Task task =
      Task()
          .Script("echo half > result; echo ready; sleep " + mark_ + "; echo whole > result")
          .Out("result", "result");
  {
    OpscProcess opsc(project, GetParam(), task);
    StartAndWait(opsc);
    opsc.Signal(SIGKILL);
    EXPECT_EQ(opsc.Wait(seconds(10)), 128 + SIGKILL);
  }
  EXPECT_FALSE(project.Exists(".ops/out/build/result"));
  Opsc opsc(project, GetParam());
  const auto key = opsc.runner().Key(task.Spec());
  ASSERT_TRUE(key);
  const auto found = opsc.runner().Lookup(*key);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->has_value());
}

// Killed at moments that nobody chose: afterwards the next run makes the right result, and a result
// that is there is whole.
TEST_P(Killed, AtAnyMomentTheNextRunIsRight) {
  std::mt19937 random(11);
  for (int i = 0; i < 120; ++i) project.Write("src/" + std::to_string(i), std::string(500, 'x'));
  for (int round = 0; round < 25; ++round) {
    project.Write("src/round", std::to_string(round));
    Task task =
        Task()
            .Script(
                "mkdir -p d; for i in 1 2 3; do cat src/* > d/$i; done; cat src/round > d/round")
            .Inputs({"src/*"})
            .Out("d", "d");
    {
      OpscProcess opsc(project, GetParam(), task);
      std::this_thread::sleep_for(milliseconds(random() % 60));
      opsc.Signal(SIGKILL);
    }
    const Outcome outcome = Opsc(project, GetParam()).Make(task);
    ASSERT_TRUE(outcome.ok) << outcome.message;
    ASSERT_EQ(project.Read(".ops/out/build/d/round"), std::to_string(round));
    for (const char* name : {"1", "2", "3"}) {
      ASSERT_EQ(project.Read(std::string(".ops/out/build/d/") + name).size(),
                60'000u + std::to_string(round).size());
    }
  }
}

TEST_P(Killed, WhatAKilledRunLeftInTmpIsRemoved) {
  {
    OpscProcess opsc(project, GetParam(), Task().Script("echo ready; sleep " + mark_));
    StartAndWait(opsc);
    opsc.Signal(SIGKILL);
    opsc.Wait(seconds(10));
  }
  const std::string tmp = project.state_dir() + "/tmp";
  ASSERT_FALSE(fs::is_empty(tmp));
  std::this_thread::sleep_for(seconds(4));  // younger ones may be of a process that just begins
  ASSERT_TRUE(Opsc(project, GetParam()).Make(Task().Script("true")).ok);
  EXPECT_TRUE(fs::is_empty(tmp));
}

}  // namespace
}  // namespace opsc::soundness
