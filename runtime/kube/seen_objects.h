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

  // False: it is not watched, or the watch has lost the thread.
  bool IsWatched(const ObjectPlace& place);

  // What was seen of the object for an entry whose content is `of`, if that is still so.
  std::optional<Observed> Find(const ObjectPlace& place, const Digest& of);
  // What was read by a question that was put at `asked`. Forgotten again where the watch has told
  // of a change since.
  void Keep(const ObjectPlace& place, Clock::time_point asked, const Digest& of, Observed observed);

  // Told by watches. A collection is what `Path` of its objects' places begin with.
  // These objects of it are watched from now on, and no others; what is known of those that were
  // watched already stays.
  void Cover(const ObjectPlace& place, const std::set<std::string>& names);
  void Synced(const ObjectPlace& place);
  void Lost(const ObjectPlace& place);  // until it is synced again, nothing is known
  void Changed(const ObjectPlace& place, const std::string& name);
  void End(const ObjectPlace& place);

 private:
  struct Kept {
    Clock::time_point changed{};  // when the watch told it
    Clock::time_point asked{};    // when `observed` was asked for
    Digest of = {};
    std::optional<Observed> observed = {};
  };
  struct Collection {
    bool synced = false;
    std::unordered_map<std::string, Kept> objects;
  };
  using Key = std::pair<Cluster*, std::string>;
  static Key KeyOf(const ObjectPlace& place);
  Kept* FindKept(const ObjectPlace& place);

  std::mutex mutex_;
  std::map<Key, Collection> collections_;
};

}  // namespace opsc
