#include "runtime/kube/object_health.h"

#include "runtime/kube/object_target.h"

namespace opsc {
namespace {

Result<Health> HealthAt(const Target& target, ObjectReader& reader, const KindContext& context,
                        const HealthJudge& judge) {
  if (!target.place) return Health{HealthStatus::kMissing, "the cluster does not know its kind"};
  OPS_ASSIGN(const Reading live, reader.Read(*target.place, context.pass, context.stop));
  if (!live.object) return Health{HealthStatus::kMissing, ""};
  return judge(*live.object);
}

}  // namespace

std::vector<ObjectHealth> HealthOfObjects(const KindContext& context,
                                          std::span<const StateEntry> entries,
                                          const HealthJudge& judge) {
  KindContext pass = context;
  pass.pass = NewPass();
  Clusters clusters;
  ObjectReader reader;
  std::vector<ObjectHealth> all;
  for (const StateEntry& entry : entries) {
    if (entry.type != "kubernetes") continue;
    ObjectHealth object;
    object.address = entry.address;
    Result<Health> health = Health{};
    if (auto target = AimAt(clusters, pass, entry.fields, entry.recorded)) {
      object.kind = target->manifest.kind;
      object.name = target->manifest.name;
      if (target->place) object.name_space = target->place->name_space;
      health = HealthAt(*target, reader, pass, judge);
    } else {
      health = std::unexpected(target.error());
    }
    object.health = health ? *health : Health{HealthStatus::kUnknown, health.error().message};
    all.push_back(std::move(object));
  }
  return all;
}

}  // namespace opsc
