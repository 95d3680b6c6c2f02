// YAML and back: the only place that knows how a value looks in YAML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// One document of a stream.
struct YamlDocument {
  Value value;   // null: an empty document
  int line = 1;  // of its first node
};

// What a stream may ask for.
struct YamlLimits {
  size_t bytes = 10u << 20;
  size_t nodes = 4'000'000;  // aliases count as what they stand for
  int depth = 100;
  int first_line = 1;  // of the text, where it is a part of something
};

// Reads as Kubernetes does (YAML 1.1 by sigs.k8s.io/yaml): `yes`, `no`, `on`, `off`, `y` and `n`
// are booleans, `0644` is octal, `<<` merges, keys become strings. Duplicate keys, tabs in the
// indentation, unknown tags and integers of more than 64 bits are errors with line and column.
// JSON is YAML. Comments are not kept.
Result<std::vector<YamlDocument>> ReadYaml(std::string_view text, const YamlLimits& limits = {});

// One document in block style, with a newline at its end. What would be read as something else than
// the string it is is quoted, also for readers of YAML 1.2. REQUIRES: scalars, lists and records;
// secrets are printed in clear.
std::string WriteYaml(const Value& value);

}  // namespace opsc
