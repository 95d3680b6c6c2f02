// What was seen of objects that are watched: true as long as the watch tells nothing else.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "runtime/graph/kind.h"
#include "runtime/kube/object_reader.h"

namespace opsc {

// Thread-safe. Asking for what has not changed needs no request; now and then it is asked for all
// the same, so that a watch that goes wrong is no more than late.
class SeenObjects {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kTrusted = std::chrono::minutes(10);

  // Where the news of an object stand: another number after each change. nullopt: it is not
  // watched, or the watch has lost the thread.
  std::optional<uint64_t> NewsOf(const ObjectPlace& place);

  // What was seen of the object for an entry whose content is `of`, if that is still so.
  std::optional<Observed> Find(const ObjectPlace& place, const Digest& of);
  // To be called with the news as they were before the object was read.
  void Keep(const ObjectPlace& place, uint64_t news, const Digest& of, Observed observed);

  // Told by watches. A collection is what `Path` of its objects' places begin with.
  void Begin(const ObjectPlace& place, const std::set<std::string>& names);
  void Synced(const ObjectPlace& place);
  void Lost(const ObjectPlace& place);  // until it is synced again, nothing is known
  void Changed(const ObjectPlace& place, const std::string& name);
  void End(const ObjectPlace& place);

 private:
  struct Kept {
    uint64_t news = 0;  // of the object
    uint64_t at = 0;    // the news that `observed` was seen at
    Digest of = {};
    std::optional<Observed> observed = {};
    Clock::time_point time{};
  };
  struct Collection {
    bool synced = false;
    std::unordered_map<std::string, Kept> objects;
  };
  using Key = std::pair<Cluster*, std::string>;
  static Key KeyOf(const ObjectPlace& place);
  Kept* FindKept(const ObjectPlace& place);

  std::mutex mutex_;
  uint64_t next_ = 1;
  std::map<Key, Collection> collections_;
};

}  // namespace opsc
