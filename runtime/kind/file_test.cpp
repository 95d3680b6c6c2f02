#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/graph/pin.h"
#include "runtime/kind/testing/world.h"
#include "runtime/value/encode.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

using testing::Recorded;
using testing::World;

Value FileFields(std::string_view path, Value content, std::string_view mode = "644") {
  return Value::Record({{Symbol("path"), Value::String(path)},
                        {Symbol("content"), std::move(content)},
                        {Symbol("mode"), Value::String(mode)}});
}

Value Text(std::string_view text) {
  return Value::String(text);
}

class FileTest : public ::testing::Test {
 protected:
  Result<Applied> Create(const Value& fields) {
    return kind->Create(world.context,
                        {.address = "f", .token = "t1", .fields = fields, .prior = {}});
  }
  StateEntry Made(const Value& fields) {
    const Result<Applied> applied = Create(fields);
    EXPECT_TRUE(applied) << applied.error().message;
    return Recorded("f", "file", fields, *applied);
  }
  Observed See(const StateEntry& entry) {
    Result<Observed> observed = kind->Observe(world.context, entry);
    EXPECT_TRUE(observed) << observed.error().message;
    return *observed;
  }
  Result<std::optional<Applied>> Recover(const std::string& action, const Value& fields) {
    OpenIntent intent;
    intent.address = "f";
    intent.action = action;
    intent.fields = fields;
    return kind->Recover(world.context, intent);
  }

  World world;
  Kind* kind = world.kinds.Find("file");
};

TEST_F(FileTest, IsWrittenSeenChangedAndDeleted) {
  StateEntry entry = Made(FileFields("a/b/c.txt", Text("hello\n"), "640"));
  EXPECT_EQ(world.Read("a/b/c.txt"), "hello\n");
  EXPECT_EQ(world.context.env->Stat(world.Path("a/b/c.txt")).mode, 0640u);
  EXPECT_EQ(TextField(entry.outs, "digest"), Sha256("hello\n").Hex());
  const Observed before = See(entry);
  EXPECT_TRUE(before.exists);
  EXPECT_EQ(before.fields, entry.fields);

  const Value changed = FileFields("a/b/c.txt", Text("bye\n"), "644");
  const auto updated = kind->Update(
      world.context, {.address = "f", .token = "t2", .fields = changed, .prior = entry});
  ASSERT_TRUE(updated);
  EXPECT_EQ(world.Read("a/b/c.txt"), "bye\n");
  entry = Recorded("f", "file", changed, *updated);
  EXPECT_EQ(See(entry).fields, changed);
  EXPECT_NE(See(entry).digest, before.digest);

  ASSERT_TRUE(kind->Delete(world.context, entry, "t3"));
  EXPECT_FALSE(world.Exists("a"));                        // the parents were ours
  ASSERT_TRUE(kind->Delete(world.context, entry, "t3"));  // twice is once
}

TEST_F(FileTest, DriftIsSeen) {
  const StateEntry entry = Made(FileFields("f.txt", Text("hello\n")));
  world.Write("f.txt", "other\n");
  EXPECT_EQ(TextField(See(entry).fields, "content"), "other\n");
  world.Write("f.txt", std::string("\xff\x00", 2));
  EXPECT_TRUE(TextField(See(entry).fields, "content").starts_with("(2 bytes, sha256 "));
  world.Write("f.txt", "hello\n", 0600);
  EXPECT_EQ(TextField(See(entry).fields, "mode"), "600");
  std::filesystem::remove(world.Path("f.txt"));
  EXPECT_FALSE(See(entry).exists);
  std::filesystem::create_directory(world.Path("f.txt"));
  EXPECT_EQ(TextField(See(entry).fields, "content"), "(a directory)");
}

TEST_F(FileTest, WhatSomebodyElseMadeIsLeft) {
  world.Write("mine.txt", "mine");
  const auto refused = Create(FileFields("mine.txt", Text("opsc")));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("exists already"), std::string::npos);
  EXPECT_EQ(world.Read("mine.txt"), "mine");
  EXPECT_TRUE(Create(FileFields("mine.txt", Text("mine"))));

  const StateEntry entry = Made(FileFields("f.txt", Text("opsc")));
  world.Write("f.txt", "changed by hand");
  const Status kept = kind->Delete(world.context, entry, "t");
  ASSERT_FALSE(kept);
  EXPECT_NE(kept.error().hint.find("opsc state rm"), std::string::npos);
  EXPECT_EQ(world.Read("f.txt"), "changed by hand");
}

