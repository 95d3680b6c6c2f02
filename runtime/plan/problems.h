// What stands in the way of a plan: collected, so that one run reports all of it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// Errors in the order in which they were found; the same one of several addresses is one.
class Problems {
 public:
  void Add(Error error) { problems_.push_back({{}, std::move(error)}); }
  void Add(const std::string& address, Error error) {
    auto same = std::ranges::find_if(problems_, [&](const Problem& problem) {
      return !problem.addresses.empty() && problem.error.message == error.message;
    });
    if (same == problems_.end()) {
      problems_.push_back({{address}, std::move(error)});
    } else {
      same->addresses.push_back(address);
    }
  }
  bool empty() const { return problems_.empty(); }

  // All of them as one: a line each, at most `kShown`; kind and way out are those of the first.
  Error Joined() const {
    constexpr size_t kShown = 20;
    Error joined = problems_.front().error;
    joined.message = Text(problems_.front());
    for (size_t i = 1; i < problems_.size() && i < kShown; ++i) {
      const std::string& hint = problems_[i].error.hint;
      joined.message += "\n" + Text(problems_[i]);
      if (!hint.empty() && hint != problems_[i - 1].error.hint) joined.message += " (" + hint + ")";
    }
    if (problems_.size() > kShown) {
      joined.message += "\nand " + std::to_string(problems_.size() - kShown) + " more";
    }
    return joined;
  }

 private:
  struct Problem {
    std::vector<std::string> addresses;
    Error error;
  };

  static std::string Text(const Problem& problem) {
    constexpr size_t kNamed = 3;
    if (problem.addresses.empty()) return problem.error.message;
    std::string names;
    for (size_t i = 0; i < std::min(problem.addresses.size(), kNamed); ++i) {
      names += (i == 0 ? "`" : ", `") + problem.addresses[i] + "`";
    }
    if (problem.addresses.size() > kNamed) {
      names += " and " + std::to_string(problem.addresses.size() - kNamed) + " more";
    }
    return names + ": " + problem.error.message;
  }

  std::vector<Problem> problems_;
};

}  // namespace opsc
