#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/lasting.h"
#include "compiler/driver/project/settled.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-f,--force", "", "run the named tasks although their result is known"},
    {"--junit", "FILE", "write the steps as JUnit XML"},
};

Result<int> Run(CliSession& session, const Args& args) {
  Time began = session.env->Now();
  if (auto known = RecallSettled(session, args)) return *known;
  OPS_ASSIGN(auto made, Prepare(session, args, {.secrets = Secrets::kReadWhereNeeded}));
  if (!made) return ProgramHasErrors(session);
  Prepared& prepared = Lasting(std::move(made));
  RunRequest request;
  request.plan_options = PlanOptionsOf(args);
  request.plan_options.scope = PlanOptions::Scope::kRequested;
  request.plan_options.force = args.Flag("force");
  request.words = args.positional;
  request.ask = Ask::kNo;
  request.show = ShowPlan::kFooter;
  request.junit_path = args.ValueOr("junit", "");
  request.began = began;
  return PlanAndApply(session, args, prepared, std::move(request));
}

}  // namespace

extern const Command kRunCommand = {
    .name = "run",
    .summary = "run pipelines or tasks and what they need, cached or not",
    .example = "opsc run release",
    .run = Run,
    .positional = {"NAME", 1, kAnyNumber, Completes::kGoals},
    .options = kOptions,
    .groups = kProgramGroup | kPlanningGroup | kRunningGroup | kLockGroup | kEventsGroup,
    .details =
        "Tasks whose result is known are not run again; actions run each time. Asks nothing."};

}  // namespace opsc
