#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"
#include "runtime/base/listing.h"
#include "runtime/base/store.h"
#include "runtime/base/symbol.h"

namespace opsc {
namespace {

// The published vector for "abc" (FIPS 180-4).
TEST(DigestTest, IsSha256) {
  Digest digest = Sha256("abc");
  EXPECT_EQ(digest.Hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Digest::FromHex(digest.Hex()), digest);
  EXPECT_FALSE(Digest::FromHex("xyz"));
  EXPECT_FALSE(Digest::FromHex(std::string(64, 'G')));
}

TEST(DigestTest, PartsDoNotRunTogether) {
  EXPECT_NE(Hasher().Part("ab").Part("c").Finish(), Hasher().Part("a").Part("bc").Finish());
  EXPECT_EQ(Hasher().Raw("ab").Raw("c").Finish(), Sha256("abc"));
}

TEST(ListingTest, NamesTheFirstAndCountsTheRest) {
  const std::vector<std::string> names = {"a", "b", "c", "d"};
  EXPECT_EQ(Listing(names, 2), "a, b and 2 more");
  EXPECT_EQ(Listing(names, 3, "`"), "`a`, `b`, `c` and 1 more");
  EXPECT_EQ(Listing(names, 4, "`"), "`a`, `b`, `c`, `d`");
  EXPECT_EQ(Listing({}, 4), "");
}

TEST(ListingTest, CountsWhatThereIs) {
  EXPECT_EQ(TallyText({{3, "created"}, {0, "changed"}, {1, "deleted"}}), "3 created, 1 deleted");
  EXPECT_EQ(TallyText({{0, "created"}}), "");
}

TEST(SymbolTest, EqualNamesAreOneSymbolAcrossThreads) {
  std::vector<Symbol> symbols(8);
  std::vector<std::thread> threads;
  for (Symbol& symbol : symbols) {
    threads.emplace_back([&symbol] {
      for (int i = 0; i < 5000; ++i) symbol = Symbol("name-" + std::to_string(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (Symbol symbol : symbols) {
    EXPECT_EQ(symbol, symbols[0]);
    EXPECT_EQ(symbol.text(), "name-4999");
  }
  EXPECT_TRUE(Symbol().empty());
  EXPECT_EQ(Symbol(""), Symbol());
}

TEST(StoreTest, IdsAreDense) {
  enum class ThingId : uint32_t {};
  Store<ThingId, int> store;
  ThingId first = store.Add(7);
  EXPECT_EQ(store[first], 7);
  EXPECT_TRUE(IsNone(kNone<ThingId>));
  EXPECT_DEATH((void)store[static_cast<ThingId>(1)], "id out of range");
}

TEST(PathTest, NormalizesWithoutLeavingTheRoot) {
  EXPECT_EQ(NormalRelativePath("a/./b/../c"), "a/c");
  EXPECT_EQ(NormalRelativePath("."), ".");
  EXPECT_EQ(NormalRelativePath("a//b/"), "a/b");
  EXPECT_EQ(NormalRelativePath("../x"), std::nullopt);
  EXPECT_EQ(NormalRelativePath("a/../../x"), std::nullopt);
  EXPECT_EQ(NormalRelativePath("/x"), std::nullopt);
  EXPECT_EQ(NormalRelativePath(std::string_view("a\0b", 3)), std::nullopt);
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath(".", "b"), "b");
  EXPECT_EQ(JoinPath("a", "/b"), "/b");
  EXPECT_EQ(DirName("a/b"), "a");
  EXPECT_EQ(DirName("b"), ".");
  EXPECT_EQ(DirName("/b"), "/");
  EXPECT_EQ(BaseName("a/b"), "b");
}

TEST(TimeTest, PrintsRfc3339) {
  EXPECT_EQ(FormatTime(Time(std::chrono::milliseconds(1763898780123))), "2025-11-23T11:53:00.123Z");
  EXPECT_EQ(FormatTime(Time(std::chrono::milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

// Both implementations of Env keep the same promises.
class EnvTest : public testing::TestWithParam<bool> {
 protected:
  EnvTest() {
    if (GetParam()) {
      char name[] = "/tmp/opsc-env-XXXXXX";
      root_ = mkdtemp(name);
      env_ = MakeRealEnv();
    } else {
      root_ = "/root";
      env_ = std::make_unique<MemoryEnv>();
      EXPECT_TRUE(env_->MakeDirs(root_));
    }
  }
  ~EnvTest() override {
    if (GetParam()) std::filesystem::remove_all(root_);
  }
  std::string At(const std::string& name) const { return root_ + "/" + name; }

  std::string root_;
  std::unique_ptr<Env> env_;
};

TEST_P(EnvTest, WritesReadsListsRemoves) {
  EXPECT_EQ(env_->Stat(At("a")).type, FileType::kMissing);
  EXPECT_FALSE(env_->ReadFile(At("a")));
  ASSERT_TRUE(env_->WriteFile(At("a"), std::string("x\0y", 3), 0640));
  EXPECT_EQ(env_->ReadFile(At("a")).value(), std::string("x\0y", 3));
  EXPECT_EQ(env_->Stat(At("a")).mode, 0640u);
  EXPECT_EQ(env_->Stat(At("a")).size, 3u);
  ASSERT_TRUE(env_->SetMode(At("a"), 0600));
  EXPECT_EQ(env_->Stat(At("a")).mode, 0600u);
  ASSERT_TRUE(env_->MakeDirs(At("d/e")));
  ASSERT_TRUE(env_->WriteFile(At("d/e/f"), "", 0644));
  auto entries = env_->List(root_);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[1].type, FileType::kDirectory);
  EXPECT_FALSE(env_->Remove(At("d/e"))) << "a directory that is not empty stays";
  EXPECT_TRUE(env_->Remove(At("a")));
  EXPECT_TRUE(env_->Remove(At("a"))) << "absent is fine";
  EXPECT_FALSE(env_->WriteFile(At("missing/x"), "", 0644));
  EXPECT_FALSE(env_->MakeDirs(At("d/e/f")));
  EXPECT_FALSE(env_->ReadFile(At("d")));
}

TEST_P(EnvTest, AReplacedFileIsAnotherFile) {
  ASSERT_TRUE(env_->WriteFile(At("a"), "one", 0644));
  FileStat before = env_->Stat(At("a"));
  ASSERT_TRUE(env_->WriteFile(At("a"), "two", 0644));
  EXPECT_NE(before, env_->Stat(At("a")));
}

INSTANTIATE_TEST_SUITE_P(RealAndMemory, EnvTest, testing::Bool());

}  // namespace
}  // namespace opsc
