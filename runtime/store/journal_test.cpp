#include <algorithm>
#include <thread>

#include "runtime/store/journal_fixture.h"

namespace opsc {
namespace {

std::unique_ptr<Journal> Open(const TestDir& dir) {
  return OpenOrDie(dir.path());
}

uint64_t IntentFor(Journal& journal, const std::string& run, const std::string& address) {
  auto id = journal.Intent(IntentNamed(run, address));
  EXPECT_TRUE(id);
  return *id;
}

TEST(Journal, ANewStateIsEmptyAndHasASalt) {
  TestDir dir;
  std::string salt;
  {
    auto journal = Open(dir);
    EXPECT_TRUE(journal->Entries()->empty());
    EXPECT_EQ(*journal->Serial(), 0u);
    EXPECT_TRUE(journal->OpenIntents()->empty());
    EXPECT_TRUE(journal->Runs(10)->empty());
    salt = journal->secret_salt();
    EXPECT_EQ(salt.size(), 32u);
  }
  EXPECT_EQ(Open(dir)->secret_salt(), salt);
  EXPECT_TRUE(VerifyJournal(dir.path()));
}

TEST(Journal, AnEffectIsOpenUntilItIsCompletedAndThenInTheState) {
  TestDir dir;
  auto journal = Open(dir);
  std::string run = *journal->BeginRun("apply");
  uint64_t id = IntentFor(*journal, run, "x");
  auto open = *Open(dir)->OpenIntents();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].id, id);
  EXPECT_EQ(open[0].token, "token-x");
  EXPECT_EQ(open[0].run, run);
  EXPECT_EQ(*journal->Serial(), 0u);

  ASSERT_TRUE(journal->Complete(id, EntryNamed("x"), StepOf(run, "x")));
  ASSERT_TRUE(journal->EndRun(run, RunOutcome::kOk, "1 created"));
  auto other = Open(dir);
  EXPECT_TRUE(other->OpenIntents()->empty());
  auto entry = *other->Entry("x");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->fields, EntryNamed("x").fields);
  EXPECT_EQ(entry->outs, EntryNamed("x").outs);
  EXPECT_EQ(entry->recorded, EntryNamed("x").recorded);
  EXPECT_EQ(entry->depends_on, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(entry->duration_ns, 77);
  EXPECT_EQ(entry->serial, 1u);
  EXPECT_EQ(*other->Serial(), 1u);
  EXPECT_EQ(other->Steps(run)->size(), 1u);
  auto runs = *other->Runs(5);
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].outcome, RunOutcome::kOk);
  EXPECT_EQ(runs[0].summary, "1 created");
  EXPECT_EQ(runs[0].command, "apply");
  auto check = VerifyJournal(dir.path());
  ASSERT_TRUE(check) << check.error().message;
  EXPECT_EQ(check->records, 4u);
  EXPECT_EQ(check->entries, 1u);
}

