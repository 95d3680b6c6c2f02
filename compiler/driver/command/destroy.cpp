#include "compiler/driver/project/apply_run.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {{"-y,--yes", "", "do not ask"}};

// The program; where there is none without errors, an empty one: all that is recorded goes.
Result<std::unique_ptr<Prepared>> PrepareWhatThereIs(CliSession& session, const Args& args) {
  PrepareOptions options{.secrets = Secrets::kUnknown};
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  if (!project.files.empty()) {
    OPS_ASSIGN(auto prepared, PrepareProject(session, args, project, options));
    if (prepared) return prepared;
  }
  PrintNote(session, project.files.empty()
                         ? "there are no sources: what is destroyed is what the state says"
                         : "the sources have errors: what is destroyed is what the state says");
  project.files.clear();
  options.params = Params::kNone;
  return PrepareProject(session, args, project, options);
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(auto prepared, PrepareWhatThereIs(session, args));
  if (!prepared) return ProgramHasErrors(session);
  RunRequest request;
  request.plan_options = PlanOptionsOf(args);
  request.plan_options.destroy = true;
  request.words = args.positional;
  request.ask = args.Flag("yes") ? Ask::kNo : Ask::kYes;
  request.question = "Destroy these?";
  return PlanAndApply(session, args, *prepared, std::move(request));
}

}  // namespace

extern const Command kDestroyCommand = {
    .name = "destroy",
    .summary = "delete what was made, in reverse order",
    .example = "opsc destroy web",
    .run = Run,
    .positional = {"TARGET", 0, kAnyNumber, Completes::kAddresses},
    .options = kOptions,
    .groups = kProgramGroup | kPlanningGroup | kRunningGroup | kLockGroup | kEventsGroup,
    .details = "Deletes all recorded resources, or those named and what needs them."};

}  // namespace opsc
