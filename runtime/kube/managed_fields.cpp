#include "runtime/kube/managed_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

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

// The item that `[name="web",…]`, `[="x"]` or `[0]` means; nullptr: there is none.
const Value* ItemAt(const Value& list, std::string_view selector) {
  auto items = list.AsList();
  size_t index = 0;
  auto parsed = std::from_chars(selector.data(), selector.data() + selector.size(), index);
  if (parsed.ptr == selector.data() + selector.size() && !selector.empty()) {
    return index < items.size() ? &items[index] : nullptr;
  }
  bool is_scalar = selector.starts_with('=');
  // `name="web",port=80` is the inside of a JSON object, but for its names and its `=`.
  std::string json;
  for (size_t at = 0; at < selector.size() && !is_scalar;) {
    size_t equals = std::min(selector.find('=', at), selector.size());
    size_t end = equals + 1;
    bool quoted = end < selector.size() && selector[end] == '"';
    end = quoted ? selector.find('"', end + 1) : selector.find(',', end);
    end = end == std::string_view::npos ? selector.size() : end + (quoted ? 1 : 0);
    json += fmt::format("{}\"{}\":{}", json.empty() ? "" : ",", selector.substr(at, equals - at),
                        selector.substr(std::min(equals + 1, end), end - equals - 1));
    at = end + 1;
  }
  auto key = FromJson(is_scalar ? selector.substr(1) : std::string_view("{" + json + "}"));
  if (!key) return nullptr;
  auto found = std::ranges::find_if(items, [&](const Value& item) {
    return is_scalar ? item == *key : item.is(ValueKind::kRecord) && Matches(*key, item);
  });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

bool HasPath(const Value& fields, std::string_view path) {
  if (path.empty()) return !fields.is_null();
  if (path.starts_with('[')) {
    size_t end = path.find(']');
    if (end == std::string_view::npos || !fields.is(ValueKind::kList)) return false;
    const Value* item = ItemAt(fields, path.substr(1, end - 1));
    return item != nullptr && HasPath(*item, path.substr(end + 1));
  }
  if (path.starts_with('.')) path.remove_prefix(1);
  if (!fields.is(ValueKind::kRecord)) return false;
  // Names may have dots in them, so each name that fits is tried.
  return std::ranges::any_of(fields.AsRecord(), [&](const auto& field) {
    std::string_view name = field.first.text();
    if (!path.starts_with(name)) return false;
    std::string_view rest = path.substr(name.size());
    return (rest.empty() || rest[0] == '.' || rest[0] == '[') && HasPath(field.second, rest);
  });
}

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
