#include "runtime/kube/pod_trouble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "runtime/kube/manifest.h"
#include "runtime/kube/query.h"

namespace opsc {
namespace {

constexpr int kLogLines = 3;
constexpr size_t kLongest = 600;  // of what a program printed

const Value& At(const Value& record, std::string_view name) {
  static const Value kAbsent;
  const Value* found = record.is(ValueKind::kRecord) ? record.Find(name) : nullptr;
  return found == nullptr ? kAbsent : *found;
}

std::span<const Value> ItemsOf(const Value& list) {
  return list.is(ValueKind::kList) ? list.AsList() : std::span<const Value>();
}

std::string WithMessage(const std::string& reason, const std::string& message) {
  return message.empty() || message == reason ? reason : reason + ": " + message;
}

// "ended with exit code 3", "OOMKilled (exit code 137)"; empty: it ended well.
std::string Ending(const Value& terminated) {
  const Value& code = At(terminated, "exitCode");
  if (!code.is(ValueKind::kInt) || code.AsInt() == 0) return "";
  std::string reason = TextAt(terminated, "reason");
  std::string message = TextAt(terminated, "message");
  std::string text = reason.empty() || reason == "Error"
                         ? fmt::format("ended with exit code {}", code.AsInt())
                         : fmt::format("{} (exit code {})", reason, code.AsInt());
  return WithMessage(text, message);
}

// Reasons that pass by themselves.
bool IsOnItsWay(const std::string& reason) {
  return reason.empty() || reason == "ContainerCreating" || reason == "PodInitializing";
}

TroubleOfPod TroubleOfContainer(const Value& status) {
  std::string name = TextAt(status, "name");
  const Value& state = At(status, "state");
  const Value& waiting = At(state, "waiting");
  std::string reason = TextAt(waiting, "reason");
  std::string before = Ending(At(At(status, "lastState"), "terminated"));
  if (!IsOnItsWay(reason)) {
    if (!before.empty()) {
      return {fmt::format("container `{}`: {}: {}", name, reason, before), name, true};
    }
    std::string why = WithMessage(reason, TextAt(waiting, "message"));
    return {fmt::format("container `{}`: {}", name, why), "", false};
  }
  std::string ending = Ending(At(state, "terminated"));
  if (!ending.empty()) return {fmt::format("container `{}` {}", name, ending), name, false};
  if (before.empty() || At(status, "ready") == Value::Bool(true)) return {};
  return {fmt::format("container `{}` was started again: {}", name, before), name, true};
}

TroubleOfPod TroubleOfScheduling(const Value& pod) {
  for (const Value& condition : ItemsOf(At(At(pod, "status"), "conditions"))) {
    if (TextAt(condition, "type") != "PodScheduled" || TextAt(condition, "status") != "False") {
      continue;
    }
    return {WithMessage(TextAt(condition, "reason"), TextAt(condition, "message")), "", false};
  }
  return {};
}

bool IsReady(const Value& pod) {
  auto conditions = ItemsOf(At(At(pod, "status"), "conditions"));
  return std::ranges::any_of(conditions, [](const Value& condition) {
    return TextAt(condition, "type") == "Ready" && TextAt(condition, "status") == "True";
  });
}

ObjectPlace PlaceOfPods(const ObjectPlace& place) {
  ObjectPlace pods = place;
  pods.served = {"v1", "Pod", "pods", true};
  pods.name.clear();
  return pods;
}

// Newest first, without those that are going.
std::vector<Value> PodsOf(const ObjectPlace& place, const Value& object,
                          const std::stop_token& stop) {
  if (place.served.kind == "Pod") return {object};
  std::string selector = LabelSelectorOf(object);
  if (selector.empty()) return {};
  ApiCall call = PlaceOfPods(place).Call("list", "GET");
  call.path = PlaceOfPods(place).served.Path(place.name_space);
  std::vector<Value> pods;
  auto take = [&](Value pod) {
    if (TextAt(pod, "metadata", "deletionTimestamp").empty()) pods.push_back(std::move(pod));
  };
  auto listed =
      place.cluster->client->List(call, "labelSelector=" + EscapeQuery(selector), take, stop);
  if (!listed) return {};
  std::ranges::stable_sort(pods, std::ranges::greater(), [](const Value& pod) {
    return TextAt(pod, "metadata", "creationTimestamp");
  });
  return pods;
}

// The last lines that the container printed, on one line; empty: none, or they may not be read.
std::string LastLines(const ObjectPlace& place, const std::string& pod, const TroubleOfPod& trouble,
                      const std::stop_token& stop) {
  ObjectPlace at = PlaceOfPods(place);
  at.name = pod;
  ApiCall call = at.Call("get", "GET");
  call.resource = "pods/log";
  call.path +=
      fmt::format("/log?tailLines={}&container={}{}", kLogLines, EscapeQuery(trouble.container),
                  trouble.previous ? "&previous=true" : "");
  auto text = place.cluster->client->GetText(call, stop);
  if (!text) return "";
  std::string lines = text->substr(0, kLongest);
  while (lines.ends_with('\n')) lines.pop_back();
  std::string shown;
  for (char c : lines) shown += c == '\n' ? std::string(" | ") : std::string(1, c);
  return shown;
}

// The newest warning about the pod: a volume that cannot be mounted, a probe that fails.
std::string LastWarning(const ObjectPlace& place, const std::string& pod,
                        const std::stop_token& stop) {
  ObjectPlace at = PlaceOfPods(place);
  at.served = {"v1", "Event", "events", true};
  ApiCall call = at.Call("list", "GET");
  call.path = at.served.Path(place.name_space);
  std::string fields = fmt::format("involvedObject.name={},type=Warning", pod);
  std::string newest, text;
  auto take = [&](const Value& event) {
    std::string when = TextAt(event, "lastTimestamp");
    if (when.empty()) when = TextAt(event, "eventTime");
    if (when < newest) return;
    newest = when;
    text = WithMessage(TextAt(event, "reason"), TextAt(event, "message"));
  };
  auto listed =
      place.cluster->client->List(call, "fieldSelector=" + EscapeQuery(fields), take, stop);
  return listed ? text : "";
}

// The workload itself knows when its pods cannot even be made: quotas, admission.
std::string FailureToMake(const Value& object) {
  for (const Value& condition : ItemsOf(At(At(object, "status"), "conditions"))) {
    if (TextAt(condition, "type") != "ReplicaFailure" || TextAt(condition, "status") != "True") {
      continue;
    }
    return WithMessage(TextAt(condition, "reason"), TextAt(condition, "message"));
  }
  return "";
}

}  // namespace

TroubleOfPod TroubleIn(const Value& pod) {
  const Value& status = At(pod, "status");
  for (std::string_view list : {"initContainerStatuses", "containerStatuses"}) {
    for (const Value& container : ItemsOf(At(status, list))) {
      TroubleOfPod trouble = TroubleOfContainer(container);
      if (!trouble.text.empty()) return trouble;
    }
  }
  if (TextAt(status, "phase") == "Failed") {
    std::string why = WithMessage(TextAt(status, "reason"), TextAt(status, "message"));
    return {why.empty() ? "failed" : why, "", false};
  }
  return TroubleOfScheduling(pod);
}

std::string LabelSelectorOf(const Value& object) {
  const Value& selector = At(At(object, "spec"), "selector");
  std::vector<std::string> parts;
  const Value& labels = At(selector, "matchLabels");
  if (labels.is(ValueKind::kRecord)) {
    for (const auto& [name, value] : labels.AsRecord()) {
      if (value.is(ValueKind::kString)) {
        parts.push_back(fmt::format("{}={}", name.text(), value.AsString()));
      }
    }
  }
  for (const Value& rule : ItemsOf(At(selector, "matchExpressions"))) {
    std::string key = TextAt(rule, "key");
    std::string what = TextAt(rule, "operator");
    std::vector<std::string> values;
    for (const Value& value : ItemsOf(At(rule, "values"))) {
      if (value.is(ValueKind::kString)) values.emplace_back(value.AsString());
    }
    if (what == "In") parts.push_back(fmt::format("{} in ({})", key, fmt::join(values, ",")));
    if (what == "NotIn") parts.push_back(fmt::format("{} notin ({})", key, fmt::join(values, ",")));
    if (what == "Exists") parts.push_back(key);
    if (what == "DoesNotExist") parts.push_back("!" + key);
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

std::string PodTrouble(const ObjectPlace& place, const Value& object, std::stop_token stop) {
  std::vector<Value> pods = PodsOf(place, object, stop);
  if (pods.empty()) return FailureToMake(object);
  for (const Value& pod : pods) {
    TroubleOfPod trouble = TroubleIn(pod);
    std::string name = TextAt(pod, "metadata", "name");
    if (trouble.text.empty() && !IsReady(pod) && TextAt(pod, "status", "phase") != "Succeeded") {
      trouble.text = LastWarning(place, name, stop);
    }
    if (trouble.text.empty()) continue;
    std::string lines = trouble.container.empty() ? "" : LastLines(place, name, trouble, stop);
    if (!lines.empty()) lines = fmt::format("; it printed: {}", lines);
    return fmt::format("pod `{}`: {}{}", name, trouble.text, lines);
  }
  return "";
}

}  // namespace opsc
