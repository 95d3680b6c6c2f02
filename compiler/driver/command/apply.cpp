#include <fmt/format.h>

#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/lasting.h"
#include "compiler/driver/project/saved_plan.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-y,--yes", "", "do not ask"},
    {"--junit", "FILE", "write the steps as JUnit XML"},
    {"--no-wait", "",
     "be done when objects of a cluster are written, whether they become healthy or not"},
};

Await AwaitOf(const Args& args) {
  return args.Flag("no-wait") ? Await::kNothing : Await::kHealthy;
}

// A saved plan is applied as it is: what would have made another one is refused. Secrets are not in
// it and are given again.
Status CheckAddsNothing(const Plan& plan, const Args& args) {
  const std::string hint = "plan again with it: `opsc plan -o FILE`, then apply that";
  for (const char* name : {"target", "exclude", "replace", "refresh"}) {
    if (!args.Value(name)) continue;
    return Fail(ErrorKind::kInput, fmt::format("a saved plan is applied without `--{}`", name),
                hint);
  }
  for (const std::string& given : args.Values("param")) {
    const std::string name = given.substr(0, given.find('='));
    const auto saved = plan.params.find(name);
    if (saved == plan.params.end() || saved->second.has_secret()) continue;
    return Fail(ErrorKind::kInput, fmt::format("the saved plan has its own `{}`", name), hint);
  }
  return {};
}

// A saved plan is evaluated with the parameters that it was made with.
Result<int> ApplyFile(CliSession& session, const Args& args, const std::string& path) {
  OPS_ASSIGN(Plan plan, ReadPlanFile(*session.env, path));
  OPS_TRY(CheckAddsNothing(plan, args));
  PrepareOptions options{.secrets = Secrets::kReadWhereNeeded};
  for (const auto& [name, value] : plan.params) {
    if (!value.has_secret()) options.values.emplace(name, value);
  }
  OPS_ASSIGN(auto prepared, Prepare(session, args, options));
  if (!prepared) return ProgramHasErrors(session);
  RunRequest request;
  request.saved = std::move(plan);
  request.ask = Ask::kNo;
  request.await = AwaitOf(args);
  request.junit_path = args.ValueOr("junit", "");
  return PlanAndApply(session, args, *prepared, std::move(request));
}

Result<int> Run(CliSession& session, const Args& args) {
  if (args.positional.size() == 1 && IsPlanFile(*session.env, args.positional.front())) {
    return ApplyFile(session, args, args.positional.front());
  }
  OPS_ASSIGN(auto made, Prepare(session, args, {.secrets = Secrets::kReadWhereNeeded}));
  if (!made) return ProgramHasErrors(session);
  Prepared& prepared = Lasting(std::move(made));
  RunRequest request;
  request.plan_options = PlanOptionsOf(args);
  request.words = args.positional;
  request.ask = args.Flag("yes") ? Ask::kNo : Ask::kYes;
  using Forecasts = PlanOptions::Forecasts;
  if (request.ask == Ask::kNo) request.plan_options.forecasts = Forecasts::kOneOfAlike;
  request.await = AwaitOf(args);
  request.question = "Apply these changes?";
  request.junit_path = args.ValueOr("junit", "");
  return PlanAndApply(session, args, prepared, std::move(request));
}

}  // namespace

extern const Command kApplyCommand = {
    .name = "apply",
    .summary = "plan, ask, and make it so; or apply a saved plan",
    .example = "opsc apply --yes",
    .run = Run,
    .positional = {"TARGET", 0, kAnyNumber, Completes::kGoals},
    .options = kOptions,
    .groups = kProgramGroup | kPlanningGroup | kRunningGroup | kLockGroup | kEventsGroup,
    .details =
        "With a FILE made by `opsc plan -o FILE` exactly that plan is applied, without a "
        "question,\nor refused because sources, state or world moved since."};

}  // namespace opsc
