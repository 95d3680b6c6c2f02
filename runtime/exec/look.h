// Looking at the file system past Env: links are followed, and a directory is named once for many.
#pragma once

#include <string>

#include "runtime/base/env.h"
#include "runtime/graph/sightings.h"

namespace opsc {

bool IsProgram(const std::string& path);        // a regular file that may be executed
std::string RealPath(const std::string& path);  // the path itself where there is nothing
FileStat StatTarget(const std::string& path);   // stat(2)
Sighting SeeTarget(const std::string& path);
Sighting SeeRealPath(const std::string& path);

// Looks again at what was seen, from one directory: what lies below it is reached with fewer steps.
// A few microseconds a look.
class SecondLook {
 public:
  explicit SecondLook(const std::string& directory);  // absolute
  ~SecondLook();
  SecondLook(const SecondLook&) = delete;
  SecondLook& operator=(const SecondLook&) = delete;

  // `path`: absolute, or relative to the directory ("" is the directory).
  bool ShowsTheSame(Sighting::Look look, const std::string& path, const FileStat& stat,
                    const std::string& target) const;

 private:
  std::string Absolute(const std::string& path) const;

  const std::string directory_;
  const int fd_;  // -1: it cannot be opened; all looks differ then
};

// Did everything that was seen change for the last time so long before `began` that no later change
// can hide in the same stat? (The "racily clean" rule of git's index.) Then a look before and a
// look after `began` that show the same have nothing between them.
bool SettledBefore(const Sightings& seen, Time began);

}  // namespace opsc
