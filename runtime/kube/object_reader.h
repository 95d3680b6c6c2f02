// Objects of clusters, read one by one, or by one list where a pass asks for many of a collection.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "runtime/kube/clusters.h"

namespace opsc {

// Where an object is.
struct ObjectPlace {
  Cluster* cluster = nullptr;
  ServedKind served;
  std::string name_space;  // empty: of the whole cluster
  std::string name;

  std::string Path() const;  // of the object
  ApiCall Call(std::string verb, std::string method) const;
};

// An object as it was at some time after `asked`; nullopt: it was not there.
struct Reading {
  std::optional<Value> object;
  std::chrono::steady_clock::time_point asked{};
};

// Whether an object of a list is kept for who asks for it again in the same pass.
enum class Afterwards { kKeep, kForget };

// Thread-safe. Forgets what a pass has read when the next one asks.
class ObjectReader {
 public:
  // `pass` as in KindContext.
  Result<Reading> Read(const ObjectPlace& place, uint64_t pass, std::stop_token stop,
                       Afterwards afterwards = Afterwards::kKeep);

 private:
  struct Collection {
    std::mutex mutex;
    int questions = 0;
    bool listed = false;
    bool refused = false;  // no right to list: one by one, then
    std::chrono::steady_clock::time_point asked{};
    std::unordered_map<std::string, Value> objects;  // null: forgotten
  };
  std::shared_ptr<Collection> CollectionOf(const ObjectPlace& place, uint64_t pass);

  std::mutex mutex_;
  uint64_t pass_ = 0;
  // Shared: a slow question of an old pass may still be reading.
  std::map<std::pair<Cluster*, std::string>, std::shared_ptr<Collection>> collections_;
};

// Asks for the one object.
Result<std::optional<Value>> GetObject(const ObjectPlace& place, std::stop_token stop);

}  // namespace opsc
