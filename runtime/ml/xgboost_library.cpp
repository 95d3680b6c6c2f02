#include "runtime/ml/xgboost_library.h"

#include "runtime/base/library.h"

namespace opsc {
namespace {

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
  const bool all = FindSymbol(library, "XGBoostVersion", found.version) &&
                   FindSymbol(library, "XGBGetLastError", found.last_error) &&
                   FindSymbol(library, "XGDMatrixCreateFromMat", found.matrix_create) &&
                   FindSymbol(library, "XGDMatrixFree", found.matrix_free) &&
                   FindSymbol(library, "XGDMatrixSetFloatInfo", found.matrix_set) &&
                   FindSymbol(library, "XGBoosterCreate", found.booster_create) &&
                   FindSymbol(library, "XGBoosterFree", found.booster_free) &&
                   FindSymbol(library, "XGBoosterSetParam", found.booster_set) &&
                   FindSymbol(library, "XGBoosterUpdateOneIter", found.booster_update) &&
                   FindSymbol(library, "XGBoosterEvalOneIter", found.booster_eval) &&
                   FindSymbol(library, "XGBoosterPredict", found.booster_predict) &&
                   FindSymbol(library, "XGBoosterSaveModelToBuffer", found.booster_save) &&
                   FindSymbol(library, "XGBoosterLoadModelFromBuffer", found.booster_load);
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
