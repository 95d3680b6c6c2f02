#include "runtime/base/library.h"

#include <filesystem>

namespace opsc {

std::string PluginPath(std::string_view name) {
  std::error_code error;
  auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  std::filesystem::path own = error ? "." : program.parent_path();
  for (const char* place : {".", "../lib/opsc", ".."}) {
    auto path = own / place / name;
    if (std::filesystem::exists(path, error)) return path.lexically_normal().string();
  }
  return (own / name).string();
}

}  // namespace opsc
