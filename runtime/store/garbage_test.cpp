#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/store/journal_fixture.h"
#include "runtime/store/store_care.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

constexpr std::chrono::hours kDay{24};

// A project with results of tasks, as old as a test says.
struct GarbageTest : testing::Test {
  TestDir dir;
  std::unique_ptr<ContentStore> store = *OpenContentStore(dir.path());
  std::unique_ptr<Journal> journal = OpenOrDie(dir.path());
  Time now = std::chrono::system_clock::now();

  void Age(const std::string& path, int days) {
    auto time = now - days * kDay;
    timespec at{std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count(),
                0};
    timespec times[] = {at, at};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0) << path;
  }

  std::string RecordPath(const Digest& key) {
    return dir / ("store/records/" + key.Hex().substr(0, 2) + "/" + key.Hex().substr(2));
  }

  // A tree with one file of this content.
  Digest Tree(const std::string& content) {
    dir.Write("made/" + content, content);
    return *store->PutPath(dir / ("made/" + content));
  }

  // A result `days` old whose output is `tree`.
  Digest AddResult(const std::string& name, const Digest& tree, int days,
                   const std::string& log = "") {
    Digest key = Sha256("key of " + name);
    FileRep file;
    file.path = name;
    file.producer = name;
    file.digest = tree;
    Value outs = Value::Record({{Symbol("out"), Value::File(file)}});
    Value key_value = Value::Bytes({reinterpret_cast<const char*>(key.bytes.data()), 32});
    auto bytes = EncodeValue(Value::List({key_value, outs, Value::Bytes(log)}), "");
    EXPECT_TRUE(store->PutRecord(key, bytes));
    Age(RecordPath(key), days);
    return key;
  }

  void AddEntry(const std::string& address, const Digest& tree) {
    StateEntry entry = EntryNamed(address);
    FileRep file;
    file.path = address;
    file.producer = address;
    file.digest = tree;
    entry.outs = Value::Record({{Symbol("out"), Value::File(file)}});
    ASSERT_TRUE(journal->Record({&entry, 1}, {}));
  }

  Garbage Collect(const GarbageOptions& options) {
    auto found = CollectGarbage(dir.path(), *journal, options);
    EXPECT_TRUE(found) << (found ? "" : found.error().message);
    return found ? *found : Garbage{};
  }
  GarbageOptions KeepDays(int days) {
    GarbageOptions options;
    options.keep_from = now - days * kDay;
    return options;
  }
  // Whatever can go goes.
  GarbageOptions KeepLittle() {
    GarbageOptions options;
    options.keep_from = now + 10 * kDay;
    options.max_bytes = 0;
    return options;
  }
};

TEST_F(GarbageTest, OldResultsGoWithWhatOnlyTheyName) {
  Digest old_tree = Tree("old"), new_tree = Tree("new");
  Digest old_key = AddResult("old", old_tree, 40), new_key = AddResult("new", new_tree, 5);
  Garbage found = Collect(KeepDays(30));
  EXPECT_EQ(found.results.count, 1u);
  EXPECT_EQ(found.contents.count, 2u);  // the tree and its file
  EXPECT_FALSE(store->Has(old_tree));
  EXPECT_FALSE(store->Has(Sha256("old")));
  EXPECT_EQ(*store->GetRecord(old_key), std::nullopt);
  EXPECT_TRUE(store->Has(Sha256("new")));
  EXPECT_NE(*store->GetRecord(new_key), std::nullopt);
  EXPECT_TRUE(store->GetTree(new_tree));
}

TEST_F(GarbageTest, WhatTheStateNamesStaysHoweverOld) {
  Digest tree = Tree("kept");
  Digest key = AddResult("task", tree, 400);
  AddEntry("task", tree);
  Garbage found = Collect(KeepLittle());
  EXPECT_EQ(found.results.count + found.contents.count, 0u);
  EXPECT_TRUE(store->Has(Sha256("kept")));
  EXPECT_NE(*store->GetRecord(key), std::nullopt) << "it costs nothing, so the task stays cached";
}

