// One version of a model, ready to answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"
#include "runtime/base/pool.h"
#include "runtime/column/kernel.h"
#include "runtime/ml/matrix.h"
#include "runtime/ml/trees.h"

namespace opsc {

// What lies between rows and predictions. It is kept: most requests are of one row, and making it
// anew took longer than the prediction.
struct PredictorRoom {
  Batch read;      // what the kernel takes
  Batch features;  // what it makes
  Matrix matrix;
};

// Immutable but for the room that it keeps; thread-safe.
struct Predictor {
  std::string model;
  std::string version;
  SchemaPtr input;                       // rows it takes, checked against this type
  std::shared_ptr<const Kernel> kernel;  // input → features; none: the input are the features
  std::vector<size_t> reads;             // columns of `input` that the kernel takes, in its order
  Encoding encoding;                     // of what the kernel makes, or of `input`
  TreeEnsemble trees;
  Digest digest;  // of the files that it was read from
  mutable Pool<PredictorRoom> rooms;
};
// Shared, because requests under way keep the version that they began with.
using PredictorPtr = std::shared_ptr<const Predictor>;

// What a server is told of a version.
struct PredictorSource {
  std::string model;
  std::string version;
  std::string dir;     // of the model (docs/formats/model.md)
  SchemaPtr input;     // rows, of which the model's kernel makes features; null: the features
  Digest digest = {};  // of the files that are read (Predictor::digest); empty: any will do
};
// kInput where the kernel does not give what the model was trained on; kCorrupt where the files are
// others than the source says.
Result<PredictorPtr> LoadPredictor(const PredictorSource& source, KernelLoader* kernels, Env& env);

// A prediction a row: the probability of true, or a number. kInput where a feature of a row cannot
// be computed. REQUIRES: the batch has the schema `input`.
Result<std::vector<float>> PredictRows(const Predictor& predictor, const Batch& rows);

}  // namespace opsc
