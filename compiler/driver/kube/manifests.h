// Manifests as files: YAML or JSON streams.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// Globs over the files of a directory; one with `!` before it leaves out what it matches. Hidden
// files and directories are matched only by patterns that name them.
using ManifestPatterns = std::vector<std::string>;

// One object, and where it stands.
struct LocatedObject {
  Value value;
  std::string file;
  int line = 1;
  size_t document = 0;         // of the stream, from 0
  std::optional<size_t> item;  // of a list that was unwrapped
};

// The objects of a file ("-": the standard input), with lists (`kind: List`) unwrapped and empty
// documents left out. What is no object is an error with its line.
Result<std::vector<LocatedObject>> ReadManifests(Env& env, const std::string& path);
// The same of a text that was read: `name` is the file's, whose line `first_line` it begins with.
Result<std::vector<LocatedObject>> ObjectsIn(const std::string& name, const std::string& text,
                                             int first_line = 1);
// The same of a stream, object by object as they arrive; an error of `take` ends it.
Status ForEachManifest(Env& env, const std::string& path,
                       const std::function<Status(const LocatedObject&)>& take);

}  // namespace opsc
