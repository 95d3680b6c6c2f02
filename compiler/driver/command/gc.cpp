// `opsc gc`: what nothing needs any more goes from `.ops/`.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/size_text.h"
#include "runtime/exec/result_use.h"
#include "runtime/store/store_care.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--keep-days", "N", "results and logs made or used since then stay (default: 30)", "",
     OptionSyntax::kCount},
    {"--max-size", "SIZE", "then the oldest go until the rest fits, e.g. 20GiB", "",
     OptionSyntax::kSize},
    {"--dry-run", "", "say what would go, remove nothing"},
};
constexpr int kLongest = 36'500;  // days

std::string Counted(const GarbageAmount& amount, std::string_view one, std::string_view many) {
  return fmt::format("{} {} ({})", amount.count, amount.count == 1 ? one : many,
                     RoundedSize(amount.bytes));
}

std::string GarbageText(const Garbage& found, bool dry_run) {
  std::vector<std::string> parts;
  auto add = [&](const GarbageAmount& amount, std::string_view one, std::string_view many) {
    if (amount.count > 0) parts.push_back(Counted(amount, one, many));
  };
  add(found.results, "result", "results");
  add(found.contents, "content", "contents");
  add(found.logs, "log", "logs");
  add(found.damaged, "damaged content", "damaged contents");
  std::string left = fmt::format("{} stays", RoundedSize(found.kept.bytes));
  if (parts.empty()) return fmt::format("nothing to remove; {}\n", left);
  return fmt::format("{} {}; {}\n", dry_run ? "would remove" : "removed", fmt::join(parts, ", "),
                     left);
}

nlohmann::ordered_json AmountJson(const GarbageAmount& amount) {
  return {{"count", amount.count}, {"bytes", amount.bytes}};
}

std::string GarbageJson(const Garbage& found, bool dry_run) {
  nlohmann::ordered_json json = {{"dry_run", dry_run},
                                 {"results", AmountJson(found.results)},
                                 {"contents", AmountJson(found.contents)},
                                 {"logs", AmountJson(found.logs)},
                                 {"damaged", AmountJson(found.damaged)},
                                 {"kept", AmountJson(found.kept)}};
  return JsonText(json, 2) + "\n";
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  OPS_ASSIGN(auto existing, OpenExistingJournal(*session.env, project));
  existing.reset();
  OPS_ASSIGN(auto lock, LockProject(session, args, project));
  OPS_ASSIGN(auto journal, OpenJournal(project.state_dir));
  bool dry_run = args.Flag("dry-run");
  int days = std::min(std::stoi(args.ValueOr("keep-days", "30")), kLongest);
  GarbageOptions options;
  options.keep_from = session.env->Now() - days * std::chrono::hours(24);
  options.max_bytes = args.Size("max-size");
  options.used = ReadResultUse(project.state_dir);
  options.mode = dry_run ? GarbageOptions::Mode::kDryRun : GarbageOptions::Mode::kRemove;
  OPS_ASSIGN(Garbage found, CollectGarbage(project.state_dir, *journal, options));
  if (!dry_run) OPS_TRY(ForgetResultUse(project.state_dir, options.keep_from));
  WriteOut(session.json ? GarbageJson(found, dry_run) : GarbageText(found, dry_run));
  return kExitOk;
}

}  // namespace

extern const Command kGcCommand = {
    .name = "gc",
    .summary = "remove results and logs that nothing needs any more",
    .example = "opsc gc --keep-days 7 --max-size 20GiB",
    .run = Run,
    .options = kOptions,
    .groups = kLockGroup | kJsonGroup,
    .details =
        "What the state names and what the last run made always stay. A removed result is made\n"
        "again when it is needed. Waits for a running apply as --lock-timeout says."};

}  // namespace opsc
