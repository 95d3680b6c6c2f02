#include "runtime/exec/workspace.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace opsc {
namespace {

// Up to here, copying costs less than an overlay.
constexpr uint64_t kFewBytes = 1 << 20;
constexpr size_t kFewFiles = 100;

constexpr mode_t kSourceMode = 0644;
constexpr mode_t kResultMode = 0444;
constexpr mode_t kExecutableBits = 0111;

bool Overlaps(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '/');
}

// An output is taken from the written layer alone, so it must not be mixed with inputs.
bool WritesOverInputs(const TaskInputs& inputs, const TaskCommand& command) {
  return std::ranges::any_of(command.file_outs, [&](const FileOut& out) {
    const std::string path = JoinPath(command.dir, out.path);
    return std::ranges::any_of(inputs.files,
                               [&](const InputFile& file) { return Overlaps(file.path, path); });
  });
}

bool AreFew(const TaskInputs& inputs) {
  uint64_t bytes = 0;
  for (const InputFile& file : inputs.files) bytes += file.size;
  return inputs.files.size() + inputs.trees.size() <= kFewFiles && bytes <= kFewBytes;
}

// opsc's own programs read results that are large, and never write to them.
bool HasDataOfOwn(const TaskInputs& inputs, const TaskCommand& command) {
  return !command.own.empty() && !inputs.trees.empty();
}

Digest DigestOfInputs(const TaskInputs& inputs) {
  Hasher hasher;
  for (const InputFile& file : inputs.files) {
    hasher.Part(file.path).Part(static_cast<uint64_t>(file.type)).Part(file.digest);
  }
  for (const InputTree& tree : inputs.trees) hasher.Part(tree.path).Part(tree.tree);
  return hasher.Finish();
}

}  // namespace

// Where to put inputs, and whether files there may share storage with others.
struct WorkspaceMaker::Target {
  std::string directory;
  bool shared = false;                           // nobody writes to it: an overlay's lower layer
  SpareInodes* spares = nullptr;                 // may be null
  std::set<std::string, std::less<>> made = {};  // directories inside it, relative

  // Makes `relative` and what is missing above it, each once.
  Status Make(std::string_view relative) {
    if (relative == "." || relative.empty() || made.contains(relative)) return {};
    OPS_TRY(Make(DirName(relative)));
    made.emplace(relative);
    if (spares != nullptr && spares->TakeDirectory(JoinPath(directory, relative))) return {};
    return MakeScratchDirectory(JoinPath(directory, relative));
  }
};

void WorkspaceReturn::operator()(Workspace* workspace) const {
  maker->TakeBack(std::unique_ptr<Workspace>(workspace));
}

WorkspaceMaker::WorkspaceMaker(std::string project_root, Session* session, ContentStore* store,
                               FileDigests* digests)
    : root_(std::move(project_root)), session_(session), store_(store), digests_(digests) {}

Result<WorkspacePtr> WorkspaceMaker::Empty() {
  {
    std::lock_guard lock(idle_mutex_);
    if (!idle_.empty()) {
      WorkspacePtr workspace(idle_.back().release(), {this});
      idle_.pop_back();
      return workspace;
    }
  }
  WorkspacePtr workspace(new Workspace, {this});
  workspace->base = session_->NewPath("run");
  workspace->project = workspace->base + "/project";
  workspace->tmp = workspace->base + "/tmp";
  const std::string home = workspace->tmp + "/home";
  const std::string spare = workspace->base + "/spare";
  for (const std::string& directory :
       {workspace->base, workspace->project, workspace->tmp, home, spare}) {
    OPS_TRY(MakeScratchDirectory(directory));
  }
  (void)chmod(workspace->tmp.c_str(), 01777);
  workspace->spares = std::make_unique<SpareInodes>(spare);
  return workspace;
}

// Making and removing files is what a small task spends most on, so what is as good as new is kept.
void WorkspaceMaker::TakeBack(std::unique_ptr<Workspace> workspace) {
  const std::string home = workspace->tmp + "/home";
  const bool reusable = workspace->lower.empty() &&
                        EmptyScratch(workspace->project, "", 0755, workspace->spares.get()) &&
                        EmptyScratch(home, "", 0755) && EmptyScratch(workspace->tmp, "home", 01777);
  if (!reusable) return RemoveScratch(workspace->base);
  std::lock_guard lock(idle_mutex_);
  idle_.push_back(std::move(workspace));
}

Result<WorkspacePtr> WorkspaceMaker::Make(const TaskInputs& inputs, const TaskCommand& command,
                                          Layers layers) {
  OPS_ASSIGN(WorkspacePtr workspace, Empty());
  const bool overlay = layers == Layers::kAsFits && !WritesOverInputs(inputs, command) &&
                       (!AreFew(inputs) || HasDataOfOwn(inputs, command));
  if (overlay) {
    OPS_ASSIGN(workspace->lower, SharedLayer(inputs));
    workspace->work = workspace->base + "/work";
    OPS_TRY(MakeScratchDirectory(workspace->work));
  } else {
    OPS_TRY(Fill(inputs, {workspace->project, false, workspace->spares.get()}));
  }
  if (command.dir != ".") OPS_TRY(MakeScratchDirectory(JoinPath(workspace->project, command.dir)));
  return workspace;
}

