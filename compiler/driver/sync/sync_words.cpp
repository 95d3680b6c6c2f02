#include "compiler/driver/sync/sync_words.h"

#include <fmt/format.h>

#include "runtime/base/listing.h"

namespace opsc {
namespace {

constexpr size_t kNamesShown = 5;

}  // namespace

std::string_view StateName(SyncResult result) {
  switch (result) {
    case SyncResult::kSynced:
      return "synced";
    case SyncResult::kDrifted:
      return "drifted";
    case SyncResult::kHealed:
    case SyncResult::kFought:
      return "healed";
    case SyncResult::kRefused:
      return "refused";
    case SyncResult::kFailed:
      return "failed";
  }
  return "failed";
}

std::string NamesOf(const std::vector<std::string>& names) {
  return Listing(names, kNamesShown);
}

std::string DriftNames(const std::vector<Drift>& drift) {
  std::vector<std::string> names;
  for (const Drift& one : drift) {
    std::vector<std::string> paths;
    for (const FieldDiff& field : one.diff) paths.push_back(field.path);
    names.push_back(fmt::format("{} ({})", one.address, one.gone ? "is gone" : NamesOf(paths)));
  }
  return NamesOf(names);
}

std::string ChangeCounts(const ApplyResult& result) {
  const std::string counts = TallyText({{result.created, "created"},
                                        {result.updated, "changed"},
                                        {result.replaced, "replaced"},
                                        {result.destroyed, "deleted"},
                                        {result.adopted, "adopted"},
                                        {result.forgotten, "forgotten"},
                                        {result.moved, "moved"},
                                        {result.ran, "run"}});
  return counts.empty() ? "nothing had to be done" : counts;
}

Status FirstBrokenCheck(const Plan& plan) {
  for (const GraphCheck& check : plan.checks) {
    if (!check.failed || check.warning) continue;
    return Fail(ErrorKind::kDenied, fmt::format("{}:{}: {}: {}", check.origin.file,
                                                check.origin.line, check.address, check.message));
  }
  return {};
}

Error FirstFailure(const std::vector<FailedNode>& failures) {
  if (failures.empty()) return {ErrorKind::kTask, "not everything was done", ""};
  const FailedNode& first = failures.front();
  std::string more = failures.size() > 1 ? fmt::format(" (and {} more)", failures.size() - 1) : "";
  return {ErrorKind::kTask, fmt::format("{}: {}{}", first.address, first.message, more), ""};
}

}  // namespace opsc
