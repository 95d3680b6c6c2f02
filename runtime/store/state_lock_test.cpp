#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "runtime/store/store.h"
#include "runtime/store/test_dir.h"

namespace opsc {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A child process that holds the lock until it is told to die.
class HolderProcess {
 public:
  // `survivor`: a process forked by it outlives it for so long, with all that it had open.
  explicit HolderProcess(const TestDir& dir, milliseconds survivor = milliseconds(0)) {
    int ready[2];
    OPS_CHECK(pipe(ready) == 0, "pipes can be made");
    pid_ = fork();
    if (pid_ == 0) {
      auto lock = LockState(dir.path(), "apply", nanoseconds(0));
      if (survivor.count() > 0 && fork() == 0) {
        std::this_thread::sleep_for(survivor);
        _exit(0);
      }
      (void)!write(ready[1], lock ? "y" : "n", 1);
      while (true) pause();
    }
    char answer = 0;
    EXPECT_EQ(read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    close(ready[0]);
    close(ready[1]);
  }
  ~HolderProcess() { Kill(); }
  void Kill() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

TEST(StateLock, IsExclusiveAndNamesItsHolder) {
  TestDir dir;
  EXPECT_FALSE(*ReadLockHolder(dir.path()));
  auto lock = LockState(dir.path(), "apply --yes", nanoseconds(0));
  ASSERT_TRUE(lock);
  auto second = LockState(dir.path(), "destroy", milliseconds(20));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_NE(second.error().message.find("apply --yes"), std::string::npos);
  EXPECT_NE(second.error().message.find(std::to_string(getpid())), std::string::npos);
  EXPECT_NE(second.error().hint.find("opsc state unlock"), std::string::npos);
  auto holder = *ReadLockHolder(dir.path());
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, getpid());
  EXPECT_EQ(holder->command, "apply --yes");
  EXPECT_GT(holder->expires, holder->since);
  lock->reset();
  EXPECT_FALSE(*ReadLockHolder(dir.path()));
  EXPECT_TRUE(LockState(dir.path(), "destroy", nanoseconds(0)));
}

TEST(StateLock, WaitsForItsHolder) {
  TestDir dir;
  auto lock = LockState(dir.path(), "apply", nanoseconds(0));
  std::thread other([&] { EXPECT_TRUE(LockState(dir.path(), "plan", std::chrono::seconds(20))); });
  std::this_thread::sleep_for(milliseconds(30));
  lock->reset();
  other.join();
}

TEST(StateLock, TheDeathOfItsHolderReleasesIt) {
  TestDir dir;
  HolderProcess holder(dir);
  EXPECT_FALSE(LockState(dir.path(), "plan", nanoseconds(0)));
  EXPECT_EQ((*ReadLockHolder(dir.path()))->pid, holder.pid());
  holder.Kill();
  EXPECT_FALSE(*ReadLockHolder(dir.path()));
  EXPECT_TRUE(LockState(dir.path(), "plan", nanoseconds(0)));
}

TEST(StateLock, WhatADeadHolderHasForkedIsWaitedFor) {
  TestDir dir;
  HolderProcess holder(dir, milliseconds(300));
  EXPECT_FALSE(LockState(dir.path(), "next", nanoseconds(0)));
  holder.Kill();
  EXPECT_TRUE(LockState(dir.path(), "next", nanoseconds(0)));
}

TEST(StateLock, OnlyForceBreaksTheLockOfALivingHolder) {
  TestDir dir;
  EXPECT_TRUE(UnlockState(dir.path(), UnlockMode::kIfDead));
  HolderProcess holder(dir);
  auto refused = UnlockState(dir.path(), UnlockMode::kIfDead);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_FALSE(LockState(dir.path(), "plan", nanoseconds(0)));
  EXPECT_TRUE(UnlockState(dir.path(), UnlockMode::kForce));
  auto lock = LockState(dir.path(), "plan", nanoseconds(0));
  ASSERT_TRUE(lock);
  EXPECT_FALSE(LockState(dir.path(), "third", nanoseconds(0)));
}

TEST(StateLock, AnotherMachineIsHeldToItsLease) {
  TestDir dir;
  auto write = [&](std::chrono::seconds lease) {
    auto expires = std::chrono::system_clock::now() + lease;
    dir.Write("lock", R"({"host":"elsewhere","user":"ann","pid":1,"command":"apply","since_ns":1,)"
                      R"("expires_ns":)" +
                          std::to_string(expires.time_since_epoch().count()) +
                          R"(,"boot_id":"other","pid_namespace":"pid:[1]"})");
  };
  write(std::chrono::seconds(60));
  auto refused = LockState(dir.path(), "plan", nanoseconds(0));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("ann@elsewhere"), std::string::npos);
  EXPECT_FALSE(UnlockState(dir.path(), UnlockMode::kIfDead));
  EXPECT_EQ((*ReadLockHolder(dir.path()))->host, "elsewhere");
  write(std::chrono::seconds(-1));
  EXPECT_TRUE(UnlockState(dir.path(), UnlockMode::kIfDead));
  write(std::chrono::seconds(60));
  EXPECT_TRUE(UnlockState(dir.path(), UnlockMode::kForce));
  EXPECT_TRUE(LockState(dir.path(), "plan", nanoseconds(0)));
}

TEST(StateLock, GarbageInTheFileHoldsNothing) {
  TestDir dir;
  for (const char* garbage : {"{", "[1]", "\xFF\xFE", "null", "{\"pid\": \"x\"}"}) {
    dir.Write("lock", garbage);
    EXPECT_TRUE(LockState(dir.path(), "plan", nanoseconds(0))) << garbage;
  }
}

TEST(StateLock, ManyProcessesAndThreadsHoldItOneAtATime) {
  TestDir dir;
  std::atomic<int> inside{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        auto lock = LockState(dir.path(), "apply", std::chrono::seconds(60));
        ASSERT_TRUE(lock);
        EXPECT_EQ(inside.fetch_add(1), 0);
        inside.fetch_sub(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace opsc