TEST(Journal, AnIntentIsClosedOnce) {
  TestDir dir;
  auto journal = Open(dir);
  std::string run = *journal->BeginRun("apply");
  uint64_t id = IntentFor(*journal, run, "x");
  ASSERT_TRUE(journal->Complete(id, EntryNamed("x"), StepOf(run, "x")));
  auto again = journal->Complete(id, EntryNamed("x", 2), StepOf(run, "x"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(*journal->Serial(), 1u);
  // The refusal has not made the journal unusable.
  EXPECT_TRUE(journal->EndRun(run, RunOutcome::kOk, ""));
}

TEST(Journal, ADeletionDropsTheEntry) {
  TestDir dir;
  auto journal = Open(dir);
  std::string run = *journal->BeginRun("destroy");
  ASSERT_TRUE(journal->Record(std::vector{EntryNamed("x")}, {}));
  uint64_t id = IntentFor(*journal, run, "x");
  ASSERT_TRUE(journal->Complete(id, std::nullopt, StepOf(run, "x")));
  EXPECT_FALSE(*journal->Entry("x"));
  EXPECT_EQ(*journal->Serial(), 2u);
  EXPECT_TRUE(VerifyJournal(dir.path()));
}

TEST(Journal, AHalfDoneEffectTaintsWhatIsThereOrWhatWasToBe) {
  TestDir dir;
  auto journal = Open(dir);
  std::string run = *journal->BeginRun("apply");
  ASSERT_TRUE(journal->Record(std::vector{EntryNamed("old", 5)}, {}));
  ASSERT_TRUE(
      journal->Abandon(IntentFor(*journal, run, "old"), true, StepOf(run, "old", 1, "failed")));
  ASSERT_TRUE(
      journal->Abandon(IntentFor(*journal, run, "new"), true, StepOf(run, "new", 1, "failed")));
  ASSERT_TRUE(
      journal->Abandon(IntentFor(*journal, run, "no"), false, StepOf(run, "no", 1, "failed")));
  EXPECT_TRUE((*journal->Entry("old"))->tainted);
  EXPECT_EQ((*journal->Entry("old"))->fields, EntryNamed("old", 5).fields);
  EXPECT_TRUE((*journal->Entry("new"))->tainted);
  EXPECT_EQ((*journal->Entry("new"))->fields, EntryNamed("new").fields);
  EXPECT_FALSE(*journal->Entry("no"));
  EXPECT_TRUE(journal->OpenIntents()->empty());
  EXPECT_TRUE(VerifyJournal(dir.path()));
}

TEST(Journal, RecordingTheSameAgainIsNoChange) {
  TestDir dir;
  auto journal = Open(dir);
  std::vector entries{EntryNamed("x"), EntryNamed("y")};
  ASSERT_TRUE(journal->Record(entries, {}));
  uint64_t serial = *journal->Serial();
  ASSERT_TRUE(journal->Record(entries, {}));
  EXPECT_EQ(*journal->Serial(), serial);
  entries[1].protect = true;
  ASSERT_TRUE(journal->Record(entries, {}));
  EXPECT_EQ(*journal->Serial(), serial + 1);
}

TEST(Journal, MoveTakesDependentsAndHistoryAlong) {
  TestDir dir;
  auto journal = Open(dir);
  StateEntry user = EntryNamed("user");
  user.depends_on = {"x", "z"};
  std::vector steps{StepOf("r", "x", 9)};
  ASSERT_TRUE(journal->Record(std::vector{EntryNamed("x"), user}, steps));
  ASSERT_TRUE(journal->Move("x", "y[\"k\"]"));
  EXPECT_FALSE(*journal->Entry("x"));
  EXPECT_TRUE(*journal->Entry("y[\"k\"]"));
  EXPECT_EQ((*journal->Entry("user"))->depends_on, (std::vector<std::string>{"y[\"k\"]", "z"}));
  EXPECT_EQ(journal->ExpectedDurations()->at("y[\"k\"]"), 9);
  EXPECT_EQ(journal->Move("x", "q").error().kind, ErrorKind::kInput);
  EXPECT_EQ(journal->Move("user", "y[\"k\"]").error().kind, ErrorKind::kInput);
  IntentFor(*journal, "r", "user");
  EXPECT_EQ(journal->Move("user", "q").error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(journal->Remove("user"));
  EXPECT_EQ(journal->Remove("user").error().kind, ErrorKind::kInput);
  EXPECT_TRUE(VerifyJournal(dir.path()));
}

TEST(Journal, ExpectedDurationIsTheMedianOfTheLastFiveThatWereOk) {
  TestDir dir;
  auto journal = Open(dir);
  for (int64_t duration : {1000, 1000, 5, 3, 9, 7, 100}) {
    ASSERT_TRUE(journal->Record({}, std::vector{StepOf("r", "x", duration)}));
    ASSERT_TRUE(journal->Record({}, std::vector{StepOf("r", "x", 0, "cached")}));
  }
  ASSERT_TRUE(journal->Record({}, std::vector{StepOf("r", "y", 4)}));
  EXPECT_EQ(journal->ExpectedDurations()->at("x"), 7);
  EXPECT_EQ(journal->ExpectedDurations()->at("y"), 4);
}

TEST(Journal, RunsAreSortedByTheirIdsAndDeadOnesAreSaidToBeInterrupted) {
  TestDir dir;
  auto journal = Open(dir);
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(*journal->BeginRun("apply"));
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
  auto runs = *journal->Runs(100);
  ASSERT_EQ(runs.size(), 20u);
  EXPECT_EQ(runs[0].id, ids.back());
  EXPECT_EQ(runs[0].outcome, RunOutcome::kRunning);
  EXPECT_EQ(runs[1].outcome, RunOutcome::kInterrupted);
}

TEST(Journal, OldHistoryIsForgottenAndTheRestStillVerifies) {
  TestDir dir;
  auto journal = Open(dir);
  std::string first;
  ASSERT_TRUE(journal->Record(std::vector{EntryNamed("kept")}, {}));
  uint64_t open = IntentFor(*journal, "none", "left open");
  for (int i = 0; i < 230; ++i) {
    std::string run = *journal->BeginRun("apply");
    if (first.empty()) first = run;
    ASSERT_TRUE(journal->Record(std::vector{EntryNamed("x", i)}, std::vector{StepOf(run, "x")}));
    ASSERT_TRUE(journal->EndRun(run, RunOutcome::kOk, ""));
  }
  EXPECT_TRUE(journal->Steps(first)->empty());
  EXPECT_EQ(journal->Runs(1000)->size(), 230u);
  auto check = VerifyJournal(dir.path());
  ASSERT_TRUE(check) << check.error().message;
  EXPECT_EQ(check->records, 600u);
  EXPECT_EQ(check->entries, 2u);
  EXPECT_EQ(check->open_intents, 1u);
  ASSERT_TRUE(journal->Abandon(open, false, StepOf("none", "left open")));
  EXPECT_TRUE(VerifyJournal(dir.path()));
}

TEST(Journal, SecretsAreStoredAsDigestsOnly) {
  TestDir dir;
  auto journal = Open(dir);
  StateEntry entry = EntryNamed("x");
  entry.fields = Value::Record({{Symbol("password"), Value::String("hunter2").WithSecret()}});
  ASSERT_TRUE(journal->Record(std::vector{entry}, {}));
  auto read = **journal->Entry("x");
  ASSERT_TRUE(read.fields.Find("password")->secret());
  // Recording what was read changes nothing.
  ASSERT_TRUE(journal->Record(std::vector{read}, {}));
  EXPECT_EQ(*journal->Serial(), 1u);
  EXPECT_EQ(journal->Export()->find("hunter2"), std::string::npos);
  journal.reset();
  EXPECT_EQ(dir.Read("state.db").find("hunter2"), std::string::npos);
}

TEST(Journal, ThreadsWriteTogether) {
  TestDir dir;
  auto journal = Open(dir);
  std::string run = *journal->BeginRun("apply");
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        std::string address = "n" + std::to_string(t) + "_" + std::to_string(i);
        uint64_t id = IntentFor(*journal, run, address);
        EXPECT_TRUE(journal->Complete(id, EntryNamed(address), StepOf(run, address)));
        EXPECT_TRUE(journal->Entry(address)->has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(journal->Entries()->size(), 800u);
  EXPECT_EQ(journal->Steps(run)->size(), 800u);
  EXPECT_EQ(*journal->Serial(), 800u);
  auto check = VerifyJournal(dir.path());
  ASSERT_TRUE(check) << check.error().message;
}

}  // namespace
}  // namespace opsc
