#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "runtime/base/program.h"
#include "runtime/git/repository.h"
#include "runtime/git/signature.h"
#include "runtime/git/tree_env.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;

// A repository made by git(1) with a fixed clock, beside a mirror of it.
class GitTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "opsc-git-XXXXXX").string();
    root_ = mkdtemp(name.data());
    fs::create_directories(root_ / "work");
    Run({"git", "init", "-q", "-b", "main", work()});
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string work() const { return (root_ / "work").string(); }
  std::string mirror() const { return (root_ / "mirror.git").string(); }

  std::string Run(std::vector<std::string> argv) {
    ProgramCall call{std::move(argv)};
    call.variables = {{"GIT_CONFIG_GLOBAL", "/dev/null"},
                      {"GIT_CONFIG_SYSTEM", "/dev/null"},
                      {"GIT_AUTHOR_NAME", "Ada"},
                      {"GIT_AUTHOR_EMAIL", "ada@example.com"},
                      {"GIT_COMMITTER_NAME", "Ada"},
                      {"GIT_COMMITTER_EMAIL", "ada@example.com"},
                      {"GNUPGHOME", (root_ / "gnupg").string()}};
    auto end = RunProgram(call, {});
    EXPECT_TRUE(end) << end.error().message;
    if (!end) return "";
    EXPECT_EQ(end->exit_code, 0) << call.argv[0] << ": " << end->err;
    return end->out.substr(0, end->out.find_last_not_of('\n') + 1);
  }
  std::string Git(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"git", "-C", work()});
    return Run(std::move(arguments));
  }
  void Write(const std::string& path, const std::string& text) {
    fs::path file = root_ / "work" / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::string CommitAll(const std::string& message, std::vector<std::string> options = {}) {
    Git({"add", "-A"});
    std::vector<std::string> arguments = {"commit", "-q", "--allow-empty", "-m", message};
    arguments.insert(arguments.begin(), options.begin(), options.end());
    Git(arguments);
    return Git({"rev-parse", "HEAD"});
  }
  std::unique_ptr<GitRepository> Mirror() {
    auto opened = OpenMirror(mirror());
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  std::string Read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path root_;
};

const GitRef kMain{GitRef::Kind::kBranch, "main"};

TEST_F(GitTest, AMirrorFollowsABranch) {
  Write("deploy/app.ops", "edition 2026\n");
  std::string first = CommitAll("first");
  ASSERT_TRUE(FetchInto(mirror(), work(), {}));
  EXPECT_EQ(Mirror()->Resolve(kMain).value(), first);
  std::string second = CommitAll("second");
  ASSERT_TRUE(FetchInto(mirror(), "file://" + work(), {}));
  auto repository = Mirror();
  EXPECT_EQ(repository->Resolve(kMain).value(), second);
  EXPECT_TRUE(repository->Contains(second, first));
  EXPECT_FALSE(repository->Contains(first, second));
  GitCommit commit = repository->Commit(second).value();
  EXPECT_EQ(commit.author, "Ada");
  EXPECT_EQ(commit.email, "ada@example.com");
  EXPECT_EQ(commit.subject, "second");
  EXPECT_TRUE(commit.signature.empty());
}

TEST_F(GitTest, TagsCommitsAndRevisionsAreResolved) {
  std::string first = CommitAll("first");
  Git({"tag", "-m", "annotated", "v1"});
  std::string second = CommitAll("second");
  ASSERT_TRUE(FetchInto(mirror(), work(), {}));
  auto repository = Mirror();
  EXPECT_EQ(repository->Resolve({GitRef::Kind::kTag, "v1"}).value(), first);
  EXPECT_EQ(repository->Resolve({GitRef::Kind::kCommit, first}).value(), first);
  EXPECT_EQ(repository->Resolve({GitRef::Kind::kRevision, "main~1"}).value(), first);
  auto missing = repository->Resolve({GitRef::Kind::kTag, "v2"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "there is no tag `v2`");
  EXPECT_EQ(missing.error().hint, "there is v1");
  EXPECT_FALSE(repository->Resolve({GitRef::Kind::kBranch, "main^{/first}"}));
  EXPECT_FALSE(repository->Resolve({GitRef::Kind::kCommit, second.substr(0, 7)}));
}

TEST_F(GitTest, ARewrittenBranchMovesAndARemovedOneGoes) {
  CommitAll("first");
  Git({"branch", "old"});
  std::string lost = CommitAll("second");
  ASSERT_TRUE(FetchInto(mirror(), work(), {}));
  Git({"reset", "-q", "--hard", "HEAD~1"});
  Git({"branch", "-D", "old"});
  std::string rewritten = CommitAll("other");
  ASSERT_TRUE(FetchInto(mirror(), work(), {}));
  auto repository = Mirror();
  EXPECT_EQ(repository->Resolve(kMain).value(), rewritten);
  EXPECT_FALSE(repository->Contains(rewritten, lost));
  EXPECT_TRUE(repository->Commit(lost)) << "what was applied can still be looked at";
  EXPECT_FALSE(repository->Resolve({GitRef::Kind::kBranch, "old"}));
}

TEST_F(GitTest, TheMirrorKeepsWhatItHadWhenTheOriginVanishes) {
  Write("a.ops", "edition 2026\n");
  std::string first = CommitAll("first");
  ASSERT_TRUE(FetchInto(mirror(), work(), {}));
  fs::remove_all(work());
  Status fetched = FetchInto(mirror(), work(), {});
  ASSERT_FALSE(fetched);
  EXPECT_TRUE(fetched.error().message.starts_with("cannot fetch `" + work()))
      << fetched.error().message;
  auto repository = Mirror();
  EXPECT_EQ(repository->Resolve(kMain).value(), first);
  EXPECT_EQ(repository->Tree(first, ".").value()->Read("a.ops").value(), "edition 2026\n");
}

TEST_F(GitTest, AKilledFetchLeavesNothingInTheWay) {
  CommitAll("first");
  ASSERT_TRUE(FetchInto(mirror(), work(), {}));
  std::string second = CommitAll("second");
  std::ofstream(fs::path(mirror()) / "refs/heads/main.lock") << "";
  std::ofstream(fs::path(mirror()) / "packed-refs.lock") << "";
  ASSERT_TRUE(FetchInto(mirror(), work(), {}));
  EXPECT_EQ(Mirror()->Resolve(kMain).value(), second);
  fs::remove(fs::path(mirror()) / "HEAD");
  ASSERT_TRUE(FetchInto(mirror(), work(), {})) << "a damaged mirror is made anew";
  EXPECT_EQ(Mirror()->Resolve(kMain).value(), second);
}

TEST_F(GitTest, ATreeIsReadWithoutACheckout) {
  Write("README.md", "not below the path");
  Write("deploy/app.ops", "edition 2026\n");
  Write("deploy/conf/a.txt", "a");
  fs::create_symlink("../../README.md", root_ / "work/deploy/conf/link");
  std::string id = CommitAll("first");
  Git({"update-index", "--add", "--cacheinfo", "160000," + id + ",deploy/sub"});
  Git({"commit", "-q", "-m", "a submodule"});
  id = Git({"rev-parse", "HEAD"});
  auto repository = DiscoverRepository(work() + "/deploy").value();
  EXPECT_EQ(repository->work_directory(), work());
  auto tree = repository->Tree(id, "deploy").value();
  EXPECT_EQ(tree->Read("conf/a.txt").value(), "a");
  EXPECT_EQ(tree->Read("conf/link").error().message,
            "`conf/link` is a symbolic link, and links are not followed");
  EXPECT_EQ(tree->Read("sub").error().message,
            "`sub` is a submodule, and submodules are not fetched");
  EXPECT_EQ(tree->Read("conf").error().message, "`conf` is a directory");
  EXPECT_EQ(tree->Read("../README.md").error().message, "`../README.md` is not in the commit");
  EXPECT_FALSE(repository->Tree(id, "../deploy"));
  EXPECT_FALSE(repository->Tree(id, "/etc"));
  EXPECT_FALSE(repository->Tree(id, "README.md"));
  EXPECT_FALSE(repository->Tree(id, "deploy/conf/link"));
}

TEST_F(GitTest, LimitsHold) {
  Write("a", "12345");
  Write("b", "12345");
  std::string id = CommitAll("first");
  auto repository = DiscoverRepository(work()).value();
  EXPECT_FALSE(repository->Tree(id, ".", {.max_entries = 1}));
  EXPECT_FALSE(repository->Tree(id, ".", {.max_file_bytes = 4}));
  auto large = repository->Tree(id, ".", {.max_bytes = 9});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().message,
            "`b` makes the commit too large: 5 bytes, 10 with what stands before it");
  EXPECT_TRUE(repository->Tree(id, ".", {.max_entries = 2, .max_file_bytes = 5, .max_bytes = 10}));
}

TEST_F(GitTest, ATreeIsAnEnvThatNobodyWrites) {
  Write("deploy/app.ops", "edition 2026\n");
  std::string id = CommitAll("first");
  MemoryEnv world;
  world.nodes["/outside"] = {.content = "x"};
  std::shared_ptr<GitTree> tree = DiscoverRepository(work()).value()->Tree(id, ".").value();
  auto env = MakeTreeEnv(tree, "/mount", &world);
  EXPECT_EQ(env->ReadFile("/mount/deploy/app.ops").value(), "edition 2026\n");
  EXPECT_EQ(env->List("/mount/deploy").value().at(0).name, "app.ops");
  EXPECT_EQ(env->Stat("/mount").type, FileType::kDirectory);
  EXPECT_EQ(env->Stat("/mount/deploy/app.ops").type, FileType::kFile);
  EXPECT_EQ(env->Stat("/mount/none").type, FileType::kMissing);
  EXPECT_EQ(env->ReadFile("/outside").value(), "x");
  EXPECT_FALSE(env->WriteFile("/mount/new", "x", 0644));
  EXPECT_FALSE(env->Remove("/mount/deploy/app.ops"));
}

TEST_F(GitTest, SshSignaturesAreJudged) {
  auto key = [&](const std::string& name) {
    std::string path = (root_ / name).string();
    Run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name + "@example.com", "-f", path});
    return path;
  };
  std::string ada = key("ada"), eve = key("eve");
  auto sign = [&](const std::string& path) {
    std::vector<std::string> options = {"-c", "gpg.format=ssh", "-c", "user.signingkey=" + path};
    Git({"add", "-A"});
    std::vector<std::string> arguments = options;
    arguments.insert(arguments.end(), {"commit", "-q", "-S", "--allow-empty", "-m", "signed"});
    Git(arguments);
    return Git({"rev-parse", "HEAD"});
  };
  std::string good = sign(ada), foreign = sign(eve), none = CommitAll("unsigned");
  auto repository = DiscoverRepository(work()).value();
  std::vector<SignerKeys> keys = {{"keys/ada.pub", Read(ada + ".pub")}};
  auto judge = [&](const GitCommit& commit, const std::vector<SignerKeys>& allowed) {
    auto signature = VerifySignature(commit, allowed, root_.string(), {});
    EXPECT_TRUE(signature) << signature.error().message;
    return signature.value_or(Signature{});
  };
  Signature by_ada = judge(repository->Commit(good).value(), keys);
  EXPECT_EQ(by_ada.state, SignatureState::kGood) << by_ada.detail;
  EXPECT_EQ(by_ada.signer, "ada@example.com");
  EXPECT_EQ(judge(repository->Commit(foreign).value(), keys).state, SignatureState::kForeign);
  EXPECT_EQ(judge(repository->Commit(none).value(), keys).state, SignatureState::kUnsigned);
  GitCommit altered = repository->Commit(good).value();
  altered.payload += "x";
  EXPECT_EQ(judge(altered, keys).state, SignatureState::kBad);
  std::string line = "ada valid-before=\"20200101\" " + Read(ada + ".pub");
  Signature expired = judge(repository->Commit(good).value(), {{"signers", line}});
  EXPECT_EQ(expired.state, SignatureState::kForeign) << "not valid when it was made either";
  EXPECT_FALSE(VerifySignature(repository->Commit(good).value(), {{"empty.pub", "# none\n"}},
                               root_.string(), {}));
  EXPECT_FALSE(fs::exists(root_ / "verify")) << "nothing is left behind";
}

