#include "compiler/driver/sync/sync_board.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/driver/sync/sync_record.h"

namespace opsc {
namespace {

std::string_view Standing(SyncStanding standing) {
  switch (standing) {
    case SyncStanding::kUnknown:
      return "which was not looked at yet";
    case SyncStanding::kSynced:
      return "which has a newer commit to apply";
    case SyncStanding::kDrifted:
      return "which has drifted";
    case SyncStanding::kFailed:
      return "which failed";
    case SyncStanding::kDenied:
      return "whose commit is refused";
    case SyncStanding::kWaiting:
      return "which waits itself";
  }
  return "which failed";
}

// As the agent that drives it has left it.
SyncStanding StandingOf(const SyncRecord& record) {
  const SyncEntry* last = record.last();
  if (last == nullptr) return SyncStanding::kUnknown;
  if (!record.memory.refused.empty()) return SyncStanding::kDenied;
  if (last->state == "synced" || last->state == "healed") return SyncStanding::kSynced;
  return last->state == "drifted" ? SyncStanding::kDrifted : SyncStanding::kFailed;
}

}  // namespace

void SyncBoard::Add(const SyncSpec& spec, SyncBell* bell) {
  std::lock_guard lock(mutex_);
  Place& place = places_[spec.name];
  place.spec = &spec;
  place.bell = bell;
}

void SyncBoard::Set(const std::string& name, SyncStanding standing, const SyncMemory& memory) {
  std::lock_guard lock(mutex_);
  Place& place = places_[name];
  place.standing = standing;
  place.memory = memory;
  for (auto& [other, follower] : places_) {
    bool follows = follower.spec != nullptr && follower.bell != nullptr &&
                   std::ranges::find(follower.spec->after, name, &SyncNeed::name) !=
                       follower.spec->after.end();
    if (follows) follower.bell->Gate();
  }
}

std::string SyncBoard::Judge(const SyncNeed& need, const Place& place, const std::string& revision,
                             bool same_source) {
  const SyncMemory& memory = place.memory;
  bool kept = need.suspended && !memory.applied.empty();
  bool there = same_source ? memory.applied == revision : memory.applied == memory.seen;
  bool stands = place.standing == SyncStanding::kSynced && there && memory.refused.empty();
  if (kept || stands) return "";
  if (place.standing == SyncStanding::kSynced && same_source) {
    return fmt::format("`{}`, which has not applied {} yet", need.name, revision.substr(0, 10));
  }
  return fmt::format("`{}`, {}", need.name, Standing(place.standing));
}

std::string SyncBoard::WaitsFor(Env& env, const SyncSpec& spec, const std::string& revision) {
  std::lock_guard lock(mutex_);
  for (const SyncNeed& need : spec.after) {
    auto driven = places_.find(need.name);
    Place recorded;
    if (driven == places_.end()) {
      auto record = ReadSyncRecord(env, need.state_dir);
      if (record && *record) {
        recorded.memory = (*record)->memory;
        recorded.standing = StandingOf(**record);
      }
    }
    const Place& place = driven == places_.end() ? recorded : driven->second;
    bool same_source = need.url == spec.url && need.ref == spec.ref;
    std::string waits = Judge(need, place, revision, same_source);
    if (waits.empty()) continue;
    if (same_source && place.bell != nullptr && place.memory.seen != revision) place.bell->Push();
    return waits;
  }
  return "";
}

void SyncBoard::End(const std::string& name) {
  {
    std::lock_guard lock(mutex_);
    places_[name].ended = true;
  }
  ended_.notify_all();
}

void SyncBoard::WaitUntilEnded(const std::vector<std::string>& names, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, stop, [&] {
    return std::ranges::all_of(names, [&](const std::string& name) {
      auto place = places_.find(name);
      return place == places_.end() || place->second.spec == nullptr || place->second.ended;
    });
  });
}

}  // namespace opsc
