// `.ops/out`: results of tasks as files that people, services and other programs can use.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "runtime/base/env.h"
#include "runtime/graph/content_store.h"
#include "runtime/graph/sightings.h"
#include "runtime/value/value.h"

namespace opsc {

// Keeps what stands below `.ops/out` equal to what tasks have made. What was put there is
// remembered with the stats of its files, so that an untouched result costs one stat a file.
// Thread-safe.
class OutDirectory {
 public:
  OutDirectory(const std::string& state_dir, Env* env, ContentStore* store);

  // Makes `.ops/out/<address>/` hold the files of `outs`; deleted or changed ones are restored.
  Status Materialize(const std::string& address, const Value& outs);
  // Writes what was learnt. Results that are so young that a change might not show in their stats
  // are compared with the store first.
  Status Save();
  // All that stands at the places that were made to hold something, as it is now.
  void AddSeen(Sightings& seen);

 private:
  // What stands at a path: the tree that was put there, and what its files looked like then.
  struct Stamp {
    Digest tree;
    Digest stats;
    bool settled = false;  // a later change shows in the stats
    bool fresh = false;    // not in the file yet
    bool wanted = false;   // by this process
  };
  struct Look {
    Digest stats;  // of all files and directories; empty: nothing is there
    int64_t newest_ns = 0;
  };
  Look LookAt(const std::string& path) const;
  Status Put(const std::string& path, const Digest& tree);
  Status Verify(const std::string& path, const Digest& tree);
  bool IsSettled(const Look& look) const;
  void Load();

  const std::string directory_;
  const std::string stamps_path_;
  Env* const env_;
  ContentStore* const store_;
  std::mutex mutex_;
  bool loaded_ = false;
  size_t in_file_ = 0;
  std::unordered_map<std::string, Stamp> stamps_;  // by path relative to `.ops/out`
};

}  // namespace opsc
