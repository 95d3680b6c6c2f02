// Manifests as files: YAML or JSON streams.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// One object, and where it stands.
struct LocatedObject {
  Value value;
  std::string file;
  int line = 1;
};

// The objects of a file ("-": the standard input), with lists (`kind: List`) unwrapped and empty
// documents left out. What is no object is an error with its line.
Result<std::vector<LocatedObject>> ReadManifests(Env& env, const std::string& path);

}  // namespace opsc
