// Care of PROJECT/.ops: what nothing needs any more, and what is damaged.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/graph/state.h"

namespace opsc {

// What may go. Contents that the state names always stay, as does what the last run has made.
struct GarbageOptions {
  enum class Mode { kRemove, kDryRun };
  Time keep_from{};                       // results and logs written or used since stay
  std::optional<uint64_t> max_bytes;      // then the oldest of them go, until the rest fits
  std::unordered_map<Digest, Time> used;  // when results were used last, by their keys
  Mode mode = Mode::kRemove;
};

struct GarbageAmount {
  uint64_t count = 0;
  uint64_t bytes = 0;

  void Add(uint64_t size) {
    ++count;
    bytes += size;
  }
};

// What was removed (or would be), and what is left.
struct Garbage {
  GarbageAmount results;   // records of tasks
  GarbageAmount contents;  // blobs and trees that nothing names
  GarbageAmount logs;      // files
  GarbageAmount damaged;   // contents that were put aside
  GarbageAmount kept;      // all of these that stay
};

// Removes results first, then what only they named: a process that dies in between leaves garbage,
// never a result without its contents. See docs/formats/store.md, "What is removed".
// REQUIRES: the caller holds the lock of the state.
Result<Garbage> CollectGarbage(const std::string& state_dir, Journal& journal,
                               const GarbageOptions& options);

// What `VerifyContents` has read.
struct ContentsCheck {
  GarbageAmount contents;
  std::vector<Digest> damaged;       // not what their names say; now put aside, so they are absent
  std::vector<std::string> missing;  // addresses whose recorded files are not in the store
};

// Reads every stored content and compares it with its digest.
Result<ContentsCheck> VerifyContents(const std::string& state_dir, Journal& journal);

}  // namespace opsc
