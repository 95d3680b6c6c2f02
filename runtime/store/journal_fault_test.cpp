// The journal when processes are killed, files are torn and changed, and disks are full.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <thread>

#include "runtime/store/journal_fixture.h"
#include "runtime/store/posix_file.h"
#include "runtime/store/state_db.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;

// --- killed ---

// Completes effects in four threads and says each that is durable, a line each, until it is killed.
[[noreturn]] void WriteForever(const std::string& dir, int round, int out) {
  auto journal = OpenJournal(dir);
  if (!journal) _exit(3);
  auto run = (*journal)->BeginRun("apply");
  if (!run) _exit(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        std::string address =
            "n" + std::to_string(round) + "_" + std::to_string(t) + "_" + std::to_string(i);
        auto id = (*journal)->Intent(IntentNamed(*run, address));
        if (!id || !(*journal)->Complete(*id, EntryNamed(address), StepOf(*run, address))) _exit(5);
        std::string line = address + "\n";
        if (write(out, line.data(), line.size()) < 0) _exit(6);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(7);
}

TEST(JournalFaults, AfterAKillEverythingThatWasAcknowledgedIsThere) {
  TestDir dir;
  std::mt19937 random(20'261'123);
  std::set<std::string> acknowledged;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) WriteForever(dir.path(), round, ends[1]);
    close(ends[1]);
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 60));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    std::string lines = *ReadToEnd(ends[0], "pipe");
    close(ends[0]);
    for (size_t start = 0; start < lines.size();) {
      size_t end = lines.find('\n', start);
      acknowledged.insert(lines.substr(start, end - start));
      start = end + 1;
    }
    auto check = VerifyJournal(dir.path());
    ASSERT_TRUE(check) << check.error().message;
    std::set<std::string> recorded;
    std::vector<StateEntry> entries = *OpenOrDie(dir.path())->Entries();
    for (const StateEntry& entry : entries) recorded.insert(entry.address);
    for (const std::string& address : acknowledged) EXPECT_TRUE(recorded.contains(address));
    EXPECT_LE(check->open_intents, 4u * static_cast<unsigned>(round + 1));
  }
  EXPECT_FALSE(acknowledged.empty());
}

