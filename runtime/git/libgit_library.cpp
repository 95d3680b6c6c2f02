#include "runtime/git/libgit_library.h"

#include <dlfcn.h>

#include "runtime/base/check.h"

namespace opsc {
namespace {

constexpr char kName[] = "libgit2.so." LIBGIT2_SOVERSION;

Result<LibgitLibrary> Open() {
  void* library = dlopen(kName, RTLD_NOW | RTLD_LOCAL);
  LibgitLibrary git;
  bool whole = library != nullptr;
#define OPSC_LIBGIT_FIND(name)                                                              \
  if (whole) git.name = reinterpret_cast<decltype(git.name)>(dlsym(library, "git_" #name)); \
  whole = whole && git.name != nullptr;
  OPSC_LIBGIT_FUNCTIONS(OPSC_LIBGIT_FIND)
#undef OPSC_LIBGIT_FIND
  if (!whole) {
    return Fail(ErrorKind::kEnvironment, std::string(kName) + " is needed to read Git repositories",
                "install it: apt-get install libgit2-" LIBGIT2_SOVERSION);
  }
  git.libgit2_init();
  return git;
}

const Result<LibgitLibrary>& Opened() {
  static const Result<LibgitLibrary> git = Open();
  return git;
}

}  // namespace

Status StartLibgit() {
  if (!Opened()) return std::unexpected(Opened().error());
  return {};
}

const LibgitLibrary& Git() {
  OPS_CHECK(Opened().has_value(), "libgit2 is started before it is used");
  return *Opened();
}

}  // namespace opsc
