#include "runtime/ml/xgboost_library.h"

#include <dlfcn.h>

namespace opsc {
namespace {

template <typename Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

void* OpenAny() {
  // Debian's runtime package has the versioned name only; other systems have the plain one.
  for (const char* name : {"libxgboost.so", "libxgboost.so.1.6.0", "libxgboost.so.0"}) {
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
  }
  return nullptr;
}

Result<XgboostLibrary> Open() {
  // Its OpenMP would spin between rounds otherwise.
  setenv("OMP_WAIT_POLICY", "passive", /*overwrite=*/0);
  void* library = OpenAny();
  if (library == nullptr) {
    return Fail(ErrorKind::kEnvironment, "libxgboost is needed to train this model",
                "install it: apt-get install libxgboost0");
  }
  XgboostLibrary found{};
  const bool all = Find(library, "XGBoostVersion", found.version) &&
                   Find(library, "XGBGetLastError", found.last_error) &&
                   Find(library, "XGDMatrixCreateFromMat", found.matrix_create) &&
                   Find(library, "XGDMatrixFree", found.matrix_free) &&
                   Find(library, "XGDMatrixSetFloatInfo", found.matrix_set) &&
                   Find(library, "XGBoosterCreate", found.booster_create) &&
                   Find(library, "XGBoosterFree", found.booster_free) &&
                   Find(library, "XGBoosterSetParam", found.booster_set) &&
                   Find(library, "XGBoosterUpdateOneIter", found.booster_update) &&
                   Find(library, "XGBoosterEvalOneIter", found.booster_eval) &&
                   Find(library, "XGBoosterPredict", found.booster_predict) &&
                   Find(library, "XGBoosterSaveModelToBuffer", found.booster_save) &&
                   Find(library, "XGBoosterLoadModelFromBuffer", found.booster_load);
  if (!all) {
    return Fail(ErrorKind::kEnvironment, "libxgboost is too old: 1.6 or newer is needed");
  }
  return found;
}

}  // namespace

Result<const XgboostLibrary*> LoadXgboost() {
  static const Result<XgboostLibrary> library = Open();
  if (!library) return std::unexpected(library.error());
  return &*library;
}

}  // namespace opsc
