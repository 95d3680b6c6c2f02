// Commits as rows of a table: what each was like, and whether it had to be fixed soon.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/git/history.h"

namespace opsc {

// What a fix is, and how soon it counts.
struct CommitRowOptions {
  std::chrono::nanoseconds within = std::chrono::days(30);  // at most ten years
  std::set<std::string> fix_words;                          // lower case
  enum class Authors : uint8_t { kHashed, kNamed } authors = Authors::kHashed;
};

inline constexpr std::string_view kFixWords =
    "fix,fixes,fixed,fixing,bugfix,hotfix,revert,reverts,reverted";
// "fix,mend" → its words, lower case.
std::set<std::string> FixWordsOf(std::string_view list);

// The CSV of a history that comes newest first. What it holds grows with the files that fixes
// touched, not with the commits.
class CommitRows {
 public:
  explicit CommitRows(CommitRowOptions options) : options_(std::move(options)) {}

  static std::string_view Header();
  std::string Row(const GitHistoryEntry& commit);

 private:
  // What became of a commit, and when that was known.
  struct Outcome {
    std::string_view fixed;        // "true", "false", "": a merge, or too early to say
    std::optional<Time> fixed_at;  // the first fix in time, also where it is too early for `fixed`
    Time known{};
  };
  Outcome OutcomeOf(const GitHistoryEntry& commit);
  void RememberFix(const GitHistoryEntry& commit);

  CommitRowOptions options_;
  Time until_ = Time::min();                                     // of the newest commit so far
  std::map<std::string, std::vector<Time>, std::less<>> fixes_;  // of a file, in order
};

}  // namespace opsc
