#include "compiler/driver/cli/command_table.h"

#include <algorithm>

namespace opsc {

extern const Command kInitCommand, kCheckCommand, kFmtCommand, kTestCommand, kEvalCommand,
    kDocCommand;
extern const Command kPlanCommand, kApplyCommand, kDestroyCommand, kRunCommand, kDriftCommand,
    kRefreshCommand, kAgentCommand;
extern const Command kStatusCommand, kHistoryCommand, kLogsCommand, kShowCommand, kExplainCommand,
    kWhyCommand, kGraphCommand, kOutputCommand;
extern const Command kStateListCommand, kStateShowCommand, kStateMvCommand, kStateRmCommand,
    kStatePullCommand, kStatePushCommand, kStateUnlockCommand, kStateVerifyCommand, kGcCommand;
extern const Command kImportK8sCommand, kSchemaK8sCommand, kK8sRenderCommand, kK8sHealthCommand;
extern const Command kDataInferCommand, kDataProfileCommand, kDataListCommand, kDataDiffCommand,
    kDataCommitsCommand;
extern const Command kModelListCommand, kModelShowCommand, kModelCompareCommand,
    kModelHistoryCommand, kModelPromoteCommand, kModelRollbackCommand, kModelSyncCommand,
    kServeCommand;
extern const Command kCompletionCommand, kVersionCommand, kCompleteCommand, kSuperviseCommand,
    kManualCommand, kFetchCommand, kSnapshotCommand, kFeaturesCommand, kTrainCommand,
    kPredictCommand, kServerCommand, kLspCommand;

namespace {

constexpr CommandRow kTable[] = {
    {"Write", &kInitCommand},
    {"Write", &kCheckCommand},
    {"Write", &kFmtCommand},
    {"Write", &kTestCommand},
    {"Write", &kEvalCommand},
    {"Write", &kDocCommand},
    {"Make it so", &kPlanCommand},
    {"Make it so", &kApplyCommand},
    {"Make it so", &kRunCommand},
    {"Make it so", &kDestroyCommand},
    {"Make it so", &kDriftCommand},
    {"Make it so", &kRefreshCommand},
    {"Make it so", &kAgentCommand},
    {"Look", &kStatusCommand},
    {"Look", &kOutputCommand},
    {"Look", &kHistoryCommand},
    {"Look", &kLogsCommand},
    {"Look", &kShowCommand},
    {"Look", &kExplainCommand},
    {"Look", &kWhyCommand},
    {"Look", &kGraphCommand},
    {"Care of the state", &kStateListCommand},
    {"Care of the state", &kStateShowCommand},
    {"Care of the state", &kStateMvCommand},
    {"Care of the state", &kStateRmCommand},
    {"Care of the state", &kStatePullCommand},
    {"Care of the state", &kStatePushCommand},
    {"Care of the state", &kStateUnlockCommand},
    {"Care of the state", &kStateVerifyCommand},
    {"Care of the state", &kGcCommand},
    {"Data", &kDataInferCommand},
    {"Data", &kDataProfileCommand},
    {"Data", &kDataListCommand},
    {"Data", &kDataDiffCommand},
    {"Data", &kDataCommitsCommand},
    {"Models", &kModelListCommand},
    {"Models", &kModelShowCommand},
    {"Models", &kModelCompareCommand},
    {"Models", &kModelHistoryCommand},
    {"Models", &kModelPromoteCommand},
    {"Models", &kModelRollbackCommand},
    {"Models", &kModelSyncCommand},
    {"Models", &kServeCommand},
    {"Kubernetes", &kImportK8sCommand},
    {"Kubernetes", &kSchemaK8sCommand},
    {"Kubernetes", &kK8sRenderCommand},
    {"Kubernetes", &kK8sHealthCommand},
    {"The rest", &kLspCommand},
    {"The rest", &kCompletionCommand},
    {"The rest", &kVersionCommand},
    {"", &kCompleteCommand},
    {"", &kSuperviseCommand},
    {"", &kManualCommand},
    {"", &kFetchCommand},
    {"", &kSnapshotCommand},
    {"", &kFeaturesCommand},
    {"", &kTrainCommand},
    {"", &kPredictCommand},
    {"", &kServerCommand},
};

constexpr OptionSpec kEveryCommand[] = {
    {"-C,--directory", "DIR", "run as if started in DIR"},
    {"--no-color", "", "no colours (also: NO_COLOR)"},
    {"-q,--quiet", "", "only what went wrong and the result"},
    {"-v,--verbose", "", "also what is up to date"},
    {"-h,--help", "", "this text"},
};
constexpr OptionSpec kProgramOptions[] = {
    {"-p,--param", "NAME=VALUE", "a parameter (also: OPSC_PARAM_NAME)", "",
     OptionSyntax::kNameValue},
    {"--params", "FILE", "parameters from a JSON object"},
    {"--env", "NAME", "the parameters of an `environment`"},
};
constexpr OptionSpec kJsonOptions[] = {{"--json", "", "for machines: one JSON document"}};
constexpr OptionSpec kEventsOptions[] = {{"--json", "", "for machines: one JSON event a line"}};
constexpr OptionSpec kPlanningOptions[] = {
    {"--target", "ADDRESS", "only this and what it needs (repeatable)"},
    {"--exclude", "ADDRESS", "not this and what needs it (repeatable)"},
    {"--replace", "ADDRESS", "replace or rerun this even if it is up to date (repeatable)"},
    {"--refresh", "BOOL", "=false: believe the state, do not look at the world", "",
     OptionSyntax::kBool},
};
constexpr OptionSpec kRunningOptions[] = {
    {"--parallel", "N", "how many run at a time (default: processors)", "", OptionSyntax::kCount},
    {"--timeout", "DURATION", "stop everything after this long", "", OptionSyntax::kDuration},
    {"--no-sandbox", "", "run tasks without isolation"},
};
constexpr OptionSpec kLockOptions[] = {
    {"--lock-timeout", "DURATION", "how long to wait for the state (default: 0s)", "",
     OptionSyntax::kDuration},
};

void AppendGroups(uint32_t groups, std::vector<OptionSpec>& out) {
  auto append = [&](OptionGroup group, std::span<const OptionSpec> options) {
    if (groups & group) out.insert(out.end(), options.begin(), options.end());
  };
  append(kProgramGroup, kProgramOptions);
  append(kPlanningGroup, kPlanningOptions);
  append(kRunningGroup, kRunningOptions);
  append(kLockGroup, kLockOptions);
  append(kJsonGroup, kJsonOptions);
  append(kEventsGroup, kEventsOptions);
  out.insert(out.end(), std::begin(kEveryCommand), std::end(kEveryCommand));
}

}  // namespace

std::span<const CommandRow> CommandTable() {
  return kTable;
}

const Command* FindCommand(std::string_view name) {
  for (const CommandRow& row : kTable) {
    if (row.command->name == name) return row.command;
  }
  return nullptr;
}

std::vector<std::string> FirstWords() {
  std::vector<std::string> words;
  for (const CommandRow& row : kTable) {
    if (row.command->shown == Command::Shown::kHidden) continue;
    std::string word(row.command->name.substr(0, row.command->name.find(' ')));
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

std::vector<const Command*> CommandsBelow(std::string_view name) {
  std::vector<const Command*> below;
  for (const CommandRow& row : kTable) {
    std::string_view full = row.command->name;
    if (full.size() > name.size() && full.starts_with(name) && full[name.size()] == ' ') {
      below.push_back(row.command);
    }
  }
  return below;
}

std::vector<OptionSpec> OptionsOf(const Command& command) {
  std::vector<OptionSpec> all(command.options.begin(), command.options.end());
  AppendGroups(command.groups, all);
  return all;
}

std::vector<OptionSpec> SharedOptions() {
  std::vector<OptionSpec> all;
  AppendGroups(~0u, all);
  return all;
}

}  // namespace opsc
