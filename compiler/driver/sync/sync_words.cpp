#include "compiler/driver/sync/sync_words.h"
#include "runtime/base/listing.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

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
  std::vector<std::string> parts;
  auto add = [&](int count, std::string_view what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
  };
  add(result.created, "created");
  add(result.updated, "changed");
  add(result.replaced, "replaced");
  add(result.destroyed, "deleted");
  add(result.adopted, "adopted");
  add(result.forgotten, "forgotten");
  add(result.moved, "moved");
  add(result.ran, "run");
  return parts.empty() ? "nothing had to be done" : fmt::format("{}", fmt::join(parts, ", "));
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
