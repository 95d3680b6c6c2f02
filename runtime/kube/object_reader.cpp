#include "runtime/kube/object_reader.h"

#include <utility>

namespace opsc {
namespace {

constexpr int kOneByOne = 4;  // so many of a collection are cheaper to ask for than a list

// Items of a list do not say what they are.
Value Typed(const ServedKind& served, const Value& item) {
  std::vector<Field> fields;
  fields.emplace_back(Symbol("apiVersion"), Value::String(served.api_version));
  fields.emplace_back(Symbol("kind"), Value::String(served.kind));
  for (const auto& field : item.AsRecord()) {
    if (field.first.text() != "apiVersion" && field.first.text() != "kind") fields.push_back(field);
  }
  return Value::Record(std::move(fields));
}

Result<Reading> ReadOne(const ObjectPlace& place, std::stop_token stop) {
  Reading reading;
  reading.asked = std::chrono::steady_clock::now();
  OPS_ASSIGN(reading.object, GetObject(place, std::move(stop)));
  return reading;
}

std::string NameOf(const Value& object) {
  const Value* metadata = object.Find("metadata");
  const Value* name = metadata == nullptr ? nullptr : metadata->Find("name");
  return name == nullptr || !name->is(ValueKind::kString) ? "" : std::string(name->AsString());
}

}  // namespace

std::string ObjectPlace::Path() const {
  return served.Path(name_space) + "/" + name;
}

ApiCall ObjectPlace::Call(std::string verb, std::string method) const {
  return {.verb = std::move(verb),
          .method = std::move(method),
          .path = Path(),
          .resource = served.resource(),
          .name_space = name_space,
          .name = name};
}

Result<std::optional<Value>> GetObject(const ObjectPlace& place, std::stop_token stop) {
  ApiCall call = place.Call("get", "GET");
  OPS_ASSIGN(ApiAnswer answer, place.cluster->client->Call(call, std::move(stop)));
  if (answer.status == 404) return std::nullopt;
  if (!answer.ok()) return std::unexpected(place.cluster->client->ErrorOf(call, answer));
  return std::move(answer.body);
}

std::shared_ptr<ObjectReader::Collection> ObjectReader::CollectionOf(const ObjectPlace& place,
                                                                     uint64_t pass) {
  std::lock_guard lock(mutex_);
  if (pass > pass_) {
    collections_.clear();
    pass_ = pass;
  }
  if (pass < pass_) return nullptr;
  auto& collection = collections_[{place.cluster, place.served.Path(place.name_space)}];
  if (collection == nullptr) collection = std::make_shared<Collection>();
  return collection;
}

Result<Reading> ObjectReader::Read(const ObjectPlace& place, uint64_t pass, std::stop_token stop,
                                   Afterwards afterwards) {
  if (pass == 0) return ReadOne(place, std::move(stop));
  auto collection = CollectionOf(place, pass);
  if (collection == nullptr) return ReadOne(place, std::move(stop));
  std::unique_lock lock(collection->mutex);
  if (collection->refused || (!collection->listed && ++collection->questions <= kOneByOne)) {
    lock.unlock();
    return ReadOne(place, std::move(stop));
  }
  if (!collection->listed) {
    collection->asked = std::chrono::steady_clock::now();
    ApiCall call = place.Call("list", "GET");
    call.path = place.served.Path(place.name_space);
    call.name.clear();
    auto listed = place.cluster->client->List(
        call, "",
        [&](const Value& item) {
          collection->objects.emplace(NameOf(item), Typed(place.served, item));
        },
        stop);
    if (!listed) {
      if (listed.error().kind != ErrorKind::kDenied) return std::unexpected(listed.error());
      collection->refused = true;
      lock.unlock();
      return ReadOne(place, std::move(stop));
    }
    collection->listed = true;
  }
  auto found = collection->objects.find(place.name);
  if (found == collection->objects.end()) return Reading{std::nullopt, collection->asked};
  if (found->second.is_null()) {
    lock.unlock();
    return ReadOne(place, std::move(stop));
  }
  if (afterwards == Afterwards::kKeep) return Reading{found->second, collection->asked};
  return Reading{std::exchange(found->second, Value::Null()), collection->asked};
}

}  // namespace opsc