TEST_F(GitTest, AnExpiredSshKeyIsNamed) {
  std::string ada = (root_ / "ada").string();
  Run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", ada});
  Git({"-c", "gpg.format=ssh", "-c", "user.signingkey=" + ada, "commit", "-q", "-S",
       "--allow-empty", "-m", "signed"});
  GitCommit commit = DiscoverRepository(work()).value()->Commit(Git({"rev-parse", "HEAD"})).value();
  commit.time = Time(std::chrono::sys_days(std::chrono::year(2019) / 6 / 1));
  std::string line = "ada@example.com valid-before=\"20200101\" " + Read(ada + ".pub");
  Signature expired = VerifySignature(commit, {{"signers", line}}, root_.string(), {}).value();
  EXPECT_EQ(expired.state, SignatureState::kExpired);
  EXPECT_EQ(expired.detail, "the key of ada@example.com is not valid any more");
}

TEST_F(GitTest, PgpSignaturesAreJudged) {
  fs::create_directory(root_ / "gnupg");
  fs::permissions(root_ / "gnupg", fs::perms::owner_all);
  auto key = [&](const std::string& name, const std::string& expires) {
    std::vector<std::string> argv = {"gpg",
                                     "--batch",
                                     "--quiet",
                                     "--pinentry-mode",
                                     "loopback",
                                     "--passphrase",
                                     "",
                                     "--quick-gen-key",
                                     name + " <" + name + "@example.com>",
                                     "ed25519",
                                     "sign",
                                     expires};
    Run(argv);
    return SignerKeys{name + ".asc", Run({"gpg", "--armor", "--export", name})};
  };
  SignerKeys ada = key("ada", "1d"), eve = key("eve", "1d");
  auto sign = [&](const std::string& name) {
    Git({"-c", "user.signingkey=" + name + "@example.com", "commit", "-q", "-S", "--allow-empty",
         "-m", "signed by " + name});
    return DiscoverRepository(work()).value()->Commit(Git({"rev-parse", "HEAD"})).value();
  };
  GitCommit by_ada = sign("ada"), by_eve = sign("eve");
  Signature good = VerifySignature(by_ada, {ada}, root_.string(), {}).value();
  EXPECT_EQ(good.state, SignatureState::kGood) << good.detail;
  EXPECT_EQ(good.signer, "ada <ada@example.com>");
  EXPECT_EQ(VerifySignature(by_eve, {ada}, root_.string(), {}).value().state,
            SignatureState::kForeign);
  EXPECT_EQ(VerifySignature(by_eve, {ada, eve}, root_.string(), {}).value().state,
            SignatureState::kGood);
  by_ada.payload += "x";
  EXPECT_EQ(VerifySignature(by_ada, {ada}, root_.string(), {}).value().state, SignatureState::kBad);
  Run({"gpgconf", "--kill", "all"});
}

