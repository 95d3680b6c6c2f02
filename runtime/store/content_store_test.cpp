#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "runtime/store/store.h"
#include "runtime/store/test_dir.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;
using Type = TreeEntry::Type;

std::unique_ptr<ContentStore> Open(const TestDir& dir) {
  auto store = OpenContentStore(dir.path());
  EXPECT_TRUE(store);
  return std::move(*store);
}

mode_t ModeOf(const std::string& path) {
  struct stat s{};
  EXPECT_EQ(lstat(path.c_str(), &s), 0) << path;
  return s.st_mode & 07777;
}

// Flips a byte of the blob's content, as a bad disk would.
void Damage(const std::string& path) {
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(0);
  file.put(byte);
}

TEST(ContentStore, KeepsBytesByTheirDigest) {
  TestDir dir;
  auto store = Open(dir);
  std::string content("a\0b", 3);
  Digest digest = *store->PutBytes(content);
  EXPECT_EQ(digest, Sha256(content));
  EXPECT_TRUE(store->Has(digest));
  EXPECT_EQ(*store->Get(digest), content);
  EXPECT_EQ(ModeOf(store->BlobPath(digest)), 0444u);
  EXPECT_EQ(*store->PutBytes(content), digest);
  EXPECT_FALSE(store->Has(Sha256("other")));
  EXPECT_EQ(store->Get(Sha256("other")).error().kind, ErrorKind::kInput);
  EXPECT_EQ(*store->Get(*store->PutBytes("")), "");
}

TEST(ContentStore, KeepsFilesOfAnySize) {
  TestDir dir;
  auto store = Open(dir);
  for (size_t size : {0ul, 1ul, 1ul << 20, (1ul << 20) + 1, 5'000'000ul}) {
    std::string content(size, 'x');
    for (size_t i = 0; i < size; i += 4096) content[i] = static_cast<char>(i >> 12);
    dir.Write("in", content);
    auto digest = store->PutFile(dir / "in");
    ASSERT_TRUE(digest) << digest.error().message;
    EXPECT_EQ(*digest, Sha256(content));
    EXPECT_EQ(*store->Get(*digest), content);
    EXPECT_EQ(*store->PutFile(dir / "in"), *digest);
  }
}

TEST(ContentStore, RefusesWhatIsNoFile) {
  TestDir dir;
  auto store = Open(dir);
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0644), 0);
  int listening = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::string path = dir / "sock";
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(bind(listening, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  for (const std::string& bad : {dir / "pipe", dir / "sock", std::string("/dev/null")}) {
    auto refused = store->PutFile(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kInput) << refused.error().message;
    EXPECT_FALSE(store->PutPath(bad));
  }
  EXPECT_FALSE(store->PutPath(dir.path()));
  EXPECT_EQ(store->PutFile(dir.path()).error().kind, ErrorKind::kInput);
  EXPECT_FALSE(store->PutFile(dir / "missing"));
  EXPECT_FALSE(store->PutPath(dir / "missing"));
  close(listening);
}

TEST(ContentStore, ADamagedBlobIsSaidAndPutAside) {
  TestDir dir;
  auto store = Open(dir);
  Digest digest = *store->PutBytes("precious");
  Damage(store->BlobPath(digest));
  auto read = store->Get(digest);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(store->Has(digest));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir / "store/corrupt"), {}), 1);
  ASSERT_TRUE(store->PutBytes("precious"));
  EXPECT_EQ(*store->Get(digest), "precious");
  // What a power cut left empty is written again.
  chmod(store->BlobPath(digest).c_str(), 0644);
  fs::resize_file(store->BlobPath(digest), 0);
  ASSERT_TRUE(store->PutBytes("precious"));
  EXPECT_EQ(*store->Get(digest), "precious");
}

