#include "runtime/exec/task_key.h"

#include <algorithm>
#include <tuple>

#include "runtime/value/encode.h"

namespace opsc {
namespace {

constexpr std::string_view kVersion = "opsc.task/2";

Digest DigestOfNumber(int64_t number) {
  return Hasher().Part(static_cast<uint64_t>(number)).Finish();
}

Digest CommandDigest(const TaskSpec& spec, const TaskCommand& command, std::string_view salt) {
  Hasher hasher;
  hasher.Part(kVersion).Part(spec.type).Part(command.dir);
  if (!command.own.empty()) hasher.Part("own").Part(command.own);
  if (const Value* run = spec.fields.Find("run")) hasher.Part(DigestOf(*run, salt));
  hasher.Part(uint64_t{command.ok_codes.size()});
  for (int64_t code : command.ok_codes) hasher.Part(static_cast<uint64_t>(code));
  return hasher.Finish();
}

Digest OutsDigest(const TaskCommand& command, std::string_view salt) {
  Hasher hasher;
  for (const FileOut& out : command.file_outs) hasher.Part(out.name).Part(out.path);
  for (const auto& [name, value] : command.value_outs) {
    hasher.Part(name.text()).Part(DigestOf(value, salt));
  }
  return hasher.Finish();
}

void AddLimits(const TaskCommand& command, std::vector<KeyPart>& parts) {
  const auto add = [&](std::string name, int64_t number) {
    parts.push_back({ReasonKind::kLimitChanged, std::move(name), DigestOfNumber(number)});
  };
  add("cpu", static_cast<int64_t>(command.cpu * 1000));
  add("network", command.network ? 1 : 0);
  if (command.memory) add("memory", *command.memory);
  if (command.timeout_ns) add("timeout", *command.timeout_ns);
}

auto Order(const KeyPart& part) {
  return std::tie(part.kind, part.name);
}

// An input that came or went is said as such; any other part is "changed" either way.
ReasonKind WhenAdded(ReasonKind kind) {
  return kind == ReasonKind::kInputChanged ? ReasonKind::kInputAdded : kind;
}
ReasonKind WhenRemoved(ReasonKind kind) {
  return kind == ReasonKind::kInputChanged ? ReasonKind::kInputRemoved : kind;
}

int Weight(ReasonKind kind) {
  switch (kind) {
    case ReasonKind::kCommandChanged:
      return 0;
    case ReasonKind::kInputChanged:
      return 1;
    case ReasonKind::kInputAdded:
      return 2;
    case ReasonKind::kInputRemoved:
      return 3;
    case ReasonKind::kEnvironmentChanged:
      return 4;
    case ReasonKind::kToolChanged:
      return 5;
    case ReasonKind::kLimitChanged:
      return 6;
    default:
      return 7;
  }
}

}  // namespace

TaskKey MakeTaskKey(const TaskSpec& spec, const TaskCommand& command, const TaskInputs& inputs,
                    const std::vector<Tool>& tools, std::string_view salt) {
  TaskKey key;
  key.address = spec.address;
  std::vector<KeyPart>& parts = key.parts;
  parts.reserve(inputs.files.size() + inputs.trees.size() + tools.size() + command.env.size() + 6);
  parts.push_back({ReasonKind::kCommandChanged, "", CommandDigest(spec, command, salt)});
  parts.push_back({ReasonKind::kOutputsChanged, "", OutsDigest(command, salt)});
  AddLimits(command, parts);
  for (const auto& [name, value] : command.env) {
    parts.push_back({ReasonKind::kEnvironmentChanged, name, DigestOf(value, salt)});
  }
  for (const Tool& tool : tools) {
    parts.push_back({ReasonKind::kToolChanged, tool.name, tool.digest});
  }
  if (!command.image.empty()) {
    parts.push_back({ReasonKind::kToolChanged, "the image", Sha256(command.image)});
  }
  for (const InputFile& file : inputs.files) {
    Hasher hasher;
    hasher.Part(static_cast<uint64_t>(file.type)).Part(file.digest);
    parts.push_back({ReasonKind::kInputChanged, file.path, hasher.Finish()});
  }
  for (const InputTree& tree : inputs.trees) {
    parts.push_back({ReasonKind::kInputChanged, tree.path, tree.tree});
  }
  std::ranges::sort(parts, {}, Order);
  Hasher hasher;
  for (const KeyPart& part : parts) {
    hasher.Part(static_cast<uint64_t>(part.kind)).Part(part.name).Part(part.digest);
  }
  key.digest = hasher.Finish();
  return key;
}

std::vector<Reason> CompareKeys(const std::vector<KeyPart>& before,
                                const std::vector<KeyPart>& now) {
  std::vector<Reason> reasons;
  auto b = before.begin();
  auto n = now.begin();
  while (b != before.end() || n != now.end()) {
    if (n == now.end() || (b != before.end() && Order(*b) < Order(*n))) {
      reasons.push_back({WhenRemoved(b->kind), b->name});
      ++b;
    } else if (b == before.end() || Order(*n) < Order(*b)) {
      reasons.push_back({WhenAdded(n->kind), n->name});
      ++n;
    } else {
      if (b->digest != n->digest) reasons.push_back({n->kind, n->name});
      ++b;
      ++n;
    }
  }
  std::ranges::stable_sort(reasons, {}, [](const Reason& reason) { return Weight(reason.kind); });
  return reasons;
}

}  // namespace opsc
