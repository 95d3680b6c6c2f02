// A process's own place for unfinished files.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "runtime/store/posix_file.h"

namespace opsc {

// A directory `BASE/<random>` that only this object writes to, made at the first use. It is locked
// (flock) as long as the object lives; what a dead process left is removed by RemoveDead, on any
// machine and in any PID namespace that sees the lock. Thread-safe.
class ScratchDir {
 public:
  explicit ScratchDir(std::string base) : base_(std::move(base)) {}
  ~ScratchDir();

  // A name in the directory that nobody else gets.
  Result<std::string> NewPath();
  // Removes the directories of others below the base whose owner is dead.
  void RemoveDead() const;

 private:
  Status Make();

  std::string base_;
  std::mutex mutex_;  // guards path_ and lock_ until they are made
  std::string path_;
  Fd lock_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace opsc