Result<std::string> WorkspaceMaker::SharedLayer(const TaskInputs& inputs) {
  const Digest digest = DigestOfInputs(inputs);
  std::lock_guard lock(mutex_);
  if (auto known = layers_.find(digest); known != layers_.end()) return known->second;
  std::string directory = session_->NewPath("layer");
  OPS_TRY(MakeScratchDirectory(directory));
  Status filled = Fill(inputs, {directory, true});
  if (!filled) {
    RemoveScratch(directory);
    return std::unexpected(std::move(filled).error());
  }
  layers_.emplace(digest, directory);
  return directory;
}

Status WorkspaceMaker::Fill(const TaskInputs& inputs, Target target) {
  for (const InputFile& file : inputs.files) OPS_TRY(AddFile(file, target));
  for (const InputTree& tree : inputs.trees) OPS_TRY(AddTree(tree, target));
  return {};
}

Status WorkspaceMaker::AddFile(const InputFile& file, Target& target) {
  const std::string to = JoinPath(target.directory, file.path);
  const std::string from = JoinPath(root_, file.path);
  if (file.type == TreeEntry::Type::kEmptyDirectory) return target.Make(file.path);
  OPS_TRY(target.Make(DirName(file.path)));
  if (file.type == TreeEntry::Type::kSymlink) {
    std::string link(file.size + 1, '\0');
    const ssize_t n = readlink(from.c_str(), link.data(), link.size());
    link.resize(n > 0 ? static_cast<size_t>(n) : 0);
    if (n < 0 || Sha256(link) != file.digest) {
      return Fail(ErrorKind::kConflict, "the link " + from + " changed while it was read");
    }
    if (symlink(link.c_str(), to.c_str()) != 0) return FailErrno("cannot link " + to, errno);
    return {};
  }
  const mode_t bits = file.type == TreeEntry::Type::kExecutable ? kExecutableBits : 0;
  return AddBlob(from, file.digest, kSourceMode | bits, to, target);
}

Status WorkspaceMaker::AddTree(const InputTree& tree, Target& target) {
  OPS_ASSIGN(const std::vector<TreeEntry> entries, store_->GetTree(tree.tree));
  if (entries.empty()) return target.Make(tree.path);  // an empty directory
  for (const TreeEntry& entry : entries) {
    const std::string path = JoinPath(tree.path, entry.path);
    const std::string to = JoinPath(target.directory, path);
    if (entry.type == TreeEntry::Type::kEmptyDirectory) {
      OPS_TRY(target.Make(path));
      continue;
    }
    OPS_TRY(target.Make(DirName(path)));
    if (entry.type == TreeEntry::Type::kSymlink) {
      OPS_ASSIGN(const std::string link, store_->Get(entry.blob));
      if (symlink(link.c_str(), to.c_str()) != 0) return FailErrno("cannot link " + to, errno);
      continue;
    }
    const mode_t bits = entry.type == TreeEntry::Type::kExecutable ? kExecutableBits : 0;
    Status added =
        AddBlob(store_->BlobPath(entry.blob), entry.blob, kResultMode | bits, to, target);
    if (!added && added.error().kind == ErrorKind::kConflict) {
      OPS_TRY(store_->Get(entry.blob));  // says what is wrong with it, and removes it
    }
    OPS_TRY(added);
  }
  return {};
}

Status WorkspaceMaker::AddBlob(const std::string& from, const Digest& digest, mode_t mode,
                               const std::string& to, const Target& target) {
  if (!target.shared) return CopyVerified(from, to, digest, mode, target.spares);
  OPS_ASSIGN(const std::string snapshot, Snapshot(from, digest, mode));
  if (link(snapshot.c_str(), to.c_str()) == 0) return {};
  if (errno != EMLINK && errno != EPERM) return FailErrno("cannot link " + to, errno);
  return CopyVerified(snapshot, to, digest, mode);
}

Result<std::string> WorkspaceMaker::Snapshot(const std::string& from, const Digest& digest,
                                             mode_t mode) {
  // A result that needs no other bits than its blob has is the blob.
  if (mode == kResultMode && from == store_->BlobPath(digest)) {
    auto found = digests_->Of(from);
    if (found && *found == digest) return from;
  }
  const std::string key =
      digest.Hex() + ((mode & kExecutableBits) != 0 ? "x" : "-") + ((mode & 0200) != 0 ? "w" : "r");
  if (auto known = snapshots_.find(key); known != snapshots_.end()) return known->second;
  std::string path = session_->NewPath("content");
  OPS_TRY(CopyVerified(from, path, digest, mode));
  snapshots_.emplace(key, path);
  return path;
}

}  // namespace opsc
