#include "compiler/driver/project/kinds.h"

#include "compiler/driver/kube/health.h"
#include "runtime/kind/kinds.h"
#include "runtime/kube/object_kind.h"

namespace opsc {

void AddKinds(KindTable& kinds) {
  AddBuiltinKinds(kinds);
  AddKubernetesKind(kinds, MakeHealthJudge());
}

}  // namespace opsc
