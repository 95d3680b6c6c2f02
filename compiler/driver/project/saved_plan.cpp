#include "compiler/driver/project/saved_plan.h"

#include <vector>

#include <fmt/format.h>

#include "compiler/driver/cli/result_file.h"
#include "runtime/base/digest.h"

namespace opsc {
namespace {

constexpr std::string_view kMarker = "opsc.plan/";

constexpr std::string_view kChecksum = ",\n \"checksum\": \"";
constexpr std::string_view kEnd = "\"\n}";

// The document with the digest of all before it as its last field.
std::string WithChecksum(std::string text) {
  text.resize(text.rfind("\n}"));
  std::string digest = Sha256(text).Hex();
  return text + std::string(kChecksum) + digest + std::string(kEnd) + "\n";
}

bool HasItsChecksum(std::string_view text) {
  size_t at = text.rfind(kChecksum);
  return at != text.npos && text == WithChecksum(std::string(text.substr(0, at)) + "\n}");
}

std::vector<std::string> MovedSources(const Plan& plan, const Graph& graph) {
  std::vector<std::string> moved;
  for (const auto& [path, digest] : plan.sources) {
    auto now = graph.sources.find(path);
    if (now == graph.sources.end()) {
      moved.push_back(path + " (gone)");
    } else if (now->second != digest) {
      moved.push_back(path);
    }
  }
  for (const auto& [path, digest] : graph.sources) {
    if (!plan.sources.contains(path)) moved.push_back(path + " (new)");
  }
  return moved;
}

}  // namespace

bool IsPlanFile(Env& env, const std::string& word) {
  if (word.ends_with(".plan")) return true;
  FileType type = env.Stat(word).type;
  if (type != FileType::kFile && type != FileType::kSymlink) return false;
  auto text = env.ReadFile(word);
  return text && std::string_view(*text).substr(0, 200).contains(kMarker);
}

Status WritePlanFile(Env& env, const std::string& path, const Plan& plan) {
  return WriteResultFile(env, path, WithChecksum(EncodePlan(plan)), 0600);
}

Result<Plan> ReadPlanFile(Env& env, const std::string& path) {
  OPS_ASSIGN(std::string text, env.ReadFile(path));
  Result<Plan> plan = DecodePlan(text);
  if (!plan) {
    return Fail(
        plan.error().kind, fmt::format("`{}`: {}", path, plan.error().message),
        plan.error().hint.empty() ? "make a new one with `opsc plan -o FILE`" : plan.error().hint);
  }
  if (!HasItsChecksum(text)) {
    return Fail(ErrorKind::kInput,
                fmt::format("`{}` is not as `opsc plan` wrote it: its checksum does not fit", path),
                "make it again with `opsc plan -o FILE`");
  }
  return plan;
}

Status CheckFresh(const Plan& plan, const Graph& graph, Journal& journal) {
  constexpr std::string_view kWayOut = "plan again: `opsc plan -o FILE`, then apply that";
  if (auto moved = MovedSources(plan, graph); !moved.empty()) {
    return Fail(ErrorKind::kInput,
                fmt::format("the plan is stale: these sources changed since it was made: {}",
                            fmt::join(moved, ", ")),
                std::string(kWayOut));
  }
  OPS_ASSIGN(uint64_t serial, journal.Serial());
  if (serial == plan.state_serial) return {};
  return Fail(
      ErrorKind::kInput,
      fmt::format("the plan is stale: the state moved from serial {} to {} since it was made",
                  plan.state_serial, serial),
      std::string(kWayOut));
}

}  // namespace opsc
