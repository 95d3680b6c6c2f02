// What a task may read: files of the project and results of other tasks, by content.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/exec/source_tree.h"
#include "runtime/exec/task_command.h"
#include "runtime/graph/content_store.h"

namespace opsc {

// One file, link or empty directory of the sources with its content.
struct InputFile {
  std::string path;  // relative to the project root
  TreeEntry::Type type = TreeEntry::Type::kFile;
  Digest digest;  // of the content, or of a link's target; none for a directory
  uint64_t size = 0;
};

// A tree of the content store that stands at a path of the project.
struct InputTree {
  std::string path;  // ".ops/out/<task>/<output>"
  Digest tree;
};

struct TaskInputs {
  std::vector<InputFile> files;  // sorted by path
  std::vector<InputTree> trees;  // sorted by path

  bool Holds(std::string_view path) const;  // the path itself, or something below it
};

// Expands and digests inputs. One stat a file; content is read only where the stat changed.
// Thread-safe.
class InputReader {
 public:
  InputReader(const std::string& project_root, Env* env, FileDigests* digests);

  Result<TaskInputs> Read(const TaskCommand& command);
  SourceTree& sources() { return sources_; }
  // Every file that was read, and the directories it was found in. False: one was so young that a
  // change after it was read may not show in its stat.
  bool AddSeen(Sightings& seen);

 private:
  // What was read at a path: InputFile but for what the path and the stat say.
  struct Known {
    FileStat stat;
    Digest digest;
    uint64_t size = 0;
  };
  Result<Known> ReadOne(const std::string& path, const FileStat& stat);
  static InputFile FileAt(const std::string& path, const Known& known);
  Result<InputFile> Digested(const std::string& path);
  // The path of a source file relative to the project root, also where it was given as absolute.
  Result<std::string> SourcePath(const FileRep& file) const;

  const std::string root_;
  Env* const env_;
  FileDigests* const digests_;
  SourceTree sources_;
  std::mutex mutex_;
  std::unordered_map<std::string, Known> known_;
  bool read_young_ = false;
};

}  // namespace opsc
