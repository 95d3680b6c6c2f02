#include "compiler/driver/project/kinds.h"

#include "runtime/kind/kinds.h"
#include "runtime/kube/object_kind.h"

namespace opsc {

void AddKinds(KindTable& kinds) {
  AddBuiltinKinds(kinds);
  AddKubernetesKind(kinds, /*judge=*/{});
}

}  // namespace opsc
