#include "compiler/driver/sync/fights.h"

#include <chrono>

#include "runtime/reconcile/schedule.h"

namespace opsc {
namespace {

constexpr auto kRemembered = std::chrono::minutes(10);

}  // namespace

std::vector<std::string> Fights::LeftAlone(const std::vector<Drift>& drift, Time now) const {
  std::vector<std::string> left;
  for (const Drift& one : drift) {
    auto heal = heals_.find(one.address);
    if (heal != heals_.end() && heal->second.not_before > now) left.push_back(one.address);
  }
  return left;
}

void Fights::NoteHealed(const std::vector<Drift>& drift, Time now) {
  std::erase_if(heals_, [&](const auto& heal) { return now - heal.second.last > kRemembered; });
  for (const Drift& one : drift) {
    auto [heal, is_first] = heals_.try_emplace(one.address);
    heal->second.last = now;
    if (is_first) continue;
    heal->second.not_before = now + Backoff(++heal->second.undone, 0);
  }
}

}  // namespace opsc