// A directory with everything that a path can be.
void MakeZoo(const TestDir& dir, const std::string& name) {
  dir.Write(name + "/plain.txt", "plain");
  dir.Write(name + "/bin/tool", "#!/bin/sh\n");
  chmod((dir / (name + "/bin/tool")).c_str(), 0755);
  dir.Write(name + "/odd \n\xFF\xFE name", "odd");
  dir.Write(name + "/-x", "dash");
  dir.Write(name + "/a/b", "1");
  dir.Write(name + "/a.b", "2");
  dir.Write(name + "/a-b", "3");
  dir.Write(name + "/big", std::string(2'000'000, 'b'));
  fs::create_directories(dir / (name + "/empty/deeper"));
  fs::create_symlink("nowhere/at all", dir / (name + "/dangling"));
  fs::create_symlink("bin", dir / (name + "/link to directory"));
  std::string deep = name;
  for (int i = 0; i < 150; ++i) deep += "/d" + std::to_string(i);
  dir.Write(deep + "/leaf", "deep");
}

TEST(ContentStore, ADirectoryComesBackAsItWas) {
  TestDir dir;
  auto store = Open(dir);
  MakeZoo(dir, "in");
  auto tree = store->PutPath(dir / "in");
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(*store->PutPath(dir / "in"), *tree);
  ASSERT_TRUE(store->Restore(*tree, dir / "some/where/out"));
  std::string out = dir / "some/where/out";
  EXPECT_TRUE(*store->Matches(*tree, out));
  EXPECT_TRUE(*store->Matches(*tree, dir / "in"));
  EXPECT_EQ(*store->PutPath(out), *tree);
  EXPECT_EQ(ModeOf(out + "/plain.txt"), 0444u);
  EXPECT_EQ(ModeOf(out + "/bin/tool"), 0555u);
  EXPECT_EQ(fs::read_symlink(out + "/dangling"), "nowhere/at all");
  EXPECT_TRUE(fs::is_empty(out + "/empty/deeper"));
  // The files are copies: nobody reaches the store through them.
  struct stat s{};
  ASSERT_EQ(stat((out + "/plain.txt").c_str(), &s), 0);
  EXPECT_EQ(s.st_nlink, 1u);
}

TEST(ContentStore, MatchesSeesEveryDifference) {
  TestDir dir;
  auto store = Open(dir);
  MakeZoo(dir, "in");
  Digest tree = *store->PutPath(dir / "in");
  std::string out = dir / "out";
  auto differs = [&](auto change) {
    ASSERT_TRUE(store->Restore(tree, out));
    ASSERT_TRUE(*store->Matches(tree, out));
    change();
    auto matches = store->Matches(tree, out);
    ASSERT_TRUE(matches);
    EXPECT_FALSE(*matches);
  };
  differs([&] { fs::remove(out + "/plain.txt"); });
  differs([&] { dir.Write("out/more", ""); });
  differs([&] { fs::create_directory(out + "/more"); });
  differs([&] { fs::remove(out + "/empty/deeper"); });
  differs([&] { chmod((out + "/plain.txt").c_str(), 0744); });
  differs([&] { chmod((out + "/bin/tool").c_str(), 0644); });
  differs([&] {
    fs::remove(out + "/dangling");
    fs::create_symlink("nowhere", out + "/dangling");
  });
  differs([&] {
    fs::remove(out + "/plain.txt");
    fs::create_symlink("plain", out + "/plain.txt");
  });
  differs([&] {  // the same size and the same mtime
    auto time = fs::last_write_time(out + "/plain.txt");
    Damage(out + "/plain.txt");
    fs::last_write_time(out + "/plain.txt", time);
    chmod((out + "/plain.txt").c_str(), 0444);
  });
  differs([&] { fs::remove_all(out); });
  differs([&] {
    fs::remove_all(out);
    dir.Write("out", "file");
  });
}

