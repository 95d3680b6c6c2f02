// The directory in which a command finds its inputs and leaves its outputs.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/exec/scratch.h"
#include "runtime/exec/task_command.h"
#include "runtime/exec/task_inputs.h"
#include "runtime/graph/content_store.h"

namespace opsc {

// One run's copy of the project. Emptied with the object.
struct Workspace {
  std::string base;     // holds all that follows
  std::string project;  // what stands at the project root; with `lower`, the layer that is written
  std::string lower;    // inputs shared with other runs, read-only; empty: they are in `project`
  std::string work;
  std::string tmp;                      // with an empty `home` in it
  std::unique_ptr<SpareInodes> spares;  // of earlier runs in this workspace
};

// Gives a workspace back to its maker.
struct WorkspaceReturn {
  class WorkspaceMaker* maker = nullptr;
  void operator()(Workspace* workspace) const;
};
using WorkspacePtr = std::unique_ptr<Workspace, WorkspaceReturn>;

// Fills workspaces. Every byte is hashed on its way in, so a workspace holds exactly what its
// inputs say, whatever happens to the sources meanwhile. Thread-safe.
class WorkspaceMaker {
 public:
  WorkspaceMaker(std::string project_root, Session* session, ContentStore* store,
                 FileDigests* digests);

  enum class Layers {
    kOne,    // inputs are copied into the workspace
    kAsFits  // many or large inputs become a layer of their own, for an overlay
  };
  // kConflict where an input no longer has the digest that it was read with.
  Result<WorkspacePtr> Make(const TaskInputs& inputs, const TaskCommand& command, Layers layers);

 private:
  friend struct WorkspaceReturn;
  struct Target;
  // An empty workspace: one that an earlier run has given back, or a new one.
  Result<WorkspacePtr> Empty();
  void TakeBack(std::unique_ptr<Workspace> workspace);
  Status AddFile(const InputFile& file, Target& target);
  Status AddTree(const InputTree& tree, Target& target);
  Status AddBlob(const std::string& from, const Digest& digest, mode_t mode, const std::string& to,
                 const Target& target);
  Status Fill(const TaskInputs& inputs, Target target);
  Result<std::string> SharedLayer(const TaskInputs& inputs);
  Result<std::string> Snapshot(const std::string& from, const Digest& digest, mode_t mode);

  const std::string root_;
  Session* const session_;
  ContentStore* const store_;
  FileDigests* const digests_;
  std::mutex idle_mutex_;
  std::vector<std::unique_ptr<Workspace>> idle_;
  std::mutex mutex_;                              // of what follows
  std::map<Digest, std::string> layers_;          // digest of all inputs -> directory
  std::map<std::string, std::string> snapshots_;  // content and mode -> file
};

}  // namespace opsc
