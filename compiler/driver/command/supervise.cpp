// `opsc __supervise DIR`: the process that keeps a service running; started by opsc itself.
#include "compiler/driver/cli/command.h"
#include "runtime/kind/supervisor.h"

namespace opsc {
namespace {

Result<int> Run(CliSession&, const Args& args) {
  return SuperviseMain(args.positional.front());
}

}  // namespace

extern const Command kSuperviseCommand = {.name = "__supervise",
                                          .summary = "keeps a service running",
                                          .example = "opsc __supervise .ops/services/web",
                                          .run = Run,
                                          .positional = {"DIR", 1, 1, Completes::kFiles},
                                          .shown = Command::Shown::kHidden};

}  // namespace opsc