TEST_F(GarbageTest, WhatTheLastRunMadeStays) {
  ASSERT_TRUE(journal->BeginRun("opsc run x"));
  Digest key = AddResult("x", Tree("x"), -1);
  Collect(KeepLittle());
  EXPECT_NE(*store->GetRecord(key), std::nullopt);
}

TEST_F(GarbageTest, AResultThatWasUsedLatelyStays) {
  Digest key = AddResult("used", Tree("used"), 400);
  GarbageOptions options = KeepDays(30);
  options.used[key] = now - 7 * kDay;
  Collect(options);
  EXPECT_NE(*store->GetRecord(key), std::nullopt);
}

TEST_F(GarbageTest, ASharedContentStaysWithTheYoungerResult) {
  Digest tree = Tree("shared");
  AddResult("old", tree, 40);
  Digest young = AddResult("young", tree, 1);
  Garbage found = Collect(KeepDays(30));
  EXPECT_EQ(found.contents.count, 0u);
  EXPECT_NE(*store->GetRecord(young), std::nullopt);
}

TEST_F(GarbageTest, BeyondTheSizeTheOldestGoesFirst) {
  std::string large(100'000, 'a');
  dir.Write("large", large);
  Digest older = AddResult("older", *store->PutPath(dir / "large"), 3);
  dir.Write("large", large + "b");
  Digest newer = AddResult("newer", *store->PutPath(dir / "large"), 2);
  GarbageOptions options = KeepDays(30);
  options.max_bytes = 150'000;
  Garbage found = Collect(options);
  EXPECT_EQ(*store->GetRecord(older), std::nullopt);
  EXPECT_NE(*store->GetRecord(newer), std::nullopt);
  EXPECT_LE(found.kept.bytes, 150'000u);
}

TEST_F(GarbageTest, ADryRunRemovesNothingAndSaysTheSame) {
  Digest key = AddResult("old", Tree("old"), 40);
  GarbageOptions options = KeepDays(30);
  options.mode = GarbageOptions::Mode::kDryRun;
  Garbage announced = Collect(options);
  EXPECT_NE(*store->GetRecord(key), std::nullopt);
  Garbage done = Collect(KeepDays(30));
  EXPECT_EQ(announced.results.count, done.results.count);
  EXPECT_EQ(announced.contents.bytes, done.contents.bytes);
  EXPECT_EQ(*store->GetRecord(key), std::nullopt);
}

TEST_F(GarbageTest, LogsOfOldRunsGoButForWhatAKeptResultPrinted) {
  dir.Write("logs/run1/a.log", "printed by a");
  dir.Write("logs/run1/below/b.log", "printed by b");
  Age(dir / "logs/run1/a.log", 40);
  Age(dir / "logs/run1/below/b.log", 40);
  dir.Write("logs/run2/a.log", "printed lately");
  AddResult("a", Tree("a"), 1, "logs/run1/a.log");
  Garbage found = Collect(KeepDays(30));
  EXPECT_EQ(found.logs.count, 1u);
  EXPECT_EQ(dir.Read("logs/run1/a.log"), "printed by a");
  EXPECT_FALSE(std::filesystem::exists(dir / "logs/run1/below"));
  EXPECT_EQ(dir.Read("logs/run2/a.log"), "printed lately");
}

TEST_F(GarbageTest, VerifyFindsWhatIsDamagedAndWhatIsMissing) {
  Digest tree = Tree("good"), other = Tree("bad");
  AddEntry("good", tree);
  AddEntry("bad", other);
  ASSERT_EQ(chmod(store->BlobPath(Sha256("bad")).c_str(), 0644), 0);
  std::ofstream(store->BlobPath(Sha256("bad"))) << "bat";
  ASSERT_EQ(unlink(store->BlobPath(tree).c_str()), 0);
  auto found = VerifyContents(dir.path(), *journal);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->damaged, std::vector{Sha256("bad")});
  EXPECT_EQ(found->missing, std::vector<std::string>{"good"});
  EXPECT_FALSE(store->Has(Sha256("bad")));
}

}  // namespace
}  // namespace opsc
