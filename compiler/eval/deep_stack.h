// Room for programs whose values depend on each other in long chains.
#pragma once

#include <functional>

namespace opsc::eval {

// Runs `work` to its end on a thread with a stack of 256 MiB, of which only what is used costs
// memory. Where the system gives no such stack, `work` runs on the caller's.
void RunOnDeepStack(const std::function<void()>& work);

}  // namespace opsc::eval
