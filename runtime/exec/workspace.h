// The directory in which a command finds its inputs and leaves its outputs.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/exec/scratch.h"
#include "runtime/exec/task_command.h"
#include "runtime/exec/task_inputs.h"
#include "runtime/graph/content_store.h"

namespace opsc {

// One run's copy of the project. Removed with the object.
struct Workspace {
  std::string base;     // holds all that follows
  std::string project;  // what stands at the project root; with `lower`, the layer that is written
  std::string lower;    // inputs shared with other runs, read-only; empty: they are in `project`
  std::string work;
  std::string tmp;      // with an empty `home` in it

  Workspace() = default;
  Workspace(Workspace&& other) noexcept;
  Workspace& operator=(Workspace&&) = delete;
  ~Workspace();
};

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
  Result<Workspace> Make(const TaskInputs& inputs, const TaskCommand& command, Layers layers);

 private:
  struct Target;
  Status AddFile(const InputFile& file, const Target& target);
  Status AddTree(const InputTree& tree, const Target& target);
  Status AddBlob(const std::string& from, const Digest& digest, mode_t mode, const std::string& to,
                 const Target& target);
  Status Fill(const TaskInputs& inputs, const Target& target);
  Result<std::string> SharedLayer(const TaskInputs& inputs);
  Result<std::string> Snapshot(const std::string& from, const Digest& digest, mode_t mode);

  const std::string root_;
  Session* const session_;
  ContentStore* const store_;
  FileDigests* const digests_;
  std::mutex mutex_;
  std::map<Digest, std::string> layers_;     // digest of all inputs -> directory
  std::map<std::string, std::string> snapshots_;  // content and mode -> file
};

}  // namespace opsc
