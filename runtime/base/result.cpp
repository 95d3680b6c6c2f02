#include "runtime/base/result.h"

#include <cstring>

namespace opsc {

std::unexpected<Error> FailErrno(std::string context, int errno_value) {
  context += ": ";
  context += std::strerror(errno_value);
  return Fail(ErrorKind::kEnvironment, std::move(context));
}

}  // namespace opsc
