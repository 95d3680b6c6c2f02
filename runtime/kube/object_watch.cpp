#include "runtime/kube/object_watch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
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

}  // namespace

// The watched objects of one collection.
class CollectionWatch {
 public:
  CollectionWatch(ObjectPlace place, SeenObjects& seen, std::set<std::string> names,
                  std::function<void()> changed)
      : place_(std::move(place)), seen_(seen) {
    Cover(std::move(names), std::move(changed));
    thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
  }
  ~CollectionWatch() {
    thread_ = {};  // it tells `seen_`
    seen_.End(place_);
  }
  CollectionWatch(const CollectionWatch&) = delete;
  CollectionWatch& operator=(const CollectionWatch&) = delete;

  // From now on it is about these objects, and `changed` is told of them.
  void Cover(std::set<std::string> names, std::function<void()> changed) {
    std::lock_guard lock(mutex_);
    seen_.Cover(place_, names);
    std::erase_if(known_, [&](const auto& known) { return !names.contains(known.first); });
    names_ = std::move(names);
    changed_ = std::move(changed);
  }

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
    std::lock_guard lock(mutex_);
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
    // Of one that joined a running watch nothing is known, not that it is absent.
    const auto [known, is_first] = known_.try_emplace(name);
    const bool news = is_first || known->second != wish;
    known->second = wish;
    if (news) seen_.Changed(place_, name);
    if (news && told_) changed_();
  }

  const ObjectPlace place_;
  SeenObjects& seen_;
  std::mutex mutex_;  // of what follows, but for the thread
  std::set<std::string> names_;
  std::function<void()> changed_;
  std::map<std::string, Digest> known_;  // empty: not there
  std::atomic<bool> told_ = false;       // since the last restart
  std::jthread thread_;
};

namespace {

class ObjectsWatch : public Watch {
 public:
  explicit ObjectsWatch(std::vector<std::shared_ptr<CollectionWatch>> watches)
      : watches_(std::move(watches)) {}

 private:
  std::vector<std::shared_ptr<CollectionWatch>> watches_;
};

struct Collection {
  const ObjectPlace* place = nullptr;  // of one of its objects
  std::set<std::string> names;
};

}  // namespace

std::unique_ptr<Watch> ObjectWatches::Begin(const std::vector<ObjectPlace>& places,
                                            std::function<void()> changed) {
  std::map<std::pair<Cluster*, std::string>, Collection> collections;
  for (const ObjectPlace& place : places) {
    auto& collection = collections[{place.cluster, place.served.Path(place.name_space)}];
    collection.place = &place;
    collection.names.insert(place.name);
  }
  std::erase_if(running_, [](const auto& running) { return running.second.expired(); });
  std::vector<std::shared_ptr<CollectionWatch>> watches;
  for (auto& [key, collection] : collections) {
    auto watch = running_[key].lock();
    if (watch != nullptr) {
      watch->Cover(std::move(collection.names), changed);
    } else {
      watch = std::make_shared<CollectionWatch>(*collection.place, seen_,
                                                std::move(collection.names), changed);
      running_[key] = watch;
    }
    watches.push_back(std::move(watch));
  }
  return std::make_unique<ObjectsWatch>(std::move(watches));
}

}  // namespace opsc
