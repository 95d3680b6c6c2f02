// What a plain scalar means.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/value/value.h"

namespace opsc::yaml {

// A plain scalar by the rules of sigs.k8s.io/yaml; nullopt: a number that no value can hold.
std::optional<Value> ResolvePlain(std::string_view text);

// Whether other readers of YAML may take the text for something else than a string.
bool LooksLikeOtherType(std::string_view text);

}  // namespace opsc::yaml
