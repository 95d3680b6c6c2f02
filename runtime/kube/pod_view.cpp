#include "runtime/kube/pod_view.h"

#include <algorithm>
#include <array>

#include "runtime/kube/manifest.h"

namespace opsc {
namespace {

// Reasons of waiting that do not pass by themselves, but for a registry that was down.
constexpr std::array<std::string_view, 7> kHopeless = {
    "ErrImagePull",         "ImagePullBackOff",           "ErrImageNeverPull", "InvalidImageName",
    "CreateContainerError", "CreateContainerConfigError", "RunContainerError"};

const Value* ListAt(const Value* record, std::string_view name) {
  const Value* list = record == nullptr ? nullptr : record->Find(name);
  return list != nullptr && list->is(ValueKind::kList) ? list : nullptr;
}

const Value* RecordAt(const Value* record, std::string_view name) {
  const Value* field = record == nullptr ? nullptr : record->Find(name);
  return field != nullptr && field->is(ValueKind::kRecord) ? field : nullptr;
}

std::string Joined(const std::string& reason, const std::string& message) {
  if (reason.empty() || message.empty()) return reason + message;
  return reason + ": " + message;
}

void NoteWaiting(const Value& state, PodView& view) {
  const Value* waiting = RecordAt(&state, "waiting");
  if (waiting == nullptr) return;
  const std::string reason = TextAt(*waiting, "reason");
  if (reason == "PodInitializing" || reason == "ContainerCreating") return;
  view.waits_for = Joined(reason, TextAt(*waiting, "message"));
  view.hopeless = std::ranges::find(kHopeless, reason) != kHopeless.end();
}

void NoteEnd(const Value& state, PodView& view) {
  const Value* terminated = RecordAt(&state, "terminated");
  if (terminated == nullptr) return;
  PodView::Ended ended;
  const Value* code = terminated->Find("exitCode");
  if (code != nullptr && code->is(ValueKind::kInt)) {
    ended.exit_code = static_cast<int>(code->AsInt());
  }
  ended.reason = TextAt(*terminated, "reason");
  ended.message = TextAt(*terminated, "message");
  view.ended = std::move(ended);
}

// A container that carries files has failed: its image has no `sh`, say.
void NoteCarrier(const std::string& name, const Value& state, PodView& view) {
  const Value* terminated = RecordAt(&state, "terminated");
  const Value* code = terminated == nullptr ? nullptr : terminated->Find("exitCode");
  if (code == nullptr || !code->is(ValueKind::kInt) || code->AsInt() == 0) return;
  view.over_because = "container `" + name +
                      "`: " + Joined(TextAt(*terminated, "reason"), TextAt(*terminated, "message"));
}

void NoteContainer(const Value& container, PodView& view) {
  const std::string name = TextAt(container, "name");
  const Value* state = RecordAt(&container, "state");
  if (state == nullptr) return;
  const bool running = RecordAt(state, "running") != nullptr;
  NoteWaiting(*state, view);
  if (name == kInputsContainer) view.inputs_running = running;
  if (name == kOutputsContainer) view.outputs_running = running;
  if (name != kTaskContainer) return NoteCarrier(name, *state, view);
  NoteEnd(*state, view);
  view.task_began = running || view.ended;
}

void NoteScheduling(const Value* status, PodView& view) {
  const Value* conditions = ListAt(status, "conditions");
  if (conditions == nullptr) return;
  for (const Value& condition : conditions->AsList()) {
    const std::string type = TextAt(condition, "type");
    if (type == "PodScheduled" && TextAt(condition, "status") == "False") {
      view.waits_for = Joined(TextAt(condition, "reason"), TextAt(condition, "message"));
    }
    if (type == "DisruptionTarget" && TextAt(condition, "status") == "True") {
      view.over_because = Joined(TextAt(condition, "reason"), TextAt(condition, "message"));
    }
  }
}

}  // namespace

PodView ViewOf(const Value& pod) {
  PodView view;
  view.name = TextAt(pod, "metadata", "name");
  const Value* status = RecordAt(&pod, "status");
  NoteScheduling(status, view);
  for (const char* statuses : {"initContainerStatuses", "containerStatuses"}) {
    const Value* containers = ListAt(status, statuses);
    if (containers == nullptr) continue;
    for (const Value& container : containers->AsList()) NoteContainer(container, view);
  }
  const bool deleted = !TextAt(pod, "metadata", "deletionTimestamp").empty();
  view.over = deleted || (status != nullptr && TextAt(*status, "phase") == "Failed");
  if (view.over && view.over_because.empty() && status != nullptr) {
    view.over_because = Joined(TextAt(*status, "reason"), TextAt(*status, "message"));
  }
  return view;
}

}  // namespace opsc