TEST_F(FileTest, TwoCannotStandInOnePlace) {
  const Value fields = FileFields("f.txt", Text("same"));
  const StateEntry entry = Made(fields);
  const ApplyRequest again{.address = "f", .token = "t2", .fields = fields, .prior = entry};
  EXPECT_FALSE(kind->Create(world.context, again));
  std::filesystem::remove(world.Path("f.txt"));
  EXPECT_TRUE(kind->Create(world.context, again));  // it was gone
}

TEST_F(FileTest, SecretsAreComparedAndNeverRecorded) {
  const StateEntry entry = Made(FileFields("key", Text("hunter2").WithSecret(), "600"));
  EXPECT_EQ(world.Read("key"), "hunter2");
  const std::string recorded = ToText(entry.recorded) + ToText(entry.outs);
  EXPECT_EQ(recorded.find("hunter2"), std::string::npos);
  EXPECT_EQ(recorded.find(Sha256("hunter2").Hex()), std::string::npos);
  // As the journal gives it back.
  StateEntry stored = entry;
  stored.fields = *DecodeValue(EncodeValue(entry.fields, "salt"));
  EXPECT_EQ(See(stored).fields, stored.fields);
  world.Write("key", "hunter3", 0600);
  EXPECT_FALSE(See(stored).fields == stored.fields);
  EXPECT_TRUE(See(stored).fields.has_secret());
}

TEST_F(FileTest, ContentMayBeAFile) {
  world.Write("source.txt", "one");
  FileRep source;
  source.path = "source.txt";
  const Value pinned = *PinSources(world.context, FileFields("copy.txt", Value::File(source)));
  const StateEntry entry = Made(pinned);
  EXPECT_EQ(world.Read("copy.txt"), "one");
  EXPECT_EQ(See(entry).fields, entry.fields);
  world.Write("source.txt", "two");  // nobody touched the copy
  EXPECT_EQ(See(entry).fields, entry.fields);
  EXPECT_FALSE(*PinSources(world.context, FileFields("copy.txt", Value::File(source))) == pinned);
  EXPECT_FALSE(Create(pinned));  // what was planned is not there any more
  EXPECT_EQ(world.Read("copy.txt"), "one");

  world.Write("built", "program");
  FileRep output;
  output.path = "out/built";
  output.producer = "build";
  output.output = "server";
  EXPECT_FALSE(Create(FileFields("g.txt", Value::File(output))));
  output.digest = *world.store.PutPath(world.Path("built"));
  ASSERT_TRUE(Create(FileFields("g.txt", Value::File(output))));
  EXPECT_EQ(world.Read("g.txt"), "program");
}

TEST_F(FileTest, PathsStayWhereTheyMay) {
  EXPECT_FALSE(Create(FileFields("../x", Text(""))));
  EXPECT_FALSE(Create(FileFields(".", Text(""))));
  EXPECT_FALSE(Create(FileFields(".ops/state.db", Text(""))));
  World other;
  const StateEntry outside = Made(FileFields(other.Path("deep/x"), Text("x")));
  EXPECT_EQ(other.Read("deep/x"), "x");
  ASSERT_TRUE(kind->Delete(world.context, outside, "t"));
  EXPECT_FALSE(other.Exists("deep"));
  EXPECT_TRUE(kind->Replaces("path"));
  EXPECT_FALSE(kind->Replaces("content"));
}

TEST_F(FileTest, ParentsThatWereThereStay) {
  std::filesystem::create_directory(world.Path("there"));
  const StateEntry entry = Made(FileFields("there/new/f", Text("")));
  world.Write("there/new/other", "of somebody else");
  ASSERT_TRUE(kind->Delete(world.context, entry, "t"));
  EXPECT_TRUE(world.Exists("there/new/other"));
  std::filesystem::remove(world.Path("there/new/other"));
  const StateEntry again = Made(FileFields("there/new/f", Text("")));
  ASSERT_TRUE(kind->Delete(world.context, again, "t"));
  EXPECT_FALSE(world.Exists("there/new"));
  EXPECT_TRUE(world.Exists("there"));
}

