// A project in a temporary directory, with the real file system and a store in memory.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "runtime/graph/kind.h"
#include "runtime/graph/testing/memory_content_store.h"
#include "runtime/kind/kinds.h"

namespace opsc::testing {

// Gone with all it holds at the end of a test.
class World {
 public:
  World() {
    std::string name = (std::filesystem::temp_directory_path() / "opsc-kind-XXXXXX").string();
    context.project_root = mkdtemp(name.data());
    context.state_dir = Path(".ops");
    std::filesystem::create_directory(context.state_dir);
    context.self_exe = std::filesystem::read_symlink("/proc/self/exe");
    context.env = env_.get();
    context.store = &store;
    AddBuiltinKinds(kinds);
  }
  ~World() { std::filesystem::remove_all(context.project_root); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::string Path(const std::string& relative) const {
    return context.project_root + "/" + relative;
  }
  void Write(const std::string& relative, const std::string& bytes, uint32_t mode = 0644) {
    std::filesystem::create_directories(std::filesystem::path(Path(relative)).parent_path());
    std::filesystem::remove(Path(relative));
    std::ofstream(Path(relative), std::ios::binary) << bytes;
    std::filesystem::permissions(Path(relative), static_cast<std::filesystem::perms>(mode));
  }
  std::string Read(const std::string& relative) const {
    std::stringstream bytes;
    bytes << std::ifstream(Path(relative), std::ios::binary).rdbuf();
    return bytes.str();
  }
  bool Exists(const std::string& relative) const {
    return std::filesystem::symlink_status(Path(relative)).type() !=
           std::filesystem::file_type::not_found;
  }

  MemoryContentStore store;
  KindTable kinds;
  KindContext context;

 private:
  std::unique_ptr<Env> env_ = MakeRealEnv();
};

// What apply records of a node: secrets as the journal has them.
inline StateEntry Recorded(const std::string& address, const std::string& type, const Value& fields,
                           const Applied& applied) {
  StateEntry entry;
  entry.address = address;
  entry.type = type;
  entry.fields = fields;
  entry.outs = applied.outs;
  entry.recorded = applied.recorded;
  return entry;
}

}  // namespace opsc::testing