TEST(ContentStore, SingleFilesLinksAndEmptyDirectoriesAreTrees) {
  TestDir dir;
  auto store = Open(dir);
  dir.Write("file", "content");
  fs::create_symlink("target", dir / "link");
  fs::create_directory(dir / "empty");
  dir.Write("full/of", "things");
  std::vector<Digest> trees;
  for (const char* name : {"file", "link", "empty", "full"}) {
    trees.push_back(*store->PutPath(dir / name));
    EXPECT_EQ(*store->DigestPath(dir / name), trees.back());
  }
  auto entries = *store->GetTree(trees[0]);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].path, "");
  EXPECT_EQ(entries[0].blob, Sha256("content"));
  // Each replaces each.
  for (size_t i = 0; i < trees.size(); ++i) {
    for (size_t j = 0; j < trees.size(); ++j) {
      ASSERT_TRUE(store->Restore(trees[i], dir / "out"));
      ASSERT_TRUE(store->Restore(trees[j], dir / "out"));
      EXPECT_TRUE(*store->Matches(trees[j], dir / "out")) << i << " " << j;
      EXPECT_EQ(*store->Matches(trees[i], dir / "out"), i == j) << i << " " << j;
    }
  }
  EXPECT_EQ(dir.Read("full/of"), "things");
}

TEST(ContentStore, AReaderSeesTheOldFileOrTheNewOne) {
  TestDir dir;
  auto store = Open(dir);
  dir.Write("a", std::string(100'000, 'a'));
  dir.Write("b", std::string(100'000, 'b'));
  Digest a = *store->PutPath(dir / "a");
  Digest b = *store->PutPath(dir / "b");
  ASSERT_TRUE(store->Restore(a, dir / "out"));
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(store->Restore(i % 2 == 0 ? b : a, dir / "out"));
  });
  for (int i = 0; i < 300; ++i) {
    std::string content = dir.Read("out");
    ASSERT_EQ(content.size(), 100'000u);
    EXPECT_EQ(content.front(), content.back());
  }
  writer.join();
}

TEST(ContentStore, ATreeCannotLeaveItsPlace) {
  TestDir dir;
  auto store = Open(dir);
  Digest blob = *store->PutBytes("evil");
  auto put = [&](std::vector<std::string> paths) {
    std::vector<TreeEntry> entries;
    for (const std::string& path : paths) entries.push_back({path, Type::kFile, blob, 4});
    return store->PutTree(entries);
  };
  for (const char* bad : {"../x", "/x", "a/../../x", "a//b", "a/", ".", "a/./b", "", ".."}) {
    EXPECT_EQ(put({bad, "z"}).error().kind, ErrorKind::kInput) << bad;
  }
  EXPECT_FALSE(put({std::string("a\0b", 3)}));
  EXPECT_FALSE(put({"a", "a"}));
  EXPECT_FALSE(put({"a", "a/b"}));
  EXPECT_FALSE(put({"a", "a-b", "a/b/c"}));
  EXPECT_FALSE(store->PutTree({{"l", Type::kSymlink, blob, 4}, {"l/x", Type::kFile, blob, 4}}));
  ASSERT_TRUE(put({"..x", "a..b/..c"}));
  // The same, past PutTree.
  std::string hex = blob.Hex();
  for (const std::string& evil :
       {"f 4 " + hex + " 4:../x\n", "f 4 " + hex + " 2:/x\n",
        "f 4 " + hex + " 1:b\nf 4 " + hex + " 1:a\n", "f 04 " + hex + " 1:b\n",
        "f 4 " + hex + " 1:b", "q 4 " + hex + " 1:b\n", "f 4 " + hex + " 99999999999999999999:b\n",
        "f 4 " + hex + " 9:b\n", std::string("f"), "d 0 " + hex + " 0:\n",
        "l 4 " + hex + " 1:a\nf 4 " + hex + " 3:a/b\n"}) {
    Digest tree = *store->PutBytes("opsc.tree/1\n" + evil);
    EXPECT_EQ(store->GetTree(tree).error().kind, ErrorKind::kCorrupt) << evil;
    EXPECT_FALSE(store->Restore(tree, dir / "out"));
    EXPECT_FALSE(fs::exists(dir / "out"));
  }
  EXPECT_EQ(store->GetTree(blob).error().kind, ErrorKind::kCorrupt);
  EXPECT_TRUE(store->Has(blob));
}

TEST(ContentStore, ARestoreThatFailsLeavesWhatWasThere) {
  TestDir dir;
  auto store = Open(dir);
  dir.Write("in/one", "1");
  dir.Write("in/two", "2");
  Digest tree = *store->PutPath(dir / "in");
  dir.Write("out/mine", "kept");
  Damage(store->BlobPath(Sha256("2")));
  auto restored = store->Restore(tree, dir / "out");
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(dir.Read("out/mine"), "kept");
  EXPECT_FALSE(store->Restore(tree, dir / "out"));  // now it is missing
  EXPECT_EQ(dir.Read("out/mine"), "kept");
  store.reset();
  EXPECT_TRUE(fs::is_empty(dir / "store/tmp"));
}

TEST(ContentStore, RecordsAreReplacedAndATornOneIsAbsent) {
  TestDir dir;
  auto store = Open(dir);
  Digest key = Sha256("key");
  EXPECT_FALSE(*store->GetRecord(key));
  ASSERT_TRUE(store->PutRecord(key, "one"));
  ASSERT_TRUE(store->PutRecord(key, std::string("t\0o", 3)));
  EXPECT_EQ(**store->GetRecord(key), std::string("t\0o", 3));
  std::string name = "store/records/" + key.Hex().substr(0, 2) + "/" + key.Hex().substr(2);
  std::string whole = dir.Read(name);
  for (size_t size = 0; size < whole.size(); ++size) {
    dir.Write(name, whole.substr(0, size));
    auto read = store->GetRecord(key);
    ASSERT_TRUE(read);
    EXPECT_FALSE(*read) << size;
  }
  // Another key's record under this name.
  dir.Write(name, whole);
  EXPECT_TRUE(*store->GetRecord(key));
  std::string other = Sha256("other").Hex();
  dir.Write("store/records/" + other.substr(0, 2) + "/" + other.substr(2), whole);
  EXPECT_FALSE(*store->GetRecord(Sha256("other")));
}

TEST(ContentStore, WhatDeadProcessesLeftIsRemovedAndTheLivingKeepTheirs) {
  TestDir dir;
  auto living = Open(dir);
  ASSERT_TRUE(living->PutBytes("x"));
  dir.Write("store/tmp/0123456789abcdef/7", "half");
  pid_t child = fork();
  if (child == 0) {
    auto store = Open(dir);
    (void)store->PutBytes("from the child");
    _exit(0);  // no destructor
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir / "store/tmp"), {}), 2);
  auto store = Open(dir);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir / "store/tmp"), {}), 1);
  EXPECT_TRUE(living->PutBytes("still works"));
}

