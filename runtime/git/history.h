// What the commits of a history changed, newest first.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/result.h"

namespace opsc {

// One file of a commit. Binary files and such beyond 8 MiB have no lines; a file that was moved is
// one that went and one that came.
struct GitChange {
  std::string path;
  uint64_t insertions = 0;  // lines
  uint64_t deletions = 0;
};

// A commit with what it changed against its first parent; `changes` of a merge is empty.
struct GitHistoryEntry {
  std::string id;  // 40 hex digits
  std::string author;
  std::string email;
  Time authored{};
  std::chrono::minutes zone{};  // of the author's clock: local time is `authored` + `zone`
  Time committed{};
  std::string message;
  size_t parents = 0;
  std::vector<GitChange> changes;
};

// What it returns other than success ends the walk.
using GitHistorySink = std::function<Status(const GitHistoryEntry&)>;

}  // namespace opsc
