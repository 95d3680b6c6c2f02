#include "runtime/base/pause.h"

#include <condition_variable>
#include <mutex>

namespace opsc {

void PauseFor(std::chrono::nanoseconds length, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, length, [] { return false; });
}

}  // namespace opsc
