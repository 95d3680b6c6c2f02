// Git repositories as a source of truth: revisions, commits and trees, read without a checkout.
// The only folder that sees libgit2.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/result.h"
#include "runtime/git/history.h"

namespace opsc {

// What is followed in a repository.
struct GitRef {
  enum class Kind : uint8_t { kBranch, kTag, kCommit, kRevision };
  Kind kind = Kind::kBranch;  // kRevision: what git-rev-parse(1) takes: "HEAD~2", "main", "v1"
  std::string name;
  friend bool operator==(const GitRef&, const GitRef&) = default;
};
std::string PrintRef(const GitRef& ref);  // "branch `main`"

struct GitCommit {
  std::string id;  // 40 hex digits
  std::string author;
  std::string email;
  Time time{};            // of the commit
  std::string subject;    // first line of the message
  std::string signature;  // armoured; empty: unsigned
  std::string payload;    // what was signed

  std::string short_id() const { return id.substr(0, 10); }
};

// What a commit may hold below the path that is read.
struct TreeLimits {
  size_t max_entries = 100'000;
  uint64_t max_file_bytes = 64u << 20;
  uint64_t max_bytes = 512u << 20;
};

// The files of one commit below a path, by their path relative to it. Blobs are read when asked
// for. Thread-safe.
class GitTree {
 public:
  struct Entry {
    FileType type = FileType::kMissing;  // kSymlink and kOther (a submodule) cannot be read
    bool executable = false;
    uint64_t size = 0;  // bytes
    std::string blob;   // 40 hex digits
  };
  virtual ~GitTree() = default;

  // Fails by name for a symbolic link, a submodule, a directory, and what is not there.
  virtual Result<std::string> Read(const std::string& path) = 0;
  virtual const std::map<std::string, Entry>& entries() const = 0;  // files, links, submodules
  virtual const std::map<std::string, std::vector<DirEntry>>& directories() const = 0;  // "": root
  virtual Time time() const = 0;  // of the commit
};

// One thread at a time.
class GitRepository {
 public:
  virtual ~GitRepository() = default;

  // The id of the commit that `ref` names now; kInput with what there is where there is none.
  virtual Result<std::string> Resolve(const GitRef& ref) = 0;
  virtual Result<GitCommit> Commit(const std::string& id) = 0;
  // `path`: a directory of the commit; "" or "." for all of it.
  virtual Result<std::unique_ptr<GitTree>> Tree(const std::string& id, std::string_view path,
                                                const TreeLimits& limits = {}) = 0;
  // Is `ancestor` part of the history of `id`? false also where one of them is not there.
  virtual bool Contains(const std::string& id, const std::string& ancestor) = 0;
  // The commit and all that it descends from, by commit time, newest first, one in memory at a
  // time. kInput for a shallow clone.
  virtual Status History(const std::string& id, const GitHistorySink& sink,
                         std::stop_token stop) = 0;
  // Of the files: "" for a bare repository; else absolute, without a slash at the end.
  virtual std::string work_directory() const = 0;
};

// The repository at `path` or in a directory above it.
Result<std::unique_ptr<GitRepository>> DiscoverRepository(const std::string& path);

// A bare mirror: what FetchInto brings into it stays, whatever becomes of the origin. Makes it
// where there is none. Clears away what a killed fetch left; one that cannot be read any more is
// made anew. REQUIRES: nobody else uses `directory`.
Result<std::unique_ptr<GitRepository>> OpenMirror(const std::string& directory);

// Brings all branches and tags of `url` (also a local path) into the mirror; those that are gone
// there go, a branch that was rewritten moves. Fails with the reason, and the mirror stays as it
// was. May wait for the network as long as it likes: RunProgram on `opsc __fetch` sets the limit.
Status FetchInto(const std::string& directory, const std::string& url, std::stop_token stop);

// `file://` and a path itself: the path; otherwise "".
std::string LocalPath(const std::string& url);
// Without user and password.
std::string PrintUrl(const std::string& url);

}  // namespace opsc
