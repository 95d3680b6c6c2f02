#include "runtime/kube/managed_fields.h"

#include <algorithm>

#include "runtime/value/json.h"

namespace opsc {
namespace {

// The record in "k:{"name":"web"}"; nullopt for any other name.
std::optional<Value> KeyIn(std::string_view name) {
  if (!name.starts_with("k:")) return std::nullopt;
  auto key = FromJson(name.substr(2));
  if (!key || !key->is(ValueKind::kRecord)) return std::nullopt;
  return std::move(*key);
}

// Does the item have what the key says? What the item leaves out is a default of the server's.
bool Matches(const Value& key, const Value& item) {
  return std::ranges::all_of(key.AsRecord(), [&](const auto& field) {
    const Value* own = item.Find(field.first);
    return own == nullptr || own->is_null() || *own == field.second;
  });
}

}  // namespace

OwnedFields OwnedFields::Of(const Value& object) {
  OwnedFields owned;
  const Value* metadata = object.Find("metadata");
  const Value* managers = metadata == nullptr ? nullptr : metadata->Find("managedFields");
  if (managers == nullptr || !managers->is(ValueKind::kList)) return owned;
  for (const Value& manager : managers->AsList()) {
    if (const Value* fields = manager.Find("fieldsV1")) owned.sets_.push_back(*fields);
  }
  return owned;
}

OwnedFields OwnedFields::Field(std::string_view name) const {
  OwnedFields below;
  const Symbol symbol("f:" + std::string(name));
  for (const Value& set : sets_) {
    if (const Value* field = set.Find(symbol)) below.sets_.push_back(*field);
  }
  return below;
}

OwnedFields OwnedFields::Item(const Value& item) const {
  OwnedFields below;
  for (const Value& set : sets_) {
    if (!set.is(ValueKind::kRecord)) continue;
    for (const auto& [name, fields] : set.AsRecord()) {
      auto key = KeyIn(name.text());
      if (key && Matches(*key, item)) below.sets_.push_back(fields);
    }
  }
  return below;
}

std::vector<std::string> OwnedFields::ItemKeys() const {
  for (const Value& set : sets_) {
    if (!set.is(ValueKind::kRecord)) continue;
    for (const auto& [name, fields] : set.AsRecord()) {
      auto key = KeyIn(name.text());
      if (!key) continue;
      std::vector<std::string> names;
      for (const auto& field : key->AsRecord()) names.push_back(field.first.str());
      return names;
    }
  }
  return {};
}

bool OwnedFields::is_set() const {
  return std::ranges::any_of(sets_, [](const Value& set) {
    return set.is(ValueKind::kRecord) && std::ranges::any_of(set.AsRecord(), [](const auto& field) {
             return field.first.text().starts_with("v:");
           });
  });
}

}  // namespace opsc
