#include "runtime/exec/spare_inodes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace opsc {
namespace {

namespace fs = std::filesystem;

class SpareInodesTest : public testing::Test {
 protected:
  SpareInodesTest() {
    fs::create_directory(root_ / "work");
    fs::create_directory(root_ / "spare");
    work_ = open((root_ / "work").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  ~SpareInodesTest() override {
    close(work_);
    fs::remove_all(root_);
  }

  void Write(const char* name, const std::string& content) const {
    std::ofstream(root_ / "work" / name) << content;
  }
  std::string Path(const char* name) const { return (root_ / "work" / name).string(); }

  static fs::path NewDirectory() {
    std::string name = (fs::temp_directory_path() / "spare-XXXXXX").string();
    return mkdtemp(name.data());
  }

  const fs::path root_ = NewDirectory();
  int work_ = -1;
  SpareInodes spares_{(root_ / "spare").string()};
};

TEST_F(SpareInodesTest, TheInodeComesBack) {
  Write("a", "old");
  const auto inode = [](const std::string& path) {
    struct stat s{};
    EXPECT_EQ(lstat(path.c_str(), &s), 0);
    return s.st_ino;
  };
  const ino_t before = inode(Path("a"));
  ASSERT_TRUE(spares_.GiveFile(work_, "a"));
  EXPECT_FALSE(fs::exists(Path("a")));
  ASSERT_TRUE(spares_.TakeFile(Path("b")));
  EXPECT_EQ(inode(Path("b")), before);
  EXPECT_FALSE(spares_.TakeFile(Path("c")));
}

TEST_F(SpareInodesTest, WhatHasAnotherNameOrIsNoFileStays) {
  Write("a", "shared");
  fs::create_hard_link(Path("a"), Path("b"));
  fs::create_symlink("a", Path("link"));
  Write("large", std::string(100'000, 'x'));
  EXPECT_FALSE(spares_.GiveFile(work_, "a"));
  EXPECT_FALSE(spares_.GiveFile(work_, "link"));
  EXPECT_FALSE(spares_.GiveFile(work_, "large"));
  EXPECT_FALSE(spares_.GiveFile(work_, "absent"));
  EXPECT_TRUE(fs::exists(Path("a")));
}

TEST_F(SpareInodesTest, DirectoriesComeBackWithTheUsualMode) {
  fs::create_directory(Path("d"));
  fs::permissions(Path("d"), fs::perms::owner_all);
  ASSERT_TRUE(spares_.GiveDirectory(work_, "d"));
  ASSERT_TRUE(spares_.TakeDirectory(Path("e")));
  EXPECT_EQ(static_cast<int>(fs::status(Path("e")).permissions()), 0755);
}

TEST_F(SpareInodesTest, NothingIsReplaced) {
  Write("a", "spare");
  Write("b", "mine");
  ASSERT_TRUE(spares_.GiveFile(work_, "a"));
  EXPECT_FALSE(spares_.TakeFile(Path("b")));
  EXPECT_EQ(fs::file_size(Path("b")), 4u);
  EXPECT_TRUE(spares_.TakeFile(Path("c")));
}

}  // namespace
}  // namespace opsc
