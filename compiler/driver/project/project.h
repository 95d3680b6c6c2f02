// Where a program stands on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/result.h"

namespace opsc {

// A root module and the directory that its paths and its state are relative to.
struct Project {
  std::string root;                // absolute
  std::string state_dir;           // ROOT/.ops
  std::vector<std::string> files;  // of the root module, relative to `root`, sorted

  std::string Absolute(std::string_view path) const { return JoinPath(root, path); }
};

// `path`: an .ops file (a module of just that file), a directory, or nothing: the working directory
// or the nearest one above it that holds .ops files or `.ops/`.
Result<Project> FindProject(Env& env, const std::optional<std::string>& path);

// The nearest directory of the same with sources or not: for what looks only at the state.
Result<Project> FindStateProject(Env& env);

// The .ops files directly in a directory, sorted.
std::vector<std::string> OpsFilesIn(Env& env, const std::string& directory);
// All below it, without hidden directories, `build` and `node_modules`.
std::vector<std::string> OpsFilesBelow(Env& env, const std::string& directory);

std::string AbsolutePath(const std::string& path);

}  // namespace opsc
