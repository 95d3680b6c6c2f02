#include "runtime/git/history_walk.h"

#include <fmt/format.h>

#include <algorithm>

namespace opsc {
namespace {

using GitRevwalkPtr = GitOwned<git_revwalk, &LibgitLibrary::revwalk_free>;
using GitDiffPtr = GitOwned<git_diff, &LibgitLibrary::diff_free>;
using GitPatchPtr = GitOwned<git_patch, &LibgitLibrary::patch_free>;

constexpr int64_t kMaxFileBytes = 8 << 20;

// A commit may claim any second; what nanoseconds cannot hold becomes the year 1716 or 2223.
Time TimeOf(int64_t seconds) {
  constexpr int64_t kMost = 8'000'000'000;
  return Time(std::chrono::seconds(std::clamp(seconds, -kMost, kMost)));
}

// What a clone without all objects lacks is a matter of the clone, not of the machine.
std::unexpected<Error> FailRead(const std::string& id, int code) {
  auto failed = FailGit("cannot read what commit " + id + " changed", code);
  if (code == GIT_ENOTFOUND) {
    failed.error().hint =
        "the clone is partial: `git clone --bare URL DIRECTORY` makes a whole one";
  }
  return failed;
}

Result<GitTreePtr> TreeOf(const git_commit* commit, const std::string& id) {
  git_tree* raw = nullptr;
  if (int code = Git().commit_tree(&raw, commit); code < 0) return FailRead(id, code);
  return GitTreePtr(raw);
}

// The tree before `commit`; none for the first.
Result<GitTreePtr> TreeBefore(const git_commit* commit, const std::string& id) {
  if (Git().commit_parentcount(commit) == 0) return GitTreePtr();
  git_commit* raw = nullptr;
  if (int code = Git().commit_parent(&raw, commit, 0); code < 0) return FailRead(id, code);
  return TreeOf(GitCommitPtr(raw).get(), id);
}

Status CountLines(git_diff* diff, size_t index, const std::string& id, GitChange& change) {
  git_patch* raw = nullptr;
  if (int code = Git().patch_from_diff(&raw, diff, index); code < 0) return FailRead(id, code);
  GitPatchPtr patch(raw);
  if (patch == nullptr) return {};  // binary, or only its mode
  size_t insertions = 0, deletions = 0;
  if (int code = Git().patch_line_stats(nullptr, &insertions, &deletions, patch.get()); code < 0) {
    return FailRead(id, code);
  }
  change.insertions = insertions;
  change.deletions = deletions;
  return {};
}

Status ReadChanges(git_repository* repository, const git_commit* commit, GitHistoryEntry& entry) {
  OPS_ASSIGN(GitTreePtr before, TreeBefore(commit, entry.id));
  OPS_ASSIGN(GitTreePtr after, TreeOf(commit, entry.id));
  git_diff_options options;
  Git().diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.context_lines = 0;
  options.max_size = kMaxFileBytes;
  git_diff* raw = nullptr;
  int code = Git().diff_tree_to_tree(&raw, repository, before.get(), after.get(), &options);
  if (code < 0) return FailRead(entry.id, code);
  GitDiffPtr diff(raw);
  size_t count = Git().diff_num_deltas(diff.get());
  for (size_t i = 0; i < count; ++i) {
    GitChange& change = entry.changes.emplace_back();
    change.path = Git().diff_get_delta(diff.get(), i)->new_file.path;
    OPS_TRY(CountLines(diff.get(), i, entry.id, change));
  }
  return {};
}

Result<GitHistoryEntry> ReadEntry(git_repository* repository, const git_oid& id) {
  GitHistoryEntry entry;
  entry.id = HexId(id);
  git_commit* raw = nullptr;
  if (int code = Git().commit_lookup(&raw, repository, &id); code < 0) {
    return FailRead(entry.id, code);
  }
  GitCommitPtr commit(raw);
  const git_signature* author = Git().commit_author(commit.get());
  entry.author = author->name;
  entry.email = author->email;
  entry.authored = TimeOf(author->when.time);
  entry.zone = std::chrono::minutes(std::clamp(author->when.offset, -24 * 60, 24 * 60));
  entry.committed = TimeOf(Git().commit_time(commit.get()));
  if (const char* message = Git().commit_message(commit.get())) entry.message = message;
  entry.parents = Git().commit_parentcount(commit.get());
  if (entry.parents < 2) OPS_TRY(ReadChanges(repository, commit.get(), entry));
  return entry;
}

}  // namespace

Status WalkHistory(git_repository* repository, const git_oid& id, const GitHistorySink& sink,
                   std::stop_token stop) {
  if (Git().repository_is_shallow(repository) == 1) {
    return Fail(ErrorKind::kInput, "the clone is shallow: its history is cut off",
                "`git fetch --unshallow` brings the rest");
  }
  OPS_ASSIGN(auto walk, MakeGit<GitRevwalkPtr>("cannot walk the history", [&](auto out) {
               return Git().revwalk_new(out, repository);
             }));
  Git().revwalk_sorting(walk.get(), GIT_SORT_TIME);
  if (int code = Git().revwalk_push(walk.get(), &id); code < 0) {
    return FailGit("cannot walk the history of " + HexId(id), code);
  }
  git_oid next;
  int code = 0;
  while ((code = Git().revwalk_next(&next, walk.get())) == 0) {
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "interrupted");
    OPS_ASSIGN(GitHistoryEntry entry, ReadEntry(repository, next));
    OPS_TRY(sink(entry));
  }
  if (code != GIT_ITEROVER) return FailGit("cannot walk the history of " + HexId(id), code);
  return {};
}

}  // namespace opsc