TEST(ContentStore, ThreadsAndProcessesPutAndRestoreTheSame) {
  TestDir dir;
  for (int i = 0; i < 40; ++i) dir.Write("in/" + std::to_string(i), std::to_string(i % 10));
  std::vector<pid_t> children;
  for (int c = 0; c < 3; ++c) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    auto store = Open(dir);
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10; ++i) {
          auto tree = store->PutPath(dir / "in");
          if (!tree || !store->Restore(*tree, dir / "out")) ++failures;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    _exit(failures == 0 ? 0 : 1);
  }
  for (pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  auto store = Open(dir);
  EXPECT_TRUE(*store->Matches(*store->PutPath(dir / "in"), dir / "out"));
}

TEST(ContentStore, ContentThatChangesWhileItIsReadIsNeverMixed) {
  TestDir dir;
  auto store = Open(dir);
  std::atomic<bool> stop{false};
  dir.Write("f", std::string(500'000, 'a'));
  std::thread writer([&] {
    for (char c = 'b'; !stop; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
      std::fstream file(dir / "f", std::ios::in | std::ios::out | std::ios::binary);
      file << std::string(500'000, c);
    }
  });
  for (int i = 0; i < 30; ++i) {
    auto digest = store->PutFile(dir / "f");
    if (!digest) {
      EXPECT_NE(digest.error().message.find("changes while"), std::string::npos);
      continue;
    }
    EXPECT_TRUE(store->Get(*digest));  // which verifies it
  }
  stop = true;
  writer.join();
  auto digest = store->PutFile(dir / "f");
  ASSERT_TRUE(digest);
  EXPECT_EQ(*digest, Sha256(dir.Read("f")));
}

}  // namespace
}  // namespace opsc
