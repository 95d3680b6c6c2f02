#include "runtime/serve/predictor.h"

#include <fmt/format.h>

#include <cmath>

#include "runtime/ml/artefact.h"

namespace opsc {
namespace {

constexpr size_t kRoomRows = 4096;  // room for more is not kept

// Where the wanted fields are among those given. kInput where one is not, or is of another type.
Result<std::vector<size_t>> PlacesOf(const PredictorSource& source, const RowSchema& wanted,
                                     const RowSchema& given) {
  std::vector<size_t> places;
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
    places.push_back(*at);
  }
  return places;
}

// The same encoding for rows that have the features among others.
Result<Encoding> EncodingOf(const PredictorSource& source, Encoding encoding, SchemaPtr given) {
  OPS_ASSIGN(const std::vector<size_t> places, PlacesOf(source, *encoding.features, *given));
  for (EncodedColumn& column : encoding.columns) column.field = places[column.field];
  encoding.features = std::move(given);
  return encoding;
}

// The rows with the model's features, which may be made in the room.
Result<const Batch*> FeaturesOf(const Predictor& predictor, const Batch& rows,
                                PredictorRoom& room) {
  if (predictor.kernel == nullptr) return &rows;
  if (room.read.schema == nullptr) room.read.schema = predictor.kernel->input();
  room.read.rows = rows.rows;
  for (const size_t at : predictor.reads) room.read.columns.push_back(rows.columns[at]);
  const Status made = predictor.kernel->Run(room.read, room.features);
  room.read.columns.clear();
  if (!made) return std::unexpected(made.error());
  return &room.features;
}

// The same files; what is read of them goes into the hasher, which outlives the result.
ModelFiles Hashed(ModelFiles files, Hasher& hasher) {
  return [files = std::move(files), &hasher](std::string_view name) -> Result<std::string> {
    OPS_ASSIGN(std::string text, files(name));
    hasher.Part(name).Part(text);
    return text;
  };
}

Status CheckUnaltered(const PredictorSource& source, const Digest& read) {
  if (source.digest.empty() || source.digest == read) return {};
  return Fail(ErrorKind::kCorrupt,
              fmt::format("version {} of {} is not what was deployed: somebody has altered its "
                          "files in {}",
                          source.version, source.model, source.dir),
              "`opsc apply` mends it");
}

}  // namespace

Result<PredictorPtr> LoadPredictor(const PredictorSource& source, KernelLoader* kernels, Env& env) {
  auto predictor = std::make_shared<Predictor>();
  predictor->model = source.model;
  predictor->version = source.version;
  Hasher read;
  const ModelFiles files = Hashed(FilesIn(source.dir, env), read);
  OPS_ASSIGN(ModelCard card, ReadCard(files));
  OPS_ASSIGN(predictor->trees, ReadTrees(files, card));
  predictor->digest = read.Finish();
  OPS_TRY(CheckUnaltered(source, predictor->digest));
  predictor->input = source.input != nullptr ? source.input : card.encoding.features;
  SchemaPtr made = predictor->input;
  if (!card.kernel.empty() && source.input != nullptr) {
    OPS_ASSIGN(predictor->kernel, kernels->Load(card.kernel));
    if (!predictor->kernel->tables().empty()) {
      return Fail(
          ErrorKind::kInput,
          fmt::format("the features of {} look at rows of `{}`, which a server does not have",
                      source.model, predictor->kernel->tables().front().dataset));
    }
    made = predictor->kernel->output();
  }
  OPS_ASSIGN(predictor->encoding, EncodingOf(source, std::move(card.encoding), made));
  if (predictor->kernel != nullptr) {
    OPS_ASSIGN(predictor->reads, PlacesOf(source, *predictor->kernel->input(), *predictor->input));
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
  PredictorRoom large;
  const auto kept = rows.rows <= kRoomRows ? predictor.rooms.Take() : nullptr;
  PredictorRoom& room = kept != nullptr ? *kept : large;
  OPS_ASSIGN(const Batch* features, FeaturesOf(predictor, rows, room));
  room.matrix.rows = 0;
  Encode(predictor.encoding, *features, room.matrix);
  OPS_TRY(CheckFinite(predictor.encoding, room.matrix));
  std::vector<float> out(rows.rows);
  Predict(predictor.trees, room.matrix.values, out);
  return out;
}

}  // namespace opsc
