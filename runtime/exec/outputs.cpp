#include "runtime/exec/outputs.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "runtime/base/env.h"
#include "runtime/base/listing.h"

namespace opsc {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel
constexpr size_t kMaxNamed = 5;
constexpr size_t kMaxSeen = 10000;

std::unexpected<Error> LeavesProject(const std::string& path, std::string_view target) {
  return Fail(
      ErrorKind::kTask,
      fmt::format("the output `{}` is a link to `{}`, which is not in the project", path, target),
      "let the command write the file itself, e.g. with `cp -L`");
}

// The place of `path` in the workspace with links followed as the command would have: an absolute
// target begins at the project root. Empty where nothing is there. Never leaves the workspace.
Result<std::string> Locate(const Workspace& workspace, const std::string& project_root,
                           const std::string& path) {
  std::string rest = path;
  std::string done;  // relative, without links
  for (int links = 0; !rest.empty();) {
    const size_t slash = rest.find('/');
    const std::string part = rest.substr(0, slash);
    const std::string behind = slash == std::string::npos ? "" : rest.substr(slash + 1);
    const std::string next = JoinPath(done, part);
    const std::string host = JoinPath(workspace.project, next);
    struct stat s{};
    if (lstat(host.c_str(), &s) != 0) return "";
    if (!S_ISLNK(s.st_mode)) {
      done = next;
      rest = behind;
      continue;
    }
    char target[4096];
    const ssize_t n = readlink(host.c_str(), target, sizeof target);
    if (n < 0) return FailErrno("cannot read the link " + next, errno);
    std::string to(target, static_cast<size_t>(n));
    if (++links > kMaxLinks) return LeavesProject(path, to);
    if (to.starts_with(project_root + "/")) {
      to = to.substr(project_root.size() + 1);
    } else if (to.starts_with('/')) {
      return LeavesProject(path, to);
    } else {
      to = JoinPath(done, to);
    }
    auto normal = NormalRelativePath(to);
    if (!normal) return LeavesProject(path, to);
    rest = JoinPath(*normal, behind);
    done.clear();
  }
  return JoinPath(workspace.project, done);
}

// Files that the command wrote, relative to the project root, the likeliest for `missing` first.
std::vector<std::string> Written(const Workspace& workspace, const TaskInputs& inputs,
                                 const std::string& missing) {
  std::vector<std::string> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator walk(
      workspace.project, std::filesystem::directory_options::skip_permission_denied, error);
  for (;
       !error && walk != std::filesystem::recursive_directory_iterator() && files.size() < kMaxSeen;
       walk.increment(error)) {
    if (walk->is_directory(error)) continue;
    std::string path = walk->path().string().substr(workspace.project.size() + 1);
    if (!inputs.Holds(path) && !path.starts_with(".ops/")) files.push_back(std::move(path));
  }
  std::ranges::sort(files);
  std::ranges::stable_sort(files, [&](const std::string& a, const std::string& b) {
    return (BaseName(a) == BaseName(missing)) > (BaseName(b) == BaseName(missing));
  });
  return files;
}

// Inputs that do not have the content any more with which the command found them.
std::vector<std::string> Changed(const Workspace& workspace, const TaskInputs& inputs, Env& env) {
  std::vector<std::string> files;
  for (const InputFile& input : inputs.files) {
    const std::string host = JoinPath(workspace.project, input.path);
    struct stat s{};
    // In a layer of its own lies only what was written.
    if (lstat(host.c_str(), &s) != 0 || !S_ISREG(s.st_mode)) continue;
    const auto digest = env.HashFile(host);
    if (digest && *digest != input.digest) files.push_back(input.path);
  }
  return files;
}

// "`a`, `b` and 3 more".
std::string Named(const std::vector<std::string>& paths) {
  return Listing(paths, kMaxNamed, "`");
}

std::unexpected<Error> NotWritten(const FileOut& out, const std::string& path,
                                  const std::vector<std::string>& written) {
  std::string hint =
      written.empty() ? "it wrote no other file in the project" : "it wrote " + Named(written);
  return Fail(
      ErrorKind::kTask,
      fmt::format("the command succeeded without writing its output `{}` to `{}`", out.name, path),
      std::move(hint));
}

}  // namespace

Result<Value> CaptureOutputs(const TaskSpec& spec, const TaskCommand& command,
                             const TaskInputs& inputs, const Workspace& workspace,
                             const std::string& project_root, ContentStore& store) {
  std::vector<Field> outs;
  for (const FileOut& out : command.file_outs) {
    const std::string path = JoinPath(command.dir, out.path);
    OPS_ASSIGN(const std::string host, Locate(workspace, project_root, path));
    if (host.empty()) return NotWritten(out, path, Written(workspace, inputs, path));
    FileRep file;
    file.path = out.path;
    file.producer = spec.address;
    file.output = out.name;
    OPS_ASSIGN(file.digest, store.PutPath(host));
    outs.emplace_back(Symbol(out.name), Value::File(std::move(file)));
  }
  outs.insert(outs.end(), command.value_outs.begin(), command.value_outs.end());
  return Value::Record(std::move(outs));
}

std::string DescribeLost(const TaskCommand& command, const TaskInputs& inputs,
                         const Workspace& workspace, Env& env) {
  const auto is_kept = [&](const std::string& path) {
    return std::ranges::any_of(command.file_outs, [&](const FileOut& out) {
      const std::string kept = JoinPath(command.dir, out.path);
      return path == kept || path.starts_with(kept + "/");
    });
  };
  std::vector<std::string> written = Written(workspace, inputs, "");
  std::vector<std::string> changed = Changed(workspace, inputs, env);
  std::erase_if(written, is_kept);
  std::erase_if(changed, is_kept);
  std::vector<std::string> did;
  if (!written.empty()) did.push_back("wrote " + Named(written));
  if (!changed.empty()) did.push_back("changed its copy of " + Named(changed));
  if (did.empty()) return "";
  return fmt::format("{}, thrown away with its directory; what is to stay is declared as an `out`",
                     fmt::join(did, " and "));
}

}  // namespace opsc
