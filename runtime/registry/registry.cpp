#include "runtime/registry/registry.h"

#include <algorithm>

#include "runtime/value/fields.h"

namespace opsc {
namespace {

// Calls `take` for each record of a list.
template <typename Take>
void ForEachIn(const Value& record, std::string_view name, Take take) {
  const Value list = FieldOf(record, name);
  if (!list.is(ValueKind::kList)) return;
  for (const Value& item : list.AsList()) take(item);
}

Value ArtefactOf(const Registry& registry, int64_t version) {
  const ModelVersion* found = registry.Find(version);
  return found == nullptr ? Value() : found->artefact;
}

}  // namespace

const ModelVersion* Registry::Find(int64_t version) const {
  const auto found = std::ranges::find(versions, version, &ModelVersion::version);
  return found == versions.end() ? nullptr : &*found;
}

std::optional<int64_t> Registry::Previous() const {
  // Who goes back takes away what came after that version.
  std::vector<int64_t> charges;
  for (const Promotion& promotion : promotions) {
    const auto before = std::ranges::find(charges, promotion.version);
    const bool back = promotion.reason.starts_with(kRolledBack) && before != charges.end();
    charges.erase(back ? before : charges.end(), charges.end());
    if (charges.empty() || charges.back() != promotion.version) {
      charges.push_back(promotion.version);
    }
  }
  if (charges.size() < 2) return std::nullopt;
  return charges[charges.size() - 2];
}

bool Registry::WentBackFrom(int64_t version) const {
  bool back = false;
  for (size_t i = 1; i < promotions.size(); ++i) {
    if (promotions[i].version == version) back = false;
    const bool left = promotions[i - 1].version == version;
    if (left && promotions[i].reason.starts_with(kRolledBack)) back = true;
  }
  return back;
}

Registry RegistryFrom(const Value& recorded) {
  Registry registry;
  ForEachIn(recorded, "versions", [&](const Value& item) {
    registry.versions.push_back({NumberField(item, "version"), FieldOf(item, "artefact"),
                                 TextField(item, "created"), TextField(item, "run")});
  });
  ForEachIn(recorded, "promotions", [&](const Value& item) {
    // Of a version that is not there somebody has written by hand: nothing was ever served of it.
    if (registry.Find(NumberField(item, "version")) == nullptr) return;
    registry.promotions.push_back({TextField(item, "at"), NumberField(item, "version"),
                                   TextField(item, "run"), TextField(item, "reason")});
  });
  const ModelVersion* challenger = registry.Find(NumberField(recorded, "challenger"));
  registry.challenger = challenger == nullptr ? 0 : challenger->version;
  return registry;
}

Value ToValue(const Registry& registry) {
  std::vector<Value> versions, promotions;
  for (const ModelVersion& v : registry.versions) {
    versions.push_back(Value::Record({{Symbol("version"), Value::Int(v.version)},
                                      {Symbol("artefact"), v.artefact},
                                      {Symbol("created"), Value::String(v.created)},
                                      {Symbol("run"), Value::String(v.run)}}));
  }
  for (const Promotion& p : registry.promotions) {
    promotions.push_back(Value::Record({{Symbol("at"), Value::String(p.at)},
                                        {Symbol("version"), Value::Int(p.version)},
                                        {Symbol("run"), Value::String(p.run)},
                                        {Symbol("reason"), Value::String(p.reason)}}));
  }
  return Value::Record({{Symbol("versions"), Value::List(std::move(versions))},
                        {Symbol("promotions"), Value::List(std::move(promotions))},
                        {Symbol("challenger"), Value::Int(registry.challenger)}});
}

Value OutsOf(const Registry& registry) {
  return Value::Record({{Symbol("champion"), ArtefactOf(registry, registry.champion())},
                        {Symbol("version"), Value::Int(registry.champion())},
                        {Symbol("challenger"), ArtefactOf(registry, registry.challenger)}});
}

}  // namespace opsc
