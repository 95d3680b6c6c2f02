// Declarations of types and functions with their docs, as `opsc doc` prints them.
#pragma once

#include <string>
#include <vector>

#include "compiler/sema/check.h"

namespace opsc {

// Something that can be looked up in the documentation.
struct DocEntry {
  std::string name;     // "task", "k8s.Deployment"
  std::string kind;     // "type", "function", "component"
  std::string summary;  // first line of its doc
  std::string text;     // all of it
};

// The declared types, functions and components of a module, in source order. `prefix` is put before
// names ("k8s.").
std::vector<DocEntry> DocEntries(const ParsedModule& module, const Sources& sources,
                                 const std::string& prefix, bool color);

}  // namespace opsc
