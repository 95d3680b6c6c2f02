// A commit's files on disk, for what cannot read them out of the repository: tasks and programs.
#pragma once

#include <string>

#include "runtime/git/repository.h"
#include "runtime/graph/graph.h"

namespace opsc {

// Does something in the graph read files of the sources when it is applied?
bool NeedsSourceFiles(const Graph& graph);

// Writes the tree to `directory`, whole or not at all. Does nothing where it is there. Links and
// submodules are left out.
Status ExportTree(Env& env, GitTree& tree, const std::string& directory);

// Removes what stands beside `directory`: trees of other commits. REQUIRES: nobody reads them.
Status RemoveOtherTrees(const std::string& directory);

}  // namespace opsc
