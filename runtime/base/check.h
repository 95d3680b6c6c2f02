// Our own bugs: a condition that no input can make false.
#pragma once

namespace opsc {

[[noreturn]] void CheckFailed(const char* condition, const char* message, const char* file,
                              int line);

}  // namespace opsc

#define OPS_CHECK(cond, message)                               \
  do {                                                         \
    if (!(cond)) [[unlikely]] {                                \
      ::opsc::CheckFailed(#cond, message, __FILE__, __LINE__); \
    }                                                          \
  } while (false)
