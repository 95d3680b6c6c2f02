// What a sandboxed command can see and do.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "process.h"

namespace opsc::soundness {
namespace {

// These describe the sandbox itself: where the kernel refuses it, there is nothing to test.
class InSandbox : public testing::Test {
 protected:
  void SetUp() override {
    Project probe;
    Opsc opsc(probe);
    ASSERT_TRUE(opsc.Make(Task().Script("true")).ok);
    if (!opsc.events.Notices().empty()) GTEST_SKIP() << opsc.events.Notices().front().message;
  }
  std::string Seen(const std::string& script, Task task = {}) {
    task.Script("{ " + script + "; } > seen 2>&1").Out("seen", "seen");
    const Outcome outcome = Opsc(project).Make(task);
    EXPECT_TRUE(outcome.ok) << outcome.message;
    return outcome.ok ? project.Read(".ops/out/build/seen") : "";
  }
  Project project;
};

TEST_F(InSandbox, TheProjectHoldsOnlyInputs) {
  project.Write("a.txt", "a");
  project.Write("b.txt", "b");
  EXPECT_EQ(Seen("ls -A", Task().Inputs({"a.txt"})), "a.txt\nseen\n");
  EXPECT_EQ(Seen("pwd"), project.root() + "\n");
}

TEST_F(InSandbox, HomeTmpAndOtherProjectsAreFresh) {
  Project other;
  other.Write("x", "x");
  EXPECT_EQ(Seen("ls -A \"$HOME\"; ls " + other.root() + " 2>/dev/null || echo hidden"),
            "hidden\n");
  EXPECT_EQ(Seen("echo x > /tmp/left; echo $HOME $TMPDIR"), "/tmp/home /tmp\n");
  EXPECT_EQ(Seen("ls -A /tmp /dev/shm | grep left || echo fresh"), "fresh\n");
}

TEST_F(InSandbox, TheSystemCannotBeWritten) {
  EXPECT_EQ(Seen("for d in / /usr /etc /usr/bin /var /home /dev /run; do"
                 " touch $d/opsc-was-here 2>/dev/null && echo wrote $d; done; echo end"),
            "end\n");
  EXPECT_EQ(Seen("mount -t tmpfs x /mnt 2>/dev/null && echo mounted; umount /proc 2>/dev/null && "
                 "echo unmounted;"
                 "mount -o remount,rw,bind /usr 2>/dev/null && echo remounted; echo end"),
            "end\n");
}

TEST_F(InSandbox, OtherProcessesAreNotVisible) {
  EXPECT_EQ(Seen("ls -d /proc/[0-9]* | wc -l | { read n; test $n -lt 8 && echo few; }"), "few\n");
}

TEST_F(InSandbox, TheNetworkIsOffUnlessAskedFor) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  const std::string connect =
      "bash -c 'echo > /dev/tcp/127.0.0.1/" + port + "' 2>/dev/null && echo yes || echo no";
  EXPECT_EQ(Seen(connect), "no\n");
  EXPECT_EQ(Seen(connect, Task().Set("network", Value::Bool(true))), "yes\n");
  close(listener);
}

TEST_F(InSandbox, LoopbackWorksInside) {
  EXPECT_EQ(Seen("perl -MSocket -e 'socket(S,PF_INET,SOCK_STREAM,0); "
                 "bind(S,sockaddr_in(5555,INADDR_LOOPBACK))"
                 " or die $!; listen(S,1); socket(C,PF_INET,SOCK_STREAM,0);"
                 " connect(C,sockaddr_in(5555,INADDR_LOOPBACK)) or die $!; print \"up\\n\"'"),
            "up\n");
}

TEST_F(InSandbox, MemoryIsLimited) {
  Task task = Task().Set("limits", Value::Record({{Symbol("memory"), Value::Size(64 << 20)}}));
  task.Script("perl -e '$x = \"x\" x (200 << 20)'");
  const Outcome outcome = Opsc(project).Make(task);
  EXPECT_FALSE(outcome.ok);
  EXPECT_NE(outcome.message.find("`limits.memory` (64MiB)"), std::string::npos) << outcome.message;
}

TEST_F(InSandbox, HelpersAreUsedAgainAndInParallel) {
  Opsc opsc(project);
  std::atomic<int> ok = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string text = std::to_string(t) + "." + std::to_string(i);
        Task task = Task().Script("echo " + text + "; echo " + text + " > out").Out("out", "out");
        task.name = "t[\"" + text + "\"]";
        const Outcome outcome = opsc.Make(task);
        if (outcome.ok && project.Read(".ops/out/t/" + text + "/out") == text + "\n") ++ok;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ok, 40);
}

TEST_F(InSandbox, ALongScriptRuns) {
  std::string script = "echo begin\n";
  while (script.size() < 300'000) script += "# " + std::string(1000, 'x') + "\n";
  script += "echo end";
  EXPECT_EQ(Seen(script), "begin\nend\n");
}

TEST_F(InSandbox, OutputIsWholeAndInOrder) {
  Opsc opsc(project);
  const Outcome outcome = opsc.Make(
      Task().Script("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; printf end"));
  ASSERT_TRUE(outcome.ok);
  std::string expected;
  for (int i = 0; i < 20000; ++i) expected += "line " + std::to_string(i) + "\n";
  EXPECT_EQ(opsc.events.Log(), expected + "end\n");
  EXPECT_EQ(Logs(project), expected + "end");
}

}  // namespace
}  // namespace opsc::soundness
