#include "runtime/kind/kinds.h"

#include "runtime/kind/builtin.h"

namespace opsc {

// One row a kind; the declarations are in stdlib/prelude/resources.ops.
void AddBuiltinKinds(KindTable& kinds) {
  kinds.Add(MakeFileKind());
  kinds.Add(MakeDirectoryKind());
  kinds.Add(MakeServiceKind());
}

}  // namespace opsc
