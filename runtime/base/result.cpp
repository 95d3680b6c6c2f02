#include "runtime/base/result.h"

#include <cerrno>
#include <cstring>

namespace opsc {
namespace {

// What helps whatever was tried.
std::string WayOut(int errno_value) {
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
      return "make room (`opsc gc` removes old results), then run opsc again: it goes on from the "
             "last recorded step";
    case EROFS:
      return "the file system is mounted read-only; opsc keeps its state in `.ops/` of the project";
    case EACCES:
    case EPERM:
      return "check who owns it and its permissions";
    case EMFILE:
    case ENFILE:
      return "too many files are open: raise the limit (`ulimit -n`) or lower `--parallel`";
    case ENOTDIR:
      return "something that is no directory stands in its way: move it away";
    case ELOOP:
      return "a symbolic link leads back to itself: remove or repair it";
    default:
      return "";
  }
}

}  // namespace

std::unexpected<Error> FailErrno(std::string context, int errno_value) {
  context += ": ";
  context += std::strerror(errno_value);
  return Fail(ErrorKind::kEnvironment, std::move(context), WayOut(errno_value));
}

}  // namespace opsc
