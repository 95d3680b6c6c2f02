// What the server needs of the rest of opsc: the world, the stdlib, and the rules of imports.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/model/builtin_names.h"
#include "compiler/syntax/ast.h"
#include "runtime/base/env.h"

namespace opsc::lsp {

// A file of the stdlib: its path below stdlib/ and its text.
struct StdFile {
  std::string_view path;
  std::string_view text;
};

struct Host {
  Env* env = nullptr;
  std::string version;
  std::string stamp;    // tells the stdlib of one opsc from that of another
  std::string program;  // this very opsc: lenses run it
  std::vector<StdFile> stdlib;
  std::vector<std::string> std_modules;  // the folders in it
  BuiltinNames builtins;
  // The path of an imported module from the root of its project; "": it cannot be one.
  std::function<std::string(const std::string& importer, const ast::ImportDecl&)> import_path;
  // A file of manifests as a module; for paths that are not of one: nullptr text.
  std::function<bool(std::string_view path)> is_manifest;
  std::function<Result<std::string>(std::string_view yaml)> manifest_module;
  std::string cache_dir;  // where read-only copies of the stdlib are put
};

}  // namespace opsc::lsp
