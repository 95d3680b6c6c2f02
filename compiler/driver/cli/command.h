// A subcommand as data: parsed, printed by --help and completed from the same row.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "compiler/driver/cli/arguments.h"
#include "compiler/driver/cli/session.h"
#include "runtime/base/result.h"

namespace opsc {

// What a command takes beyond its own options.
enum OptionGroup : uint32_t {
  kNoGroup = 0,
  kProgramGroup = 1,   // which program with which parameters: -p, --params, --env
  kJsonGroup = 2,      // --json: one document
  kEventsGroup = 32,   // --json: one event a line, the last one a summary
  kPlanningGroup = 4,  // --target, --exclude, --replace, --refresh
  kRunningGroup = 8,   // --parallel, --timeout, --no-sandbox
  kLockGroup = 16,     // --lock-timeout
};

// One row of the command table. A name of two words ("state mv") is a command below another.
struct Command {
  std::string_view name;
  std::string_view summary;  // one line
  std::string_view example;  // one line, starts with "opsc"
  Result<int> (*run)(CliSession& session, const Args& args) = nullptr;
  Positional positional = {};
  std::span<const OptionSpec> options = {};
  uint32_t groups = kNoGroup;
  std::string_view details = {};  // printed by --help below the summary
  enum class Shown : uint8_t { kYes, kHidden } shown = Shown::kYes;
};

}  // namespace opsc
