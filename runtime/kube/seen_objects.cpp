#include "runtime/kube/seen_objects.h"

#include <utility>

namespace opsc {

SeenObjects::Key SeenObjects::KeyOf(const ObjectPlace& place) {
  return {place.cluster, place.served.Path(place.name_space)};
}

// REQUIRES: the mutex. nullptr: not watched, or nothing is known.
SeenObjects::Kept* SeenObjects::FindKept(const ObjectPlace& place) {
  auto collection = collections_.find(KeyOf(place));
  if (collection == collections_.end() || !collection->second.synced) return nullptr;
  auto kept = collection->second.objects.find(place.name);
  return kept == collection->second.objects.end() ? nullptr : &kept->second;
}

bool SeenObjects::IsWatched(const ObjectPlace& place) {
  std::lock_guard lock(mutex_);
  return FindKept(place) != nullptr;
}

std::optional<Observed> SeenObjects::Find(const ObjectPlace& place, const Digest& of) {
  std::lock_guard lock(mutex_);
  Kept* kept = FindKept(place);
  bool known =
      kept != nullptr && kept->observed && kept->of == of && Clock::now() - kept->asked < kTrusted;
  return known ? kept->observed : std::nullopt;
}

void SeenObjects::Keep(const ObjectPlace& place, Clock::time_point asked, const Digest& of,
                       Observed observed) {
  std::lock_guard lock(mutex_);
  Kept* kept = FindKept(place);
  if (kept == nullptr || kept->changed >= asked) return;
  kept->asked = asked;
  kept->of = of;
  kept->observed = std::move(observed);
}

void SeenObjects::Cover(const ObjectPlace& place, const std::set<std::string>& names) {
  std::lock_guard lock(mutex_);
  auto& objects = collections_[KeyOf(place)].objects;
  std::erase_if(objects, [&](const auto& kept) { return !names.contains(kept.first); });
  for (const std::string& name : names) objects.try_emplace(name, Kept{.changed = Clock::now()});
}

void SeenObjects::Synced(const ObjectPlace& place) {
  std::lock_guard lock(mutex_);
  auto collection = collections_.find(KeyOf(place));
  if (collection != collections_.end()) collection->second.synced = true;
}

void SeenObjects::Lost(const ObjectPlace& place) {
  std::lock_guard lock(mutex_);
  auto collection = collections_.find(KeyOf(place));
  if (collection == collections_.end()) return;
  collection->second.synced = false;
  for (auto& [name, kept] : collection->second.objects) kept = {.changed = Clock::now()};
}

void SeenObjects::Changed(const ObjectPlace& place, const std::string& name) {
  std::lock_guard lock(mutex_);
  auto collection = collections_.find(KeyOf(place));
  if (collection == collections_.end()) return;
  auto kept = collection->second.objects.find(name);
  if (kept != collection->second.objects.end()) kept->second = {.changed = Clock::now()};
}

void SeenObjects::End(const ObjectPlace& place) {
  std::lock_guard lock(mutex_);
  collections_.erase(KeyOf(place));
}

}  // namespace opsc