TEST_F(GitTest, HistoryIsWalkedNewestFirstWithWhatChanged) {
  Write("src/a.txt", "1\n2\n3\n");
  Write("b.bin", std::string("\0\1", 2));
  std::string first = CommitAll("first");
  Git({"checkout", "-q", "-b", "side"});
  Write("side.txt", "1\n");
  std::string side = CommitAll("side\n\nwith a body");
  Git({"checkout", "-q", "main"});
  Write("src/a.txt", "1\nzwei\n3\n4\n");
  fs::remove(root_ / "work" / "b.bin");
  std::string second = CommitAll("second");
  Git({"merge", "-q", "--no-ff", "-m", "merged", "side"});
  std::string merged = Git({"rev-parse", "HEAD"});

  std::map<std::string, GitHistoryEntry> seen;
  std::vector<std::string> order;
  auto sink = [&](const GitHistoryEntry& entry) -> Status {
    order.push_back(entry.id);
    seen[entry.id] = entry;
    return {};
  };
  auto repository = DiscoverRepository(work()).value();
  ASSERT_TRUE(repository->History(merged, sink, {}));
  ASSERT_EQ(order.size(), 4u);
  EXPECT_EQ(order.front(), merged);
  EXPECT_EQ(seen[merged].parents, 2u);
  EXPECT_TRUE(seen[merged].changes.empty());
  EXPECT_EQ(seen[side].message, "side\n\nwith a body\n");
  EXPECT_EQ(seen[side].email, "ada@example.com");
  const auto& changes = seen[second].changes;
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].path, "b.bin");
  EXPECT_EQ(changes[0].insertions + changes[0].deletions, 0u);
  EXPECT_EQ(changes[1].path, "src/a.txt");
  EXPECT_EQ(changes[1].insertions, 2u);
  EXPECT_EQ(changes[1].deletions, 1u);
  EXPECT_EQ(seen[first].parents, 0u);
  EXPECT_EQ(seen[first].changes.size(), 2u);

  auto refuse = [](const GitHistoryEntry&) -> Status { return Fail(ErrorKind::kInput, "enough"); };
  EXPECT_EQ(repository->History(merged, refuse, {}).error().message, "enough");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(repository->History(merged, sink, stop.get_token()).error().kind,
            ErrorKind::kCancelled);
}

