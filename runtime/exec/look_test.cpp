#include "runtime/exec/look.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace opsc {
namespace {

namespace fs = std::filesystem;
using Look = Sighting::Look;

class SecondLooks : public testing::Test {
 protected:
  SecondLooks() {
    std::string pattern = fs::temp_directory_path() / "opsc-look-XXXXXX";
    root_ = fs::canonical(mkdtemp(pattern.data()));
    Write("file", "one");
    fs::create_symlink("file", At("link"));
  }
  ~SecondLooks() override { fs::remove_all(root_); }

  std::string At(const std::string& path) const { return root_ + "/" + path; }
  void Write(const std::string& path, const std::string& text) { std::ofstream(At(path)) << text; }
  bool Same(Look look, const std::string& path, const FileStat& stat, std::string target = "") {
    return SecondLook(root_).ShowsTheSame(look, path, stat, target);
  }

  std::unique_ptr<Env> env_ = MakeRealEnv();
  std::string root_;
};

TEST_F(SecondLooks, AnEntryIsSeenAsEnvSeesIt) {
  for (const std::string path : {"file", "link", "", "absent"}) {
    const FileStat stat = env_->Stat(path.empty() ? root_ : At(path));
    EXPECT_TRUE(Same(Look::kEntry, path, stat)) << path;
    EXPECT_TRUE(Same(Look::kEntry, At(path), stat) || path.empty()) << path;
  }
  const FileStat before = env_->Stat(At("file"));
  fs::permissions(At("file"), fs::perms::owner_all);
  EXPECT_FALSE(Same(Look::kEntry, "file", before));
  EXPECT_FALSE(Same(Look::kEntry, "absent", before));
}

TEST_F(SecondLooks, ATargetIsSeenThroughLinks) {
  const Sighting seen = SeeTarget(At("link"));
  EXPECT_EQ(seen.stat, env_->Stat(At("file")));
  EXPECT_TRUE(Same(seen.look, "link", seen.stat));
  Write("other", "two");
  fs::remove(At("link"));
  fs::create_symlink("other", At("link"));
  EXPECT_FALSE(Same(seen.look, "link", seen.stat));
}

TEST_F(SecondLooks, ARealPathFollowsEveryLink) {
  fs::create_symlink("link", At("alternative"));
  const Sighting seen = SeeRealPath(At("alternative"));
  EXPECT_EQ(seen.target, At("file"));
  EXPECT_TRUE(Same(seen.look, "alternative", {}, seen.target));
  fs::remove(At("link"));
  fs::create_symlink("other", At("link"));
  EXPECT_FALSE(Same(seen.look, "alternative", {}, seen.target));
}

TEST_F(SecondLooks, WhatIsNoProgramMayBecomeOne) {
  EXPECT_TRUE(Same(Look::kNoProgram, "file", {}));
  EXPECT_TRUE(Same(Look::kNoProgram, "absent", {}));
  fs::permissions(At("file"), fs::perms::owner_all);
  EXPECT_FALSE(Same(Look::kNoProgram, "file", {}));
}

TEST_F(SecondLooks, WhatChangedJustBeforeIsNotSettled) {
  const Sightings seen = {SeeTarget(At("file"))};
  const Time changed{std::chrono::nanoseconds(seen[0].stat.ctime_ns)};
  EXPECT_FALSE(SettledBefore(seen, changed));
  EXPECT_FALSE(SettledBefore(seen, changed + std::chrono::milliseconds(10)));
  EXPECT_TRUE(SettledBefore(seen, changed + std::chrono::seconds(3)));
  EXPECT_TRUE(SettledBefore({SeeTarget(At("absent"))}, changed));
}

}  // namespace
}  // namespace opsc