// Runs `work` in a child; its exit status as waitpid gives it.
template <typename F>
int InChild(F work) {
  pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

TEST(JournalFaults, OpscFaultKillsBeforeOrAfterACommit) {
  for (const char* when : {"journal:3", "journal:3:before", "journal:3:after"}) {
    TestDir dir;
    OpenOrDie(dir.path());
    int status = InChild([&] {
      setenv("OPSC_FAULT", when, 1);
      auto journal = OpenOrDie(dir.path());
      (void)journal->BeginRun("apply");
      (void)journal->Record(std::vector{EntryNamed("second")}, {});
      (void)journal->Record(std::vector{EntryNamed("third")}, {});
      return 0;
    });
    ASSERT_TRUE(WIFSIGNALED(status)) << when;
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    auto journal = OpenOrDie(dir.path());
    EXPECT_TRUE(journal->Entry("second")->has_value());
    EXPECT_EQ(journal->Entry("third")->has_value(), std::string(when).ends_with("after"));
    EXPECT_TRUE(VerifyJournal(dir.path()));
  }
  TestDir dir;
  EXPECT_EQ(InChild([&] {
              setenv("OPSC_FAULT", "journal:x", 1);
              return OpenOrDie(dir.path())->Record(std::vector{EntryNamed("x")}, {}) ? 0 : 1;
            }),
            0);
}

// --- torn ---

TEST(JournalFaults, ATornLogIsTheStateBefore) {
  TestDir dir;
  auto journal = OpenOrDie(dir / "live");
  ASSERT_TRUE(journal->Record(std::vector{EntryNamed("first", 1)}, {}));
  uint64_t before = *journal->Serial();
  std::string wal_before = dir.Read("live/state.db-wal");
  ASSERT_TRUE(journal->Record(std::vector{EntryNamed("first", 2), EntryNamed("second")}, {}));
  std::string db = dir.Read("live/state.db");
  std::string wal = dir.Read("live/state.db-wal");
  ASSERT_GT(wal.size(), wal_before.size());

  auto serial_with = [&](const std::string& torn) -> uint64_t {
    fs::remove_all(dir / "torn");
    dir.Write("torn/state.db", db);
    dir.Write("torn/state.db-wal", torn);
    auto check = VerifyJournal(dir / "torn");
    EXPECT_TRUE(check) << check.error().message;
    return *OpenOrDie(dir / "torn")->Serial();
  };
  EXPECT_EQ(serial_with(wal), before + 2);
  constexpr size_t kFrame = 4096 + 24;
  for (size_t size = wal_before.size(); size < wal.size(); ++size) {
    size_t left = wal.size() - size;
    bool near_an_edge = left % kFrame < 26 || left % kFrame > kFrame - 3;
    if (!near_an_edge && left % 101 != 0) continue;
    ASSERT_EQ(serial_with(wal.substr(0, size)), before) << "cut off " << left;
  }
  for (size_t at = wal.size() - kFrame; at < wal.size(); at += 83) {
    std::string flipped = wal;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    ASSERT_EQ(serial_with(flipped), before) << "flipped " << at;
  }
}

// --- changed ---

TEST(JournalFaults, VerifyFindsWhatWasChangedByHand) {
  const char* changes[] = {
      "UPDATE entries SET serial = serial + 1 WHERE address = 'x'",
      "UPDATE entries SET entry = x'00' WHERE address = 'x'",
      "UPDATE entries SET address = 'z' WHERE address = 'x'",
      "DELETE FROM entries WHERE address = 'x'",
      "INSERT INTO entries SELECT 'copy', serial, entry, digest FROM entries WHERE address = 'x'",
      "UPDATE journal SET body = x'' WHERE seq = 2",
      "UPDATE journal SET time = time + 1 WHERE seq = 2",
      "UPDATE journal SET kind = 5 WHERE seq = 2",
      "UPDATE journal SET digest = zeroblob(32) WHERE seq = 3",
      "DELETE FROM journal WHERE seq = 2",
      "DELETE FROM journal WHERE seq = 1",
      "DELETE FROM journal WHERE seq = 3",
      "DELETE FROM intents",
      "UPDATE intents SET id = 77",
      "UPDATE meta SET value = x'00' WHERE name = 'salt'",
      "DELETE FROM meta WHERE name = 'base_seq'",
      "DROP TABLE intents",
  };
  for (const char* change : changes) {
    TestDir dir;
    {
      auto journal = OpenOrDie(dir.path());
      std::string run = *journal->BeginRun("apply");
      ASSERT_TRUE(journal->Record(std::vector{EntryNamed("x"), EntryNamed("y")}, {}));
      ASSERT_TRUE(journal->Intent(IntentNamed(run, "open")));
    }
    {
      auto db = OpenStateDb(dir.path());
      ASSERT_TRUE(db);
      auto changed = (*db)->Run(change);
      ASSERT_TRUE(changed) << change << changed.error().message;
    }
    auto check = VerifyJournal(dir.path());
    ASSERT_FALSE(check) << change;
    EXPECT_EQ(check.error().kind, ErrorKind::kCorrupt) << change << check.error().message;
    EXPECT_FALSE(check.error().hint.empty());
  }
}

TEST(JournalFaults, AFileThatIsNoStateIsRefusedAndKept) {
  for (const std::string& content :
       {std::string(), std::string("not a database"), std::string(8192, '\0'),
        std::string("SQLite format 3\0", 16)}) {
    TestDir dir;
    dir.Write("state.db", content);
    auto journal = OpenJournal(dir.path());
    ASSERT_FALSE(journal) << content.size();
    EXPECT_EQ(journal.error().kind, ErrorKind::kCorrupt) << journal.error().message;
    EXPECT_NE(journal.error().hint.find("opsc state p"), std::string::npos);
    EXPECT_FALSE(VerifyJournal(dir.path()));
    EXPECT_EQ(dir.Read("state.db"), content);
  }
  TestDir dir;
  fs::create_directory(dir / "state.db");
  EXPECT_FALSE(OpenJournal(dir.path()));
  EXPECT_TRUE(VerifyJournal(dir / "none"));
  EXPECT_FALSE(fs::exists(dir / "none"));
}

TEST(JournalFaults, AnotherVersionsStateIsRefused) {
  TestDir dir;
  OpenOrDie(dir.path());
  ASSERT_TRUE((*OpenStateDb(dir.path()))->Script("PRAGMA user_version = 2"));
  auto journal = OpenJournal(dir.path());
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().kind, ErrorKind::kInput);
  EXPECT_NE(journal.error().hint.find("newer"), std::string::npos);
}

TEST(JournalFaults, ALogWithoutItsDatabaseIsNotReplayedIntoANewOne) {
  TestDir dir;
  OpenOrDie(dir.path());
  fs::remove(dir / "state.db");
  dir.Write("state.db-wal", "frames");
  auto journal = OpenJournal(dir.path());
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(fs::exists(dir / "state.db"));
}

