// What stands in the way of a plan: collected, so that one run reports all of it.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// Errors in the order in which they were found.
class Problems {
 public:
  void Add(Error error) { errors_.push_back(std::move(error)); }
  void Add(const std::string& address, Error error) {
    error.message = "`" + address + "`: " + error.message;
    errors_.push_back(std::move(error));
  }
  bool empty() const { return errors_.empty(); }

  // All of them as one: a line each, at most `kShown`; kind and way out are those of the first.
  Error Joined() const {
    constexpr size_t kShown = 20;
    Error joined = errors_.front();
    for (size_t i = 1; i < errors_.size() && i < kShown; ++i) {
      joined.message += "\n" + errors_[i].message;
      if (!errors_[i].hint.empty() && errors_[i].hint != errors_[i - 1].hint) {
        joined.message += " (" + errors_[i].hint + ")";
      }
    }
    if (errors_.size() > kShown) {
      joined.message += "\nand " + std::to_string(errors_.size() - kShown) + " more";
    }
    return joined;
  }

 private:
  std::vector<Error> errors_;
};

}  // namespace opsc
