// From the words of a command to an evaluated program, with its diagnostics printed on the way.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "compiler/diag/render.h"
#include "compiler/driver/cli/command.h"
#include "compiler/driver/project/load.h"
#include "runtime/graph/plan.h"

namespace opsc {

struct Prepared {
  Project project;
  std::unique_ptr<LoadedProgram> program;

  const Graph& graph() const { return program->evaluation->graph(); }
};

enum class Params {
  kGiven,
  kNone,  // whatever the command line says
};

struct PrepareOptions {
  std::optional<std::string> path =
      {};  // a file or directory; absent: the working directory's project
  Secrets secrets = Secrets::kRead;
  std::map<std::string, Value> values = {};  // of params, over those of the command line
  Params params = Params::kGiven;
};

// nullptr: the program has errors, and they were printed. REQUIRES: the command has kProgramGroup.
Result<std::unique_ptr<Prepared>> Prepare(CliSession& session, const Args& args,
                                          const PrepareOptions& options);

// The same for a project that was found already, whose files `session.env` reads.
Result<std::unique_ptr<Prepared>> PrepareProject(CliSession& session, const Args& args,
                                                 Project project, const PrepareOptions& options);

// Adds the values of --env NAME, below what was given by hand; errors of the program are recorded
// in it. REQUIRES: the command has kProgramGroup, and the program was checked without errors.
Status AddEnvironment(const Args& args, LoadedProgram& program, EvalOptions& options);

// Whether every secret that the plan's instances take could be read; what is missing is printed.
bool HasItsSecrets(CliSession& session, Prepared& prepared, const Plan& plan);

// 0, 1, or 4 where assertions failed and nothing else is wrong.
int ExitCodeOf(const Diagnostics& diagnostics);

// Prints diagnostics as the session wants them: text to stderr, with --json as events to stdout.
void ReportDiagnostics(const CliSession& session, const LoadedProgram& program);
void ReportDiagnostics(const CliSession& session, const LoadedProgram& program, DiagFormat format);

}  // namespace opsc
