// Being told that something may have changed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace opsc {

// Goes on until it is destroyed; nothing is called any more after that.
class Watch {
 public:
  virtual ~Watch() = default;
};

// Calls `changed` from a thread of its own, shortly after something was done to one of `paths` (or
// to a directory that holds one), several changes in one call; by inotify(7). Best effort: what is
// in a directory that is not there, and what the kernel has no room to watch, is not seen.
std::unique_ptr<Watch> WatchPaths(const std::vector<std::string>& paths,
                                  std::function<void()> changed);

}  // namespace opsc
