#include "runtime/kube/projection.h"

#include <algorithm>
#include <array>

#include "runtime/graph/base64.h"
#include "runtime/kube/managed_fields.h"
#include "runtime/kube/manifest.h"

namespace opsc {
namespace {

Value ProjectField(const Value& wanted, const Value* live, const OwnedFields& owned);

Value ProjectRecord(const Value& wanted, const Value& live, const OwnedFields& owned) {
  std::vector<Field> fields;
  for (const auto& [name, value] : wanted.AsRecord()) {
    if (value.is_null()) continue;
    fields.emplace_back(name, ProjectField(value, live.Find(name), owned.Field(name.text())));
  }
  return Value::Record(std::move(fields));
}

// The item of `live` that has the same keys; a key that only one of them has is a default.
const Value* FindItem(const Value& live, const Value& wanted,
                      const std::vector<std::string>& keys) {
  const Value* best = nullptr;
  for (const Value& item : live.AsList()) {
    bool same = std::ranges::all_of(keys, [&](const std::string& key) {
      const Value* want = wanted.Find(key);
      const Value* have = item.Find(key);
      return want == nullptr || have == nullptr || *want == *have;
    });
    if (same && best == nullptr) best = &item;
  }
  return best;
}

Value ProjectKeyed(const Value& wanted, const Value& live, const OwnedFields& owned,
                   const std::vector<std::string>& keys) {
  std::vector<Value> items;
  for (const Value& item : wanted.AsList()) {
    items.push_back(ProjectField(item, FindItem(live, item, keys), owned.Item(item)));
  }
  return Value::List(std::move(items));
}

Value ProjectSet(const Value& wanted, const Value& live) {
  std::vector<Value> items;
  auto there = live.AsList();
  for (const Value& item : wanted.AsList()) {
    bool has = std::ranges::find(there, item) != there.end();
    items.push_back(has ? item : Value::Null());
  }
  return Value::List(std::move(items));
}

Value ProjectList(const Value& wanted, const Value& live, const OwnedFields& owned) {
  auto keys = owned.ItemKeys();
  if (!keys.empty()) return ProjectKeyed(wanted, live, owned, keys);
  if (owned.is_set()) return ProjectSet(wanted, live);
  auto want = wanted.AsList();
  auto have = live.AsList();
  if (want.size() != have.size()) return live;
  std::vector<Value> items;
  for (size_t i = 0; i < want.size(); ++i) {
    items.push_back(ProjectField(want[i], &have[i], OwnedFields()));
  }
  return Value::List(std::move(items));
}

Value ProjectField(const Value& wanted, const Value* live, const OwnedFields& owned) {
  if (live == nullptr || live->is_null()) return Value::Null();
  if (wanted.secret()) return live->WithSecret();
  if (wanted.is(ValueKind::kRecord) && live->is(ValueKind::kRecord)) {
    return ProjectRecord(wanted, *live, owned);
  }
  if (wanted.is(ValueKind::kList) && live->is(ValueKind::kList)) {
    return ProjectList(wanted, *live, owned);
  }
  return *live;
}

// Texts of a Secret's `data`, as `stringData` has them: only the server's half can be read.
Value StringDataOf(const Value& live) {
  std::vector<Field> texts;
  const Value* data = live.Find("data");
  if (data == nullptr || !data->is(ValueKind::kRecord)) return Value::Record({});
  for (const auto& [name, value] : data->AsRecord()) {
    if (!value.is(ValueKind::kString)) continue;
    if (auto text = DecodeBase64(value.AsString())) texts.emplace_back(name, Value::String(*text));
  }
  return Value::Record(std::move(texts));
}

bool IsSecret(const Value& object) {
  return TextAt(object, "kind") == "Secret" && TextAt(object, "apiVersion") == "v1";
}

Value Replaced(const Value& record, std::string_view name, Value value) {
  std::vector<Field> fields;
  for (const auto& field : record.AsRecord()) {
    fields.emplace_back(field.first, field.first.text() == name ? value : field.second);
  }
  return Value::Record(std::move(fields));
}

template <size_t n>
Value Without(const Value& record, const std::array<std::string_view, n>& names) {
  std::vector<Field> fields;
  for (const auto& [name, value] : record.AsRecord()) {
    if (std::ranges::find(names, name.text()) == names.end()) fields.emplace_back(name, value);
  }
  return Value::Record(std::move(fields));
}

Value SecretData(const Value& data) {
  if (!data.is(ValueKind::kRecord)) return data.WithSecret();
  std::vector<Field> fields;
  for (const auto& [name, value] : data.AsRecord()) fields.emplace_back(name, value.WithSecret());
  return Value::Record(std::move(fields));
}

Value EssentialMetadata(const Value& metadata) {
  constexpr std::array<std::string_view, 7> kNobodys = {
      "managedFields",     "resourceVersion", "generation",       "uid",
      "creationTimestamp", "selfLink",        "deletionTimestamp"};
  Value rest = Without(metadata, kNobodys);
  const Value* annotations = rest.Find("annotations");
  if (annotations == nullptr || !annotations->is(ValueKind::kRecord)) return rest;
  constexpr std::array<std::string_view, 2> kOwn = {kIntentAnnotation, kAddressAnnotation};
  Value others = Without(*annotations, kOwn);
  if (others.AsRecord().empty())
    return Without(rest, std::array<std::string_view, 1>{"annotations"});
  return Replaced(rest, "annotations", std::move(others));
}

}  // namespace

Value Project(const Value& manifest, const Value& live) {
  if (!live.is(ValueKind::kRecord)) return Value::Null();
  Value seen = live;
  if (manifest.Find("stringData") != nullptr && IsSecret(live)) {
    std::vector<Field> fields(live.AsRecord().begin(), live.AsRecord().end());
    fields.emplace_back(Symbol("stringData"), StringDataOf(live));
    seen = Value::Record(std::move(fields));
  }
  return ProjectRecord(manifest, seen, OwnedFields::Of(live));
}

Value Essence(const Value& live) {
  if (!live.is(ValueKind::kRecord)) return Value::Null();
  Value rest = Without(live, std::array<std::string_view, 1>{"status"});
  if (const Value* metadata = rest.Find("metadata")) {
    rest = Replaced(rest, "metadata", EssentialMetadata(*metadata));
  }
  const Value* data = rest.Find("data");
  if (data != nullptr && IsSecret(live)) rest = Replaced(rest, "data", SecretData(*data));
  return rest;
}

std::vector<std::string> OtherManagers(const Value& live) {
  std::vector<std::string> names;
  const Value* metadata = live.Find("metadata");
  const Value* managers = metadata == nullptr ? nullptr : metadata->Find("managedFields");
  if (managers == nullptr || !managers->is(ValueKind::kList)) return names;
  for (const Value& manager : managers->AsList()) {
    std::string name = TextAt(manager, "manager");
    if (name == kFieldManager || std::ranges::find(names, name) != names.end()) continue;
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace opsc
