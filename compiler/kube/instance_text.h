// Objects → instances in `.ops`, not yet formatted.
#pragma once

#include <string>
#include <vector>

#include "runtime/value/value.h"
#include "runtime/yaml/locate.h"

namespace opsc::kube {

// A value as an expression that evaluates to it. Null fields of records are left out.
std::string ExpressionText(const Value& value);

// What heads an instance.
struct InstanceHead {
  std::string type;      // "k8s.Deployment"
  std::string name;      // "web"
  bool is_typed = true;  // the type says what apiVersion and kind are
};

// Where a part of the object stands in the text of its instance.
struct TextMark {
  enum class Part : uint8_t { kKey, kValue };
  size_t offset = 0;
  YamlPath path;
  Part part = Part::kValue;
};

// `TYPE NAME { … }`. Left out, and named in `left_out`: fields whose names have a meaning for opsc
// in every instance, and the `status` of a typed object, which the cluster writes.
std::string InstanceText(const Value& object, const InstanceHead& head,
                         std::vector<std::string>& left_out,
                         std::vector<TextMark>* marks = nullptr);

// A name for an instance, from any text: "my-app.v2" is "my_app_v2".
std::string InstanceName(std::string_view text);

}  // namespace opsc::kube