TEST(JournalFaults, DamagedPagesAreSaid) {
  TestDir dir;
  {
    auto journal = OpenOrDie(dir.path());
    std::vector<StateEntry> entries;
    for (int i = 0; i < 500; ++i) entries.push_back(EntryNamed("n" + std::to_string(i)));
    ASSERT_TRUE(journal->Record(entries, {}));
  }
  std::string whole = dir.Read("state.db");
  int found = 0;
  for (size_t page = 1; page < whole.size() / 4096; ++page) {
    std::string damaged = whole;
    for (size_t i = 0; i < 512; ++i) damaged[page * 4096 + i] = static_cast<char>(i * 7);
    dir.Write("state.db", damaged);
    auto check = VerifyJournal(dir.path());
    if (!check) {
      ++found;
      EXPECT_EQ(check.error().kind, ErrorKind::kCorrupt) << check.error().message;
    }
    auto journal = OpenJournal(dir.path());
    if (journal) (void)(*journal)->Entries();
  }
  EXPECT_GT(found, 10);
}

// --- two processes ---

TEST(JournalFaults, TwoProcessesWriteInTurns) {
  TestDir dir;
  OpenOrDie(dir.path());
  std::vector<pid_t> children;
  for (int c = 0; c < 3; ++c) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    auto journal = OpenOrDie(dir.path());
    for (int i = 0; i < 40; ++i) {
      std::string address = "p" + std::to_string(c) + "_" + std::to_string(i);
      if (!journal->Record(std::vector{EntryNamed(address)}, {})) _exit(1);
    }
    journal.reset();
    _exit(0);
  }
  for (pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  auto check = VerifyJournal(dir.path());
  ASSERT_TRUE(check) << check.error().message;
  EXPECT_EQ(check->entries, 120u);
  EXPECT_EQ(*OpenOrDie(dir.path())->Serial(), 120u);
}

// --- full disk ---

bool WriteTo(const char* path, const std::string& text) {
  Fd fd = OpenFd(path, O_WRONLY);
  return write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// Mounts a small file system over `dir` in namespaces of this process alone.
bool MountSmall(const std::string& dir) {
  std::string user = std::to_string(getuid());
  std::string group = std::to_string(getgid());
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    // Refused where root has given up its capabilities, as it has in a sandbox.
    if (!WriteTo("/proc/self/setgroups", "deny") ||
        !WriteTo("/proc/self/uid_map", "0 " + user + " 1") ||
        !WriteTo("/proc/self/gid_map", "0 " + group + " 1")) {
      return false;
    }
  }
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return mount("none", dir.c_str(), "tmpfs", 0, "size=600k") == 0;
}

bool LimitFileSize() {
  signal(SIGXFSZ, SIG_IGN);
  rlimit limit{400'000, 400'000};
  return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

// Writes until the disk is full; checks what is said, and that nothing acknowledged is lost.
int FillUp(const std::string& dir, bool can_make_room) {
  uint64_t written = 0;
  {
    auto journal = OpenJournal(dir);
    if (!journal) return 10;
    Status status;
    while (status && written < 100'000) {
      StateEntry entry = EntryNamed("n" + std::to_string(written));
      entry.recorded = Value::Bytes(std::string(5000, 'x'));
      status = (*journal)->Record(std::vector{entry}, {});
      if (status) ++written;
    }
    if (status) return 11;
    if (status.error().kind != ErrorKind::kEnvironment || status.error().hint.empty()) return 12;
    // With room again, what this process has in hand is still not to be trusted.
    if (can_make_room && mount("none", dir.c_str(), "tmpfs", MS_REMOUNT, "size=20m") != 0) return 9;
    auto again = (*journal)->Record(std::vector{EntryNamed("late")}, {});
    if (again || again.error().kind != ErrorKind::kEnvironment) return 13;
    if ((*journal)->Entries() || (*journal)->BeginRun("apply")) return 14;
  }
  if (!can_make_room) return 0;
  if (!VerifyJournal(dir)) return 15;
  auto journal = OpenJournal(dir);
  if (!journal || (*journal)->Entries()->size() != written) return 16;
  return (*journal)->Record(std::vector{EntryNamed("later")}, {}) ? 0 : 17;
}

TEST(JournalFaults, AFullDiskIsSaidAndLosesNothing) {
  TestDir dir;
  int status = InChild([&] { return MountSmall(dir.path()) ? FillUp(dir.path(), true) : 77; });
  if (WEXITSTATUS(status) == 77) {
    status = InChild([&] { return LimitFileSize() ? FillUp(dir.path(), false) : 78; });
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(WIFEXITED(status));
}

TEST(JournalFaults, AFileSizeLimitIsSaidAndLosesNothing) {
  TestDir dir;
  int status = InChild([&] { return LimitFileSize() ? FillUp(dir.path(), false) : 78; });
  EXPECT_EQ(WEXITSTATUS(status), 0);
  auto check = VerifyJournal(dir.path());
  EXPECT_TRUE(check) << check.error().message;
}

}  // namespace
}  // namespace opsc
