#include "runtime/git/libgit.h"

#include <fmt/format.h>

namespace opsc {
namespace {

ErrorKind KindOf(int code) {
  switch (code) {
    case GIT_ENOTFOUND:
    case GIT_EAMBIGUOUS:
    case GIT_EINVALIDSPEC:
      return ErrorKind::kInput;
    case GIT_EUSER:
      return ErrorKind::kCancelled;
    default:
      return ErrorKind::kEnvironment;
  }
}

}  // namespace

std::unexpected<Error> FailGit(std::string context, int code, std::string hint) {
  const git_error* error = Git().error_last();
  std::string said = error != nullptr && error->message != nullptr ? error->message : "no reason";
  return Fail(KindOf(code), fmt::format("{}: {}", context, said), std::move(hint));
}

std::string HexId(const git_oid& id) {
  char text[GIT_OID_HEXSZ + 1];
  return Git().oid_tostr(text, sizeof text, &id);
}

}  // namespace opsc