TEST_F(GitTest, AShallowCloneHasNoHistory) {
  CommitAll("first");
  CommitAll("second");
  std::string clone = (root_ / "shallow").string();
  Run({"git", "clone", "-q", "--depth", "1", "file://" + work(), clone});
  auto repository = DiscoverRepository(clone).value();
  std::string head = repository->Resolve({GitRef::Kind::kRevision, "HEAD"}).value();
  auto walked = repository->History(head, [](const GitHistoryEntry&) { return Status(); }, {});
  ASSERT_FALSE(walked);
  EXPECT_EQ(walked.error().message, "the clone is shallow: its history is cut off");
}

TEST(GitUrl, UsersAndPasswordsAreNotPrinted) {
  EXPECT_EQ(PrintUrl("https://ada:geheim@example.com/a.git"), "https://example.com/a.git");
  EXPECT_EQ(PrintUrl("https://example.com/a@b.git"), "https://example.com/a@b.git");
  EXPECT_EQ(PrintUrl("/srv/a@b.git"), "/srv/a@b.git");
  EXPECT_EQ(LocalPath("/srv/a.git"), "/srv/a.git");
  EXPECT_EQ(LocalPath("./a.git"), "./a.git");
  EXPECT_EQ(LocalPath("file:///srv/a.git"), "/srv/a.git");
  EXPECT_EQ(LocalPath("git@example.com:shop.git"), "");
  EXPECT_EQ(LocalPath("https://example.com/shop.git"), "");
}

}  // namespace
}  // namespace opsc