TEST_F(FileTest, RecoversWhatBecameTrue) {
  const Value fields = FileFields("d/f", Text("x"));
  world.Write("d/f.opsc-123-0", "half wri");
  EXPECT_EQ(*Recover("create", fields), std::nullopt);
  EXPECT_FALSE(world.Exists("d/f.opsc-123-0"));
  world.Write("d/f", "x");
  const auto found = Recover("create", fields);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(TextField((*found)->outs, "digest"), Sha256("x").Hex());
  EXPECT_EQ(*Recover("delete", fields), std::nullopt);
  std::filesystem::remove(world.Path("d/f"));
  EXPECT_TRUE(Recover("delete", fields)->has_value());
}

TEST_F(FileTest, LooksWhetherItIsThereAlready) {
  const Value fields = FileFields("f", Text("x"));
  EXPECT_FALSE(kind->Lookup(world.context, "f", fields)->exists);
  world.Write("f", "x");
  EXPECT_EQ(kind->Lookup(world.context, "f", fields)->fields, fields);
  world.Write("f", "y");
  EXPECT_EQ(TextField(kind->Lookup(world.context, "f", fields)->fields, "content"), "y");
}

// `directory`, on the same ground.
class DirectoryTest : public FileTest {
 protected:
  static Value Fields(std::string_view path, std::string_view mode = "755") {
    return Value::Record(
        {{Symbol("path"), Value::String(path)}, {Symbol("mode"), Value::String(mode)}});
  }
  StateEntry Dir(std::string_view path, std::string_view mode = "755") {
    const auto applied = directory->Create(
        world.context, {.address = "d", .token = "t", .fields = Fields(path, mode), .prior = {}});
    EXPECT_TRUE(applied) << applied.error().message;
    return Recorded("d", "directory", Fields(path, mode), *applied);
  }
  Kind* directory = world.kinds.Find("directory");
};

TEST_F(DirectoryTest, IsMadeSeenAndDeleted) {
  const StateEntry entry = Dir("a/b", "700");
  EXPECT_EQ(world.context.env->Stat(world.Path("a/b")).mode, 0700u);
  EXPECT_EQ(directory->Observe(world.context, entry)->fields, entry.fields);
  ASSERT_EQ(chmod(world.Path("a/b").c_str(), 0755), 0);
  EXPECT_EQ(TextField(directory->Observe(world.context, entry)->fields, "mode"), "755");
  ASSERT_TRUE(directory->Delete(world.context, entry, "t"));
  EXPECT_FALSE(world.Exists("a"));
  EXPECT_FALSE(directory->Observe(world.context, entry)->exists);
}

TEST_F(DirectoryTest, StaysWhileItHoldsFilesOrWasThereBefore) {
  std::filesystem::create_directory(world.Path("old"));
  ASSERT_TRUE(directory->Delete(world.context, Dir("old"), "t"));
  EXPECT_TRUE(world.Exists("old"));

  const StateEntry entry = Dir("new");
  const StateEntry inside = Made(FileFields("new/f", Text("")));
  ASSERT_TRUE(directory->Delete(world.context, entry, "t"));
  EXPECT_TRUE(world.Exists("new/f"));
  ASSERT_TRUE(kind->Delete(world.context, inside, "t"));
  EXPECT_FALSE(world.Exists("new"));
}

TEST_F(DirectoryTest, AFileThatWasFasterMadeItForUs) {
  const StateEntry inside = Made(FileFields("d/f", Text("")));
  const StateEntry entry = Dir("d");
  ASSERT_TRUE(kind->Delete(world.context, inside, "t"));
  EXPECT_TRUE(world.Exists("d"));
  ASSERT_TRUE(directory->Delete(world.context, entry, "t"));
  EXPECT_FALSE(world.Exists("d"));
}

TEST_F(DirectoryTest, RecoversWhatBecameTrue) {
  OpenIntent intent;
  intent.action = "create";
  intent.fields = Fields("d", "750");
  EXPECT_EQ(*directory->Recover(world.context, intent), std::nullopt);
  std::filesystem::create_directory(world.Path("d"));
  const auto found = directory->Recover(world.context, intent);
  ASSERT_TRUE(found && *found);
  EXPECT_TRUE(BoolField((*found)->recorded, "made"));
  EXPECT_EQ(world.context.env->Stat(world.Path("d")).mode, 0750u);
}

}  // namespace
}  // namespace opsc
