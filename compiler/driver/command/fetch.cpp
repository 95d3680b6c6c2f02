// `opsc __fetch DIR`: brings the repository that standard input names into a mirror; started by the
// agent, which ends it when it takes too long.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <iostream>

#include "compiler/driver/cli/command.h"
#include "runtime/git/repository.h"

namespace opsc {
namespace {

Result<int> Run(CliSession&, const Args& args) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody else would clear away after it
  if (getppid() == 1) return kExitError;
  std::string url;
  std::getline(std::cin, url);
  Status fetched = FetchInto(args.positional.front(), url, {});
  if (fetched) return kExitOk;
  WriteErr(fetched.error().message + "\n" + fetched.error().hint + "\n");
  return kExitError;
}

}  // namespace

extern const Command kFetchCommand = {.name = "__fetch",
                                      .summary = "fetches a Git repository",
                                      .example = "opsc __fetch .ops/agent/prod/mirror.git",
                                      .run = Run,
                                      .positional = {"DIR", 1, 1, Completes::kFiles},
                                      .shown = Command::Shown::kHidden};

}  // namespace opsc
