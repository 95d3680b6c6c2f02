#include "compiler/driver/version.h"
#include "compiler/driver/cli/command.h"

namespace opsc {
namespace {

Result<int> Run(CliSession& session, const Args&) {
  std::string version(kVersion);
  WriteOut(session.json ? "{\"version\":\"" + version + "\",\"edition\":2026}\n"
                        : "opsc " + version + "\n");
  return kExitOk;
}

}  // namespace

extern const Command kVersionCommand = {.name = "version",
                                        .summary = "the version of opsc",
                                        .example = "opsc version --json",
                                        .run = Run,
                                        .groups = kJsonGroup};

}  // namespace opsc
