// The functions of libxgboost that are used, found when first needed.
#pragma once

#include <xgboost/c_api.h>

#include "runtime/base/result.h"

namespace opsc {

struct XgboostLibrary {
  decltype(&XGBoostVersion) version;
  decltype(&XGBGetLastError) last_error;
  decltype(&XGDMatrixCreateFromMat) matrix_create;
  decltype(&XGDMatrixFree) matrix_free;
  decltype(&XGDMatrixSetFloatInfo) matrix_set;
  decltype(&XGBoosterCreate) booster_create;
  decltype(&XGBoosterFree) booster_free;
  decltype(&XGBoosterSetParam) booster_set;
  decltype(&XGBoosterUpdateOneIter) booster_update;
  decltype(&XGBoosterEvalOneIter) booster_eval;
  decltype(&XGBoosterPredict) booster_predict;
  decltype(&XGBoosterSaveModelToBuffer) booster_save;
  decltype(&XGBoosterLoadModelFromBuffer) booster_load;
};

// kEnvironment, with what to install, where it is not there.
Result<const XgboostLibrary*> LoadXgboost();

}  // namespace opsc
