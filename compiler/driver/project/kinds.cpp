#include "compiler/driver/project/kinds.h"

#include "compiler/driver/kube/health.h"
#include "compiler/driver/ml/kernels.h"
#include "runtime/kind/kinds.h"
#include "runtime/kube/object_kind.h"
#include "runtime/registry/model_kind.h"
#include "runtime/retrain/rows_kind.h"
#include "runtime/serve/endpoint_kind.h"
#include "runtime/tracking/spool_tracker.h"

namespace opsc {

void AddKinds(KindTable& kinds) {
  AddBuiltinKinds(kinds);
  AddKubernetesKind(kinds, MakeHealthJudge());
  kinds.Add(MakeModelKind(&Kernels(), MakeSpoolTracker()));
  kinds.Add(MakeTrainingRowsKind(&Kernels()));
  kinds.Add(MakeDeploymentKind(&Kernels()));
}

}  // namespace opsc
