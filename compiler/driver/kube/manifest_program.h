// The manifests of a directory as a program: what a `sync` of plain YAML holds.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/driver/kube/manifests.h"
#include "compiler/driver/project/load.h"
#include "runtime/git/repository.h"

namespace opsc {

// An object and where its instance stands in the program's text.
struct PlacedObject {
  LocatedObject manifest;
  std::string type;     // "k8s.Deployment", "k8s.Object"
  std::string address;  // "deployment__shop__web"
  size_t begin = 0;
  size_t end = 0;
};

struct ManifestProgram {
  std::unique_ptr<MemoryEnv> env;            // of the program's text
  Project project;                           // whose root is inside of `env`
  std::map<std::string, std::string> texts;  // of the files of manifests, by path
  std::vector<PlacedObject> objects;         // in the order of the text
};

// Each object is an instance of its type, where std.k8s or a definition among the manifests has
// one, with an address made of its kind, namespace and name. What cannot be read, is no object or
// is there twice is kInput with file and line.
Result<ManifestProgram> ReadManifestProgram(GitTree& tree, const ManifestPatterns& patterns,
                                            const std::string& state_dir);

// Makes what was said about the program's text speak of the files.
void PlaceDiagnostics(const ManifestProgram& manifests, LoadedProgram& program);
// The same for the nodes made of it.
void PlaceNodes(const ManifestProgram& manifests, Graph& graph);

}  // namespace opsc
