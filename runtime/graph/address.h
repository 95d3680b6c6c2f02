// The name of a node: `module/name["key"]`, printed by opsc, parsed by opsc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// An address is kept as its text everywhere; this is its parsed form.
//   address := (segment "/")* segment      segment := name ("[" key "]")?
//   key     := a string literal | an integer | true | false
// Component instances are segments: `web/server`, `region["eu"]/db`.
struct Address {
  struct Segment {
    std::string name;
    std::optional<std::string> key;  // as text between the brackets, quotes included
  };
  std::vector<Segment> segments;

  std::string ToText() const;
  static Result<Address> Parse(std::string_view text);
  // "[\"unit\"]" needs quotes in a shell; `test[unit]` and `test.unit` are accepted by Parse too.
};

// A safe relative path for an address: `test["unit"]` -> "test/unit" (escaped where it must be).
std::string AddressToPath(std::string_view address);

}  // namespace opsc
