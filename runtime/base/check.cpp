#include "runtime/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace opsc {

void CheckFailed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "opsc: internal error at %s:%d: %s (%s)\n", file, line, message, condition);
  std::fprintf(stderr,
               "opsc: this is a bug in opsc; the state is safe, the next run recovers it\n");
  std::abort();
}

}  // namespace opsc
