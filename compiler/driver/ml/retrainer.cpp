#include "compiler/driver/ml/retrainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "compiler/driver/cli/signals.h"

namespace opsc {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kEvery = 10s;
constexpr std::chrono::seconds kLongestWait = 10min;

// Models with triggers, and all that needs what they give: in the order of the graph.
std::vector<std::string> TargetsOf(const Graph& graph) {
  std::unordered_set<std::string> chosen;
  for (const Node& node : graph.nodes) {
    if (node.type == "training_rows") chosen.insert(node.address);
  }
  for (bool grown = true; grown;) {
    grown = false;
    for (const Node& node : graph.nodes) {
      bool needs = std::ranges::any_of(node.edges,
                                       [&](const Edge& edge) { return chosen.contains(edge.to); });
      grown = (needs && chosen.insert(node.address).second) || grown;
    }
  }
  std::vector<std::string> targets;
  for (const Node& node : graph.nodes) {
    if (chosen.contains(node.address)) targets.push_back(node.address);
  }
  return targets;
}

Digest DigestOf(const Plan& plan) {
  Hasher hasher;
  for (const Change& change : plan.changes) {
    if (change.action == Action::kNoop) continue;
    hasher.Part(change.address).Part(static_cast<uint64_t>(change.action)).Part(change.key);
    for (const Reason& reason : change.reasons) hasher.Part(PrintReason(reason));
  }
  return hasher.Finish();
}

bool RunsTasks(const Plan& plan) {
  return std::ranges::any_of(plan.changes,
                             [](const Change& change) { return change.action == Action::kRun; });
}

}  // namespace

bool HasTriggers(const Graph& graph) {
  return std::ranges::any_of(graph.nodes,
                             [](const Node& node) { return node.type == "training_rows"; });
}

bool Retrainer::IsWorth(const Plan& plan) {
  Digest digest = DigestOf(plan);
  // All that a refused pass could do is done; what is refused is what is left of it.
  bool rest = std::exchange(just_denied_, false) && !RunsTasks(plan);
  if (rest) tried_ = digest;
  bool same = digest == tried_;
  if (same && (denied_ || session_.env->Now() < next_try_)) return false;
  if (!same) failures_ = 0;
  tried_ = digest;
  tries_ = true;
  return true;
}

Result<int> Retrainer::PlanAndRetrain() {
  OPS_ASSIGN(auto prepared, Prepare(session_, args_, {.secrets = Secrets::kReadWhereNeeded}));
  if (!prepared) return ProgramHasErrors(session_);
  RunRequest request;
  request.words = TargetsOf(prepared->graph());
  if (request.words.empty()) return kExitOk;
  request.ask = Ask::kNo;
  request.stop = &stop_;
  request.worth = [this](const Plan& plan) { return IsWorth(plan); };
  return PlanAndApply(session_, args_, *prepared, std::move(request));
}

int Retrainer::Pass() {
  tries_ = false;
  auto code = PlanAndRetrain();
  if (!code) PrintError(session_, code.error());
  int ended = code ? *code : ExitCodeOf(code.error().kind);
  if (!tries_) return ended;
  denied_ = just_denied_ = ended == kExitDenied;
  if (ended == kExitOk) return ended;
  failures_ = std::min(failures_ + 1, 10);
  next_try_ =
      session_.env->Now() + std::min<std::chrono::seconds>(kEvery * (1 << failures_), kLongestWait);
  return ended;
}

void Retrainer::Run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    Pass();
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, kEvery, [] { return false; });
  }
}

}  // namespace opsc
