#include "runtime/ml/xgboost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "runtime/ml/xgboost_library.h"

namespace opsc {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

std::unexpected<Error> Said(const XgboostLibrary& lib, std::string_view doing) {
  std::string text = lib.last_error();
  text.resize(std::min(text.find('\n'), text.size()));  // then comes a stack trace
  return Fail(ErrorKind::kInput, fmt::format("xgboost: cannot {}: {}", doing, text));
}

// What XGBoost holds, freed at the end of a scope.
struct Freer {
  int (*free)(void*);
  void operator()(void* handle) const { free(handle); }
};
using Handle = std::unique_ptr<void, Freer>;

Result<Handle> MakeMatrix(const XgboostLibrary& lib, const Matrix& matrix) {
  DMatrixHandle raw = nullptr;
  if (lib.matrix_create(matrix.values.data(), matrix.rows, matrix.columns, kMissing, &raw) != 0) {
    return Said(lib, "take the features");
  }
  return Handle(raw, Freer{lib.matrix_free});
}

Result<Handle> MakeBooster(const XgboostLibrary& lib, std::span<const DMatrixHandle> matrices) {
  BoosterHandle raw = nullptr;
  if (lib.booster_create(matrices.data(), matrices.size(), &raw) != 0) {
    return Said(lib, "start a model");
  }
  return Handle(raw, Freer{lib.booster_free});
}

Status SetParams(const XgboostLibrary& lib, BoosterHandle booster, const TrainRequest& request) {
  const XgboostParams& p = request.params;
  const bool binary = request.objective == Objective::kBinary;
  const std::pair<const char*, std::string> params[] = {
      {"objective", binary ? "binary:logistic" : "reg:squarederror"},
      {"eval_metric", binary ? "logloss" : "rmse"},
      {"tree_method", "hist"},
      {"verbosity", "0"},
      {"max_depth", fmt::format("{}", p.depth)},
      {"eta", fmt::format("{}", p.learning_rate)},
      {"min_child_weight", fmt::format("{}", p.min_child_weight)},
      {"subsample", fmt::format("{}", p.subsample)},
      {"colsample_bytree", fmt::format("{}", p.columns)},
      {"lambda", fmt::format("{}", p.l2)},
      {"alpha", fmt::format("{}", p.l1)},
      {"gamma", fmt::format("{}", p.min_gain)},
      {"scale_pos_weight", fmt::format("{}", binary ? p.positive_weight : 1.0)},
      {"seed", fmt::format("{}", p.seed)},
      {"nthread", fmt::format("{}", p.threads)},
  };
  for (const auto& [name, value] : params) {
    if (lib.booster_set(booster, name, value.c_str()) != 0) return Said(lib, "set a parameter");
  }
  return {};
}

Status CheckLabels(const TrainRequest& request) {
  const auto& labels = request.labels;
  if (labels.empty()) return Fail(ErrorKind::kInput, "there are no rows to train on");
  if (!std::ranges::all_of(labels, [](float x) { return std::isfinite(x); })) {
    return Fail(ErrorKind::kInput, "a label is not a finite number");
  }
  const auto [low, high] = std::ranges::minmax(labels);
  if (request.objective == Objective::kBinary && low == high) {
    return Fail(ErrorKind::kInput,
                fmt::format("all {} training rows have the label {}: there is nothing to learn",
                            labels.size(), low != 0 ? "true" : "false"),
                "a binary model needs rows of both classes");
  }
  return {};
}

// The number at the end of "[3]\ttrain-logloss:0.53".
double LossOf(const char* text) {
  const std::string_view line(text);
  const size_t colon = line.rfind(':');
  return colon == line.npos ? NAN : std::strtod(line.data() + colon + 1, nullptr);
}

Status Rounds(const XgboostLibrary& lib, BoosterHandle booster, DMatrixHandle matrix,
              const TrainRequest& request) {
  const char* name = "train";
  for (int round = 0; round < request.params.rounds; ++round) {
    if (request.stop.stop_requested())
      return Fail(ErrorKind::kCancelled, "the training was stopped");
    if (lib.booster_update(booster, round, matrix) != 0) return Said(lib, "train");
    if (!request.on_round) continue;
    const char* line = nullptr;
    DMatrixHandle matrices[] = {matrix};
    if (lib.booster_eval(booster, round, matrices, &name, 1, &line) != 0)
      return Said(lib, "evaluate");
    request.on_round({round + 1, LossOf(line)});
  }
  return {};
}

Result<std::string> Save(const XgboostLibrary& lib, BoosterHandle booster) {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  if (lib.booster_save(booster, R"({"format":"json"})", &size, &bytes) != 0) {
    return Said(lib, "save the model");
  }
  return std::string(bytes, size);
}

}  // namespace

Result<std::string> TrainXgboost(const TrainRequest& request) {
  OPS_TRY(CheckLabels(request));
  OPS_ASSIGN(const XgboostLibrary* lib, LoadXgboost());
  OPS_ASSIGN(const Handle matrix, MakeMatrix(*lib, *request.features));
  if (lib->matrix_set(matrix.get(), "label", request.labels.data(), request.labels.size()) != 0) {
    return Said(*lib, "take the labels");
  }
  const DMatrixHandle matrices[] = {matrix.get()};
  OPS_ASSIGN(const Handle booster, MakeBooster(*lib, matrices));
  OPS_TRY(SetParams(*lib, booster.get(), request));
  OPS_TRY(Rounds(*lib, booster.get(), matrix.get(), request));
  return Save(*lib, booster.get());
}

Result<std::string> XgboostVersion() {
  OPS_ASSIGN(const XgboostLibrary* lib, LoadXgboost());
  int major = 0, minor = 0, patch = 0;
  lib->version(&major, &minor, &patch);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

Result<std::vector<float>> PredictByXgboost(const std::string& model, const Matrix& features) {
  OPS_ASSIGN(const XgboostLibrary* lib, LoadXgboost());
  OPS_ASSIGN(const Handle matrix, MakeMatrix(*lib, features));
  OPS_ASSIGN(const Handle booster, MakeBooster(*lib, {}));
  if (lib->booster_load(booster.get(), model.data(), model.size()) != 0) {
    return Said(*lib, "load the model");
  }
  bst_ulong rows = 0;
  const float* out = nullptr;
  if (lib->booster_predict(booster.get(), matrix.get(), 0, 0, 0, &rows, &out) != 0) {
    return Said(*lib, "predict");
  }
  return std::vector<float>(out, out + rows);
}

}  // namespace opsc
