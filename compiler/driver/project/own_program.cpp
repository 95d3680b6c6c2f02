#include "compiler/driver/project/own_program.h"

#include "compiler/driver/version.h"

namespace opsc {

void AddOwnProgram(Env& env, Hasher& hasher) {
  hasher.Part(kVersion);
  Result<std::string> path = env.ReadLink("/proc/self/exe");
  if (!path) return;
  FileStat stat = env.Stat(*path);
  hasher.Part(*path).Part(stat.size).Part(stat.inode);
  hasher.Part(static_cast<uint64_t>(stat.mtime_ns)).Part(static_cast<uint64_t>(stat.ctime_ns));
}

}  // namespace opsc
