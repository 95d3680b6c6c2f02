// What the fields of an instance say: an object of the API, and the cluster that it is for.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/kube/cluster_config.h"
#include "runtime/value/value.h"

namespace opsc {

// How opsc is known to the API server as the owner of fields.
inline constexpr const char* kFieldManager = "opsc";
// Annotations of every object that opsc makes: which intent of the journal did it last, and for
// which instance.
inline constexpr const char* kIntentAnnotation = "opsc.dev/intent";
inline constexpr const char* kAddressAnnotation = "opsc.dev/address";
inline constexpr const char* kManagedByLabel = "app.kubernetes.io/managed-by";

struct Manifest {
  Value object;  // the fields without `cluster` and without nulls
  ClusterRef cluster;
  bool force = false;  // take fields over that others own
  std::string api_version;
  std::string kind;
  std::string name;
  std::string name_space;  // as written; empty: none, or the cluster's default

  std::string group() const;
  // Of core v1: what is in it is never shown, whoever wrote it.
  bool is_secret() const { return api_version == "v1" && kind == "Secret"; }
};

// kInput where kind, version or name are missing. Fields may be sealed.
Result<Manifest> ManifestOf(const Value& fields);

// "ConfigMap `shop/motd`".
std::string Describe(const Manifest& manifest, const std::string& name_space);

// The object as it is sent: with opsc's annotations and label, `stringData` of a Secret as `data`.
// The text holds secrets in clear.
struct SentAs {
  std::string address = {};  // empty: no annotation
  std::string token = {};
  std::string set_id = {};  // of the ApplySet that it is a member of
};
std::string ToApply(const Manifest& manifest, const SentAs& as);

// Text of a record's field, or of a field of a field; empty where it is none.
std::string TextAt(const Value& record, std::string_view name);
std::string TextAt(const Value& record, std::string_view outer, std::string_view name);
std::string AnnotationOf(const Value& object, std::string_view name);

}  // namespace opsc
