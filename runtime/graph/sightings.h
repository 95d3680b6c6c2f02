// What was looked at in the file system, and what was there.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/env.h"

namespace opsc {

// One look at one path. While all looks show the same, what was concluded from them stands.
struct Sighting {
  enum class Look : uint8_t {
    kEntry,      // lstat(2): the entry itself, missing or not
    kTarget,     // stat(2): links are followed
    kRealPath,   // realpath(3), in `target`
    kNoProgram,  // nothing that can be executed stands there
  };
  Look look = Look::kEntry;
  std::string path;  // absolute
  FileStat stat{};
  std::string target = {};
};

// In any order; a path may stand in it more than once.
using Sightings = std::vector<Sighting>;

}  // namespace opsc
