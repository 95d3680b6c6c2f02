#include "runtime/plan/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/graph/compare.h"
#include "runtime/graph/immutable_path.h"

namespace opsc {
namespace {

// Takes from `diff` the entries whose path is (not) in `others`.
std::vector<FieldDiff> Without(const std::vector<FieldDiff>& diff,
                               const std::vector<FieldDiff>& others) {
  std::vector<FieldDiff> rest;
  for (const FieldDiff& field : diff) {
    bool in_others = std::ranges::any_of(others, [&](const FieldDiff& other) {
      return PathCovers(other.path, field.path) || PathCovers(field.path, other.path);
    });
    if (!in_others) rest.push_back(field);
  }
  return rest;
}

void DecideNew(const ResourceView& view, Change& change, Problems& problems) {
  change.action = Action::kCreate;
  change.reasons = {{ReasonKind::kNew, ""}};
  std::ranges::copy(UpstreamReasons(view.desired), std::back_inserter(change.reasons));
  change.diff = DiffFields(Value::Null(), view.desired, {});
  if (view.found == nullptr) return;
  change.observed = view.found->digest;
  if (!view.found->exists) return;
  auto differs = DiffFields(Restrict(view.desired, view.found->fields), view.found->fields,
                            view.node->meta.ignore);
  const bool waits =
      std::erase_if(differs, [](const FieldDiff& field) { return field.pending; }) > 0;
  if (differs.empty() && waits) return;  // decided when all is known
  if (differs.empty()) {
    change.action = Action::kAdopt;
    change.diff.clear();
    return;
  }
  if (!view.found->shared) {
    return problems.Add(ExistsAndDiffers(view.node->address, view.node->type, differs));
  }
  change.action = Action::kUpdate;
  change.reasons.front() = {ReasonKind::kExists, ""};
  change.diff =
      DiffFields(Restrict(view.found->fields, view.desired), view.desired, view.node->meta.ignore);
}

// The immutable fields that a replacement is for: "spec.selector".
std::vector<std::string> ImmutableChanged(const Node& node, const std::vector<FieldDiff>& diff) {
  std::vector<std::string> changed;
  for (const std::string& entry : node.meta.replace_when) {
    auto path = ImmutableIn(entry);
    bool differs = path && std::ranges::any_of(diff, [&](const FieldDiff& field) {
                     return field.replaces && PathCovers(*path, field.path);
                   });
    if (differs) changed.emplace_back(*path);
  }
  return changed;
}

std::string ImmutableText(const std::string& path) {
  return fmt::format("immutable field {} changed", path);
}

void RefuseProtected(const Node& node, const std::vector<std::string>& immutable,
                     Problems& problems) {
  std::string why = immutable.empty() ? "" : ": " + ImmutableText(immutable.front());
  problems.Add({ErrorKind::kDenied,
                fmt::format("`{}` is protected and would be replaced{}", node.address, why),
                "set `protect: false` and apply that first, or leave the change out"});
}

std::vector<Reason> ChangeReasons(const ResourceView& view, const std::vector<FieldDiff>& wanted,
                                  const std::vector<FieldDiff>& drifted,
                                  const std::vector<std::string>& immutable) {
  std::vector<Reason> reasons;
  const StateEntry& entry = view.prior->entry;
  for (const std::string& path : immutable) {
    reasons.push_back({ReasonKind::kNone, ImmutableText(path)});
  }
  if (entry.tainted) reasons.push_back({ReasonKind::kTainted, ""});
  if (view.replace_requested) reasons.push_back({ReasonKind::kRequested, ""});
  if (entry.type != view.node->type) reasons.push_back({ReasonKind::kFieldsChanged, "type"});
  if (!drifted.empty()) reasons.push_back({ReasonKind::kDrift, JoinPaths(drifted)});
  std::vector<FieldDiff> known;
  for (const FieldDiff& field : wanted) {
    if (field.pending || AnyCovers(immutable, field.path)) continue;
    std::vector<std::string> files = ChangedFiles(field.before, field.after);
    if (files.empty()) known.push_back(field);
    for (std::string& file : files) {
      reasons.push_back({ReasonKind::kInputChanged, std::move(file)});
    }
  }
  if (!known.empty()) reasons.push_back({ReasonKind::kFieldsChanged, JoinPaths(known)});
  std::ranges::copy(UpstreamReasons(view.desired), std::back_inserter(reasons));
  return reasons;
}

// Recorded, and either seen to be there or not looked for.
void DecideRecorded(const ResourceView& view, Change& change, std::vector<Drift>& drift,
                    Problems& problems) {
  const Node& node = *view.node;
  const StateEntry& entry = view.prior->entry;
  std::vector<FieldDiff> drifted;
  Value actual = entry.fields;
  if (view.prior->observed) {
    Drift found = DriftOf(*view.prior, node.meta.ignore);
    actual = Overlay(entry.fields, view.prior->observed->fields);
    drifted = found.diff;
    if (!found.diff.empty()) drift.push_back(std::move(found));
  }
  auto wanted = DiffFields(entry.fields, view.desired, node.meta.ignore);
  Comparison comparison = CompareFields(actual, view.desired, node.meta, *view.kind);
  bool mends = entry.tainted && view.kind->MendsByUpdate();
  if (mends && comparison.action == Action::kNoop) comparison.action = Action::kUpdate;
  if ((entry.tainted && !mends) || view.replace_requested || entry.type != node.type) {
    comparison.action = Action::kReplace;
  }
  change.action = comparison.action;
  change.diff = std::move(comparison.diff);
  auto immutable = ImmutableChanged(node, change.diff);
  if (change.action == Action::kReplace && node.meta.protect) {
    RefuseProtected(node, immutable, problems);
  }
  if (change.action != Action::kNoop) {
    change.reasons = ChangeReasons(view, wanted, Without(drifted, wanted), immutable);
  } else if (!wanted.empty() || entry.protect != node.meta.protect) {
    change.action = Action::kAdopt;
    change.reasons = {{ReasonKind::kFieldsChanged, wanted.empty() ? "protect" : JoinPaths(wanted)}};
  }
}

}  // namespace

std::string JoinPaths(const std::vector<FieldDiff>& diff) {
  constexpr size_t kShown = 3;
  std::string text;
  for (size_t i = 0; i < std::min(diff.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + diff[i].path;
  }
  if (diff.size() > kShown) text += fmt::format(" and {} more", diff.size() - kShown);
  return text;
}

std::vector<Reason> UpstreamReasons(const Value& value) {
  std::vector<std::string> waits;
  CollectWaits(value, waits);
  std::ranges::sort(waits);
  waits.erase(std::unique(waits.begin(), waits.end()), waits.end());
  std::vector<Reason> reasons;
  for (std::string& address : waits) {
    reasons.push_back({ReasonKind::kUpstream, std::move(address)});
  }
  return reasons;
}

void DecideResource(const ResourceView& view, Change& change, std::vector<Drift>& drift,
                    Problems& problems) {
  change.after = view.desired;
  if (view.prior == nullptr) return DecideNew(view, change, problems);
  change.before = view.prior->entry.fields;
  change.moved_from = view.prior->moved_from;
  if (!view.prior->observed || view.prior->observed->exists) {
    if (view.prior->observed) change.observed = view.prior->observed->digest;
    return DecideRecorded(view, change, drift, problems);
  }
  drift.push_back(DriftOf(*view.prior, {}));
  change.action = Action::kCreate;
  change.observed = view.prior->observed->digest;
  change.reasons = {{ReasonKind::kDrift, "is gone"}};
  change.diff = DiffFields(Value::Null(), view.desired, {});
}

}  // namespace opsc
