// The memo of a settled run as a file: `.ops/cache/settled/NAME`. See docs/formats/cache.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/digest.h"
#include "runtime/graph/sightings.h"

namespace opsc {

// A run that found everything up to date, without what it saw.
struct SettledRun {
  Digest key;           // of what was asked, see docs/formats/cache.md
  uint32_t week = 0;    // since 1970-01-01; results count as used in it
  uint64_t serial = 0;  // of the state
  uint64_t tasks = 0;   // up to date
  std::string command;  // as it is recorded with runs
};

// `root`: the directory that paths of what was seen are kept relative to.
std::string EncodeSettled(const SettledRun& run, const std::string& root, Sightings seen);

// A memo that was read, and what its run saw still in bytes.
struct SettledMemo {
  SettledRun run;
  uint64_t count = 0;     // of sightings
  std::string_view seen;  // points into the bytes that were decoded
};

// nullopt: it is not whole.
std::optional<SettledMemo> DecodeSettled(std::string_view bytes);
// Does all that was seen look the same again?
bool LooksTheSame(const SettledMemo& memo, const std::string& root);

}  // namespace opsc
