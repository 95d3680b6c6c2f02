// When results were used last, by the week: PROJECT/.ops/cache/used/WEEK.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"

namespace opsc {

// The results that this process has used. Format: docs/formats/cache.md. Not thread-safe.
class ResultUse {
 public:
  explicit ResultUse(const std::string& state_dir);

  void Note(const Digest& key) { noted_.insert(key); }
  // Writes what this week's file does not have yet.
  Status Save(Time now);

 private:
  const std::string directory_;
  std::unordered_set<Digest> noted_;
};

// Each key that was used, with the end of the last week in which it was.
std::unordered_map<Digest, Time> ReadResultUse(const std::string& state_dir);
// Removes the files of weeks that ended before `keep_from`.
Status ForgetResultUse(const std::string& state_dir, Time keep_from);

}  // namespace opsc
