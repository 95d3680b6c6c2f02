// Glob patterns over relative paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// A parsed pattern.
//   pattern := segment ("/" segment)*        segment := "**" | (char | "*" | "?" | set | "\" char)*
//   set     := "[" ("!" | "^")? (char | char "-" char)+ "]"
// `*` and `?` match any byte but '/', also a leading dot; `**` matches any number of segments, none
// included. A pattern that ends in `**` matches files, at least one segment below.
class Glob {
 public:
  // Fails on `..`, an absolute path, an empty segment and an unclosed set.
  static Result<Glob> Parse(std::string_view pattern);

  bool Matches(std::string_view path) const;
  // The directory that all matches lie below: the leading segments without magic, "." for none.
  const std::string& base() const { return base_; }
  // The pattern is one plain path: `base()` joined with its last segment.
  bool is_plain() const { return is_plain_; }
  const std::string& plain_path() const { return plain_path_; }

 private:
  std::vector<std::string> segments_;
  std::string base_ = ".";
  std::string plain_path_;
  bool is_plain_ = false;
};

}  // namespace opsc
