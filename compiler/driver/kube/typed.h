// Which types std.k8s has.
#pragma once

#include <optional>
#include <string>

#include "runtime/value/value.h"

namespace opsc {

// How a program names the type of an object.
struct TypeReference {
  std::string type;    // "k8s.Deployment", "autoscaling_v1.HorizontalPodAutoscaler"
  std::string import;  // "std.k8s.autoscaling.v1" for one without a short name; else empty
};

// By apiVersion and kind. nullopt: std.k8s does not have it.
std::optional<TypeReference> BuiltinTypeOf(const Value& object);

// Whether std.k8s has the types of a group's version: "apps/v1".
bool IsBuiltinVersion(const std::string& api_version);

// A text field of an object, e.g. its kind; "" where it has none.
// The same of `metadata`.
std::string MetadataField(const Value& object, std::string_view name);

}  // namespace opsc
