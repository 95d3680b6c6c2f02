#include "runtime/exec/visible.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "runtime/base/env.h"

namespace opsc {
namespace {

constexpr std::array<std::string_view, 11> kSystem = {"/usr",   "/bin",   "/sbin",   "/lib",
                                                      "/lib32", "/lib64", "/libx32", "/etc",
                                                      "/opt",   "/nix",   "/snap"};

// What to show so that programs in `directory` work; empty: nothing.
std::string Installation(const std::string& directory, const std::string& project_root,
                         const std::string& home) {
  if (IsBelow(directory, project_root) || directory == "/") return "";
  const std::string_view name = BaseName(directory);
  const std::string parent(DirName(directory));
  const bool private_prefix =
      name == "bin" || name == "sbin" || name == "shims" || name == "libexec";
  if (private_prefix && parent != "/" && parent != home && !IsBelow(project_root, parent))
    return parent;
  return directory;
}

void Add(std::vector<std::string>& shown, const std::string& directory) {
  if (directory.empty()) return;
  const auto covers = [&](const std::string& other) { return IsBelow(directory, other); };
  if (std::ranges::any_of(shown, covers)) return;
  std::erase_if(shown, [&](const std::string& other) { return IsBelow(other, directory); });
  shown.push_back(directory);
}

}  // namespace

bool IsBelow(std::string_view path, std::string_view directory) {
  return path == directory || (path.starts_with(directory) && path[directory.size()] == '/');
}

std::vector<std::string> VisibleDirectories(const Tools& tools, const std::string& project_root,
                                            const std::string& home) {
  std::vector<std::string> shown(kSystem.begin(), kSystem.end());
  AddVisible(tools.directories(), project_root, home, shown);
  // Name resolution of tasks that may use the network: often a link to a file below /run.
  if (char* resolver = realpath("/etc/resolv.conf", nullptr)) {
    Add(shown, std::string(DirName(resolver)));
    std::free(resolver);
  }
  std::ranges::sort(shown);
  return shown;
}

void AddVisible(const std::vector<std::string>& directories, const std::string& project_root,
                const std::string& home, std::vector<std::string>& shown) {
  for (const std::string& directory : directories) {
    Add(shown, Installation(directory, project_root, home));
  }
  std::ranges::sort(shown);
}

}  // namespace opsc
