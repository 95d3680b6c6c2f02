#include "runtime/kube/object_target.h"

namespace opsc {

ObjectNotes ObjectNotes::Of(const Value& recorded) {
  ObjectNotes notes;
  notes.name_space = TextAt(recorded, "namespace");
  notes.uid = TextAt(recorded, "uid");
  const Value* created = recorded.Find("created");
  notes.created = created != nullptr && created->is(ValueKind::kBool) && created->AsBool();
  if (const Value* normalised = recorded.Find("normalised")) notes.normalised = *normalised;
  return notes;
}

Value ObjectNotes::Record() const {
  return Value::Record({{Symbol("namespace"), Value::String(name_space)},
                        {Symbol("uid"), Value::String(uid)},
                        {Symbol("created"), Value::Bool(created)},
                        {Symbol("normalised"), normalised}});
}

void PlaceTarget(Target& target, const ServedKind& served, const ObjectNotes& notes) {
  ObjectPlace place{target.cluster, served, "", target.manifest.name};
  if (served.namespaced) {
    const std::string& usual = target.manifest.cluster.name_space.empty()
                                   ? target.cluster->client->config().name_space
                                   : target.manifest.cluster.name_space;
    place.name_space = !target.manifest.name_space.empty() ? target.manifest.name_space
                       : !notes.name_space.empty()         ? notes.name_space
                                                           : usual;
  }
  target.place = std::move(place);
}

Result<Target> AimAt(Clusters& clusters, const KindContext& context, const Value& fields,
                     const Value& recorded) {
  Target target;
  OPS_ASSIGN(target.manifest, ManifestOf(fields));
  OPS_ASSIGN(target.cluster,
             clusters.Find(*context.env, context.project_root, target.manifest.cluster));
  OPS_ASSIGN(auto served, target.cluster->discovery->Find(target.manifest.api_version,
                                                          target.manifest.kind, context.stop));
  if (served) PlaceTarget(target, *served, ObjectNotes::Of(recorded));
  return target;
}

}  // namespace opsc
