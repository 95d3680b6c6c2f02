#include "runtime/kube/object_watch.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "runtime/base/pause.h"
#include "runtime/kube/manifest.h"
#include "runtime/kube/projection.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

// What of an object somebody wishes; items of a list do not say what they are, so that is left out.
Digest WishOf(const Value& object) {
  Hasher hasher;
  const Value essence = Essence(object);
  for (const auto& [name, field] : essence.AsRecord()) {
    if (name.text() == "apiVersion" || name.text() == "kind") continue;
    hasher.Part(name.text()).Part(EncodeValue(field, ""));
  }
  return hasher.Finish();
}

// A server that is away, or a right that is missing, may be there later.
constexpr std::chrono::seconds kFirstPause{1};
constexpr std::chrono::seconds kLastPause{60};

// The watched objects of one collection.
class CollectionWatch {
 public:
  CollectionWatch(ObjectPlace place, std::set<std::string> names, SeenObjects& seen,
                  const std::function<void()>& changed)
      : place_(std::move(place)), names_(std::move(names)), seen_(seen), changed_(changed) {
    seen_.Begin(place_, names_);
    thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
  }
  ~CollectionWatch() {
    thread_ = {};  // it tells `seen_`
    seen_.End(place_);
  }
  CollectionWatch(const CollectionWatch&) = delete;
  CollectionWatch& operator=(const CollectionWatch&) = delete;

 private:
  void Run(std::stop_token stop) {
    ApiCall call = place_.Call("watch", "GET");
    call.path = place_.served.Path(place_.name_space);
    call.name.clear();
    // While it is not watched, the next look in time finds what was changed.
    for (auto pause = kFirstPause; !stop.stop_requested();
         pause = std::min(pause * 2, kLastPause)) {
      if (told_) pause = kFirstPause;
      Take({WatchEvent::Type::kRestart, {}});
      (void)place_.cluster->client->Watch(
          call, "", [this](WatchEvent event) { Take(event); }, stop);
      seen_.Lost(place_);
      PauseFor(pause, stop);
    }
  }

  void Take(const WatchEvent& event) {
    using Type = WatchEvent::Type;
    if (event.type == Type::kRestart) {
      told_ = false;
      known_.clear();  // what is not told again is gone
      seen_.Lost(place_);
      return;
    }
    if (event.type == Type::kSynced) {
      told_ = true;
      seen_.Synced(place_);
      changed_();  // nobody saw what happened before
      return;
    }
    std::string name = TextAt(event.object, "metadata", "name");
    if (!names_.contains(name)) return;
    Digest wish = event.type == Type::kDeleted ? Digest{} : WishOf(event.object);
    Digest& known = known_[name];
    bool news = known != wish;
    known = wish;
    if (news) seen_.Changed(place_, name);
    if (news && told_) changed_();
  }

  ObjectPlace place_;
  std::set<std::string> names_;
  SeenObjects& seen_;
  const std::function<void()>& changed_;
  std::map<std::string, Digest> known_;  // empty: not there
  bool told_ = false;                    // since the last restart
  std::jthread thread_;
};

class ObjectsWatch : public Watch {
 public:
  ObjectsWatch(const std::vector<ObjectPlace>& places, SeenObjects& seen,
               std::function<void()> changed)
      : changed_(std::move(changed)) {
    std::map<std::pair<Cluster*, std::string>, std::pair<const ObjectPlace*, std::set<std::string>>>
        collections;
    for (const ObjectPlace& place : places) {
      auto& collection = collections[{place.cluster, place.served.Path(place.name_space)}];
      collection.first = &place;
      collection.second.insert(place.name);
    }
    for (auto& [path, collection] : collections) {
      watches_.push_back(std::make_unique<CollectionWatch>(
          *collection.first, std::move(collection.second), seen, changed_));
    }
  }

 private:
  std::function<void()> changed_;
  std::vector<std::unique_ptr<CollectionWatch>> watches_;
};

}  // namespace

std::unique_ptr<Watch> WatchObjects(const std::vector<ObjectPlace>& places, SeenObjects& seen,
                                    std::function<void()> changed) {
  return std::make_unique<ObjectsWatch>(places, seen, std::move(changed));
}

}  // namespace opsc
