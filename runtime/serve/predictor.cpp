#include "runtime/serve/predictor.h"

#include <fmt/format.h>

#include <cmath>

#include "runtime/ml/artefact.h"

namespace opsc {
namespace {

// Are the features that are computed those that the model was trained on?
Status CheckSignature(const PredictorSource& source, const RowSchema& given,
                      const RowSchema& wanted) {
  for (const RowField& field : wanted.fields) {
    const auto at = given.Find(field.name);
    if (!at) {
      return Fail(ErrorKind::kInput, fmt::format("{} {} wants the feature `{}`, which is not there",
                                                 source.model, source.version, field.name));
    }
    if (given.fields[*at].type != field.type) {
      return Fail(ErrorKind::kInput,
                  fmt::format("{} {} wants `{}` as {}, here it is a {}", source.model,
                              source.version, field.name, ColumnTypeName(field.type),
                              ColumnTypeName(given.fields[*at].type)));
    }
  }
  return {};
}

Result<Batch> FeaturesOf(const Predictor& predictor, const Batch& rows) {
  if (predictor.kernel == nullptr) return Select(rows, predictor.encoding.features);
  OPS_ASSIGN(const Batch read, Select(rows, predictor.kernel->input()));
  Batch made;
  OPS_TRY(predictor.kernel->Run(read, made));
  return Select(made, predictor.encoding.features);
}

}  // namespace

Result<PredictorPtr> LoadPredictor(const PredictorSource& source, KernelLoader* kernels, Env& env) {
  auto predictor = std::make_shared<Predictor>();
  predictor->model = source.model;
  predictor->version = source.version;
  const ModelFiles files = FilesIn(source.dir, env);
  OPS_ASSIGN(ModelCard card, ReadCard(files));
  OPS_ASSIGN(predictor->trees, ReadTrees(files, card));
  const std::string kernel = card.kernel;
  predictor->encoding = std::move(card.encoding);
  const RowSchema& wanted = *predictor->encoding.features;
  predictor->input = source.input != nullptr ? source.input : predictor->encoding.features;
  if (!kernel.empty() && source.input != nullptr) {
    OPS_ASSIGN(predictor->kernel, kernels->Load(kernel));
    if (!predictor->kernel->tables().empty()) {
      return Fail(
          ErrorKind::kInput,
          fmt::format("the features of {} look at rows of `{}`, which a server does not have",
                      source.model, predictor->kernel->tables().front().dataset));
    }
    OPS_TRY(CheckSignature(source, *predictor->kernel->output(), wanted));
    OPS_TRY(CheckSignature(source, *predictor->input, *predictor->kernel->input()));
  } else {
    OPS_TRY(CheckSignature(source, *predictor->input, wanted));
  }
  return predictor;
}

namespace {

// What training refuses is refused here as well, by its row: a model has not learnt what it means.
Status CheckFinite(const Encoding& encoding, const Matrix& matrix) {
  for (size_t at = 0; at < matrix.values.size(); ++at) {
    if (!std::isinf(matrix.values[at])) continue;
    return Fail(ErrorKind::kInput,
                fmt::format("row {}: the feature `{}` is infinite", at / matrix.columns,
                            encoding.NameOf(at % matrix.columns)),
                "a division by zero or the logarithm of zero makes it so");
  }
  return {};
}

}  // namespace

Result<std::vector<float>> PredictRows(const Predictor& predictor, const Batch& rows) {
  OPS_ASSIGN(const Batch features, FeaturesOf(predictor, rows));
  Matrix matrix;
  Encode(predictor.encoding, features, matrix);
  OPS_TRY(CheckFinite(predictor.encoding, matrix));
  std::vector<float> out(rows.rows);
  Predict(predictor.trees, matrix.values, out);
  return out;
}

}  // namespace opsc
