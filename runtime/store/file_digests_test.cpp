#include <gtest/gtest.h>
#include <sys/stat.h>
#include <utime.h>

#include <filesystem>

#include "runtime/store/digest_cache.h"
#include "runtime/store/store.h"
#include "runtime/store/test_dir.h"

namespace opsc {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// An Env in memory that counts what is read.
class CountingEnv : public MemoryEnv {
 public:
  int reads = 0;
  Result<std::string> ReadFile(const std::string& path) override {
    ++reads;
    return MemoryEnv::ReadFile(path);
  }
  void Put(const std::string& path, const std::string& content, int64_t mtime) {
    nodes[path] = {.content = content, .mtime_ns = mtime, .inode = next_inode++};
  }
};

TEST(FileDigests, AnUntouchedFileIsReadOnce) {
  TestDir dir;
  CountingEnv env;
  env.now = Time{std::chrono::seconds(1000)};
  env.Put("a", "content", 5 * kSecond + 1);
  {
    auto digests = OpenFileDigests(dir.path(), &env);
    EXPECT_EQ(*digests->Of("a"), Sha256("content"));
    EXPECT_EQ(*digests->Of("a"), Sha256("content"));
    EXPECT_EQ(env.reads, 1);
    ASSERT_TRUE(digests->Save());
  }
  auto digests = OpenFileDigests(dir.path(), &env);
  EXPECT_EQ(*digests->Of("a"), Sha256("content"));
  EXPECT_EQ(env.reads, 1);
  env.Put("a", "CONTENT", 5 * kSecond + 1);  // another file under the name, as old and as large
  EXPECT_EQ(*digests->Of("a"), Sha256("CONTENT"));
  env.Put("a", "older", 4 * kSecond + 1);
  EXPECT_EQ(*digests->Of("a"), Sha256("older"));
}

TEST(FileDigests, AFileThatChangedJustBeforeItWasReadIsNotTrusted) {
  TestDir dir;
  CountingEnv env;
  env.now = Time{std::chrono::nanoseconds(1000 * kSecond + 5'000'000)};
  env.Put("a", "first", 1000 * kSecond + 1);
  auto digests = OpenFileDigests(dir.path(), &env);
  EXPECT_EQ(*digests->Of("a"), Sha256("first"));
  env.nodes["a"].content = "again";  // within the same tick of the clock: the stat is the same
  EXPECT_EQ(*digests->Of("a"), Sha256("again"));
  env.now += std::chrono::seconds(1);
  EXPECT_EQ(*digests->Of("a"), Sha256("again"));
  int reads = env.reads;
  EXPECT_EQ(*digests->Of("a"), Sha256("again"));
  EXPECT_EQ(env.reads, reads);
  // Where times are whole seconds, two seconds are too near.
  env.Put("b", "coarse", 1001 * kSecond);
  EXPECT_TRUE(digests->Of("b"));
  env.nodes["b"].content = "COARSE";
  EXPECT_EQ(*digests->Of("b"), Sha256("COARSE"));
}

TEST(FileDigests, FollowsLinksAndRefusesWhatIsNoFile) {
  TestDir dir;
  auto env = MakeRealEnv();
  dir.Write("d/real", "content");
  std::filesystem::create_symlink("d/real", dir / "relative");
  std::filesystem::create_symlink(dir / "relative", dir / "twice");
  std::filesystem::create_symlink("loop", dir / "loop");
  auto digests = OpenFileDigests(dir.path(), env.get());
  EXPECT_EQ(*digests->Of(dir / "relative"), Sha256("content"));
  EXPECT_EQ(*digests->Of(dir / "twice"), Sha256("content"));
  EXPECT_FALSE(digests->Of(dir / "loop"));
  EXPECT_FALSE(digests->Of(dir / "d"));
  EXPECT_FALSE(digests->Of(dir / "missing"));
  EXPECT_FALSE(digests->Of("/dev/null"));
}

TEST(FileDigests, AChangeUnderAnOlderTimeIsSeen) {
  TestDir dir;
  auto env = MakeRealEnv();
  auto digests = OpenFileDigests(dir.path(), env.get());
  dir.Write("f", "one");
  utimbuf old{1000, 1000};
  utime((dir / "f").c_str(), &old);
  EXPECT_EQ(*digests->Of(dir / "f"), Sha256("one"));
  dir.Write("f", "two");
  utime((dir / "f").c_str(), &old);
  EXPECT_EQ(*digests->Of(dir / "f"), Sha256("two"));
}

TEST(DigestCache, ADamagedFileIsIgnored) {
  TestDir dir;
  Time now{std::chrono::seconds(5000)};
  FileStat stat{
      .type = FileType::kFile, .mode = 0644, .size = 1, .inode = 2, .mtime_ns = 3, .ctime_ns = 4};
  {
    DigestCache cache(dir / "cache");
    cache.Remember("a", stat, Sha256("a"), now);
    cache.Remember("b", stat, Sha256("b"), now);
    ASSERT_TRUE(cache.Save(now));
  }
  EXPECT_EQ(DigestCache(dir / "cache").Find("a", stat, now), Sha256("a"));
  std::string whole = dir.Read("cache");
  for (size_t i = 0; i < whole.size(); ++i) {
    dir.Write("cache", whole.substr(0, i));
    EXPECT_FALSE(DigestCache(dir / "cache").Find("a", stat, now)) << i;
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x40);
    dir.Write("cache", flipped);
    EXPECT_FALSE(DigestCache(dir / "cache").Find("a", stat, now)) << i;
  }
}

TEST(DigestCache, ForgetsWhatNobodyAskedForInAMonth) {
  TestDir dir;
  Time now{std::chrono::seconds(5000)};
  FileStat stat{
      .type = FileType::kFile, .mode = 0644, .size = 1, .inode = 2, .mtime_ns = 3, .ctime_ns = 4};
  {
    DigestCache cache(dir / "cache");
    cache.Remember("used", stat, Sha256("a"), now);
    cache.Remember("unused", stat, Sha256("b"), now);
    ASSERT_TRUE(cache.Save(now));
  }
  now += std::chrono::hours(24 * 20);
  {
    DigestCache cache(dir / "cache");
    EXPECT_TRUE(cache.Find("used", stat, now));
    ASSERT_TRUE(cache.Save(now));
  }
  now += std::chrono::hours(24 * 20);
  {
    DigestCache cache(dir / "cache");
    cache.Remember("new", stat, Sha256("c"), now);
    ASSERT_TRUE(cache.Save(now));
  }
  DigestCache cache(dir / "cache");
  EXPECT_TRUE(cache.Find("used", stat, now));
  EXPECT_FALSE(cache.Find("unused", stat, now));
}

}  // namespace
}  // namespace opsc
