#include "runtime/graph/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace opsc {
namespace {

// In the order of the enums.
constexpr std::array<std::string_view, 9> kActions = {
    "noop", "cached", "run", "create", "update", "replace", "delete", "adopt", "forget"};
constexpr std::array<std::string_view, 21> kReasons = {"none",
                                                       "new",
                                                       "fields_changed",
                                                       "drift",
                                                       "input_changed",
                                                       "input_added",
                                                       "input_removed",
                                                       "command_changed",
                                                       "environment_changed",
                                                       "tool_changed",
                                                       "limit_changed",
                                                       "outputs_changed",
                                                       "never_ran",
                                                       "failed_before",
                                                       "effect",
                                                       "upstream",
                                                       "requested",
                                                       "removed_from_source",
                                                       "tainted",
                                                       "exists",
                                                       "output_lost"};

template <typename Enum, size_t n>
std::optional<Enum> Named(const std::array<std::string_view, n>& names, std::string_view name) {
  auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

std::string With(std::string_view text, std::string_view detail) {
  return detail.empty() ? std::string(text) : fmt::format("{} {}", text, detail);
}

}  // namespace

std::string_view ActionName(Action action) {
  return kActions[static_cast<size_t>(action)];
}

std::optional<Action> ActionFromName(std::string_view name) {
  return Named<Action>(kActions, name);
}

std::string_view ReasonName(ReasonKind kind) {
  return kReasons[static_cast<size_t>(kind)];
}

std::optional<ReasonKind> ReasonFromName(std::string_view name) {
  return Named<ReasonKind>(kReasons, name);
}

namespace {

// A file may be named by any bytes: those that a terminal would obey, or that would begin a line of
// their own, are spelt out.
std::string Shown(const std::string& name) {
  constexpr unsigned char kDelete = 127;
  const auto is_control = [](unsigned char c) { return c < ' ' || c == kDelete; };
  return std::ranges::any_of(name, is_control) ? Quote(name) : name;
}

}  // namespace

std::string PrintReason(const Reason& reason) {
  const std::string detail = Shown(reason.detail);
  switch (reason.kind) {
    case ReasonKind::kNone:
      return detail;
    case ReasonKind::kNew:
      return "new";
    case ReasonKind::kFieldsChanged:
      return detail.empty() ? "changed" : detail + " changed";
    case ReasonKind::kDrift:
      return detail == "is gone" ? "drift: it is gone" : With("drift:", detail);
    case ReasonKind::kInputChanged:
      return fmt::format("input {} changed", detail);
    case ReasonKind::kInputAdded:
      return With("new input", detail);
    case ReasonKind::kInputRemoved:
      return fmt::format("input {} is gone", detail);
    case ReasonKind::kCommandChanged:
      return "command changed";
    case ReasonKind::kEnvironmentChanged:
      return With("environment changed:", detail);
    case ReasonKind::kToolChanged:
      return detail.empty() ? "tool changed" : fmt::format("tool {} changed", detail);
    case ReasonKind::kLimitChanged:
      return With("limits changed:", detail);
    case ReasonKind::kOutputsChanged:
      return "declared outputs changed";
    case ReasonKind::kNeverRan:
      return "never ran";
    case ReasonKind::kFailedBefore:
      return "failed before";
    case ReasonKind::kEffect:
      return "an effect: runs each time";
    case ReasonKind::kUpstream:
      return With("waits for", detail);
    case ReasonKind::kRequested:
      return "requested";
    case ReasonKind::kRemovedFromSource:
      return "no longer in the source";
    case ReasonKind::kTainted:
      return "an earlier apply did not finish";
    case ReasonKind::kExists:
      return "is there already, not made by opsc";
    case ReasonKind::kOutputLost:
      return With("its output is lost", detail);
  }
  return detail;
}

PlanSummary Plan::Summary() const {
  PlanSummary summary;
  for (const Change& change : changes) {
    if (!change.moved_from.empty()) ++summary.move;
    switch (change.action) {
      case Action::kNoop:
      case Action::kCached:
        ++summary.up_to_date;
        break;
      case Action::kRun:
        ++summary.run;
        break;
      case Action::kCreate:
        ++summary.create;
        break;
      case Action::kUpdate:
        ++summary.update;
        break;
      case Action::kReplace:
        ++summary.replace;
        break;
      case Action::kDelete:
        ++summary.destroy;
        break;
      case Action::kAdopt:
        ++summary.adopt;
        break;
      case Action::kForget:
        ++summary.forget;
        break;
    }
  }
  return summary;
}

}  // namespace opsc
