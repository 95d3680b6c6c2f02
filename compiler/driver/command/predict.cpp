// `opsc __predict JSON…`: predictions for a chunk of a dataset; run by tasks of opsc itself.
#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/ml/bound_kernel.h"
#include "compiler/driver/ml/own_task.h"
#include "compiler/driver/ml/script_model.h"
#include "runtime/data/arrow_library.h"
#include "runtime/data/file_writer.h"
#include "runtime/data/snapshot.h"
#include "runtime/ml/artefact.h"
#include "runtime/serve/predictor.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

bool IsKept(const RowField& field) {
  return field.roles.key || field.roles.event_time;
}

// Keys and event time of the rows, then what the model says of them.
SchemaPtr PredictionSchema(const std::string& name, const RowSchema& rows) {
  auto schema = std::make_shared<RowSchema>();
  schema->name = name;
  for (const RowField& field : rows.fields) {
    if (IsKept(field)) schema->fields.push_back(field);
  }
  RowField prediction;
  prediction.name = "prediction";
  prediction.type = ColumnType::kFloat;
  schema->fields.push_back(prediction);
  return schema;
}

// What is said of the rows of a batch, in their order.
using Predict = std::function<Result<std::vector<double>>(const Batch& rows)>;

// Rows with their predictions, made as they are asked for.
class Predictions : public BatchSource {
 public:
  Predictions(BatchSource& rows, Predict predict, SchemaPtr schema)
      : rows_(rows), predict_(std::move(predict)), schema_(std::move(schema)) {}

  const SchemaPtr& schema() const override { return schema_; }
  Result<std::optional<Batch>> Next() override {
    OPS_ASSIGN(const auto batch, rows_.Next());
    if (!batch) return std::nullopt;
    OPS_ASSIGN(const std::vector<double> predictions, predict_(*batch));
    Batch out{schema_, batch->rows, {}};
    for (size_t at = 0; at < batch->columns.size(); ++at) {
      if (IsKept(batch->schema->fields[at])) out.columns.push_back(batch->columns[at]);
    }
    Column column = Column::Zeroed(ColumnType::kFloat, batch->rows);
    std::ranges::copy(predictions, column.writable_floats().begin());
    out.columns.push_back(std::move(column));
    made_ += batch->rows;
    return out;
  }
  uint64_t made() const { return made_; }

 private:
  BatchSource& rows_;
  Predict predict_;
  SchemaPtr schema_;
  uint64_t made_ = 0;
};

// The rows of one chunk, without those that an earlier file has.
Result<std::unique_ptr<BatchSource>> OpenChunk(const Json& json) {
  Snapshot snapshot;
  OPS_ASSIGN(RowSchema schema, SchemaFromJson(json.at("rows")));
  snapshot.schema = std::make_shared<const RowSchema>(std::move(schema));
  OPS_ASSIGN(auto dropped, ReadDropped(json.at("dropped").get<std::string>()));
  SnapshotChunk chunk;
  chunk.path = json.at("chunk").get<std::string>();
  chunk.dropped = std::move(dropped[chunk.path]);
  snapshot.chunks.push_back(std::move(chunk));
  return OpenSnapshot(snapshot, ".");
}

// The features of rows, as the kernel makes them and the model wants them.
Result<Batch> FeaturesFor(const Kernel& kernel, const SchemaPtr& wanted, const Batch& rows) {
  OPS_ASSIGN(const Batch read, Select(rows, kernel.input()));
  Batch features;
  OPS_TRY(kernel.Run(read, features));
  return Select(features, wanted);
}

// The features of all rows, one batch after another.
class Features : public BatchSource {
 public:
  Features(BatchSource& rows, const Kernel& kernel, SchemaPtr schema)
      : rows_(rows), kernel_(kernel), schema_(std::move(schema)) {}
  const SchemaPtr& schema() const override { return schema_; }
  Result<std::optional<Batch>> Next() override {
    OPS_ASSIGN(const auto batch, rows_.Next());
    if (!batch) return std::nullopt;
    return FeaturesFor(kernel_, schema_, *batch);
  }

 private:
  BatchSource& rows_;
  const Kernel& kernel_;
  SchemaPtr schema_;
};

// A script is asked once for all rows, and its answers are dealt out.
Result<Predict> AskScript(const Json& json, const std::string& dir, const ModelCard& card,
                          const Kernel& kernel, Env& env) {
  OPS_ASSIGN(const auto rows, OpenChunk(json));
  Features features(*rows, kernel, card.encoding.features);
  OPS_ASSIGN(std::vector<double> all, PredictByScript(dir, card.script->spec, features, env));
  return [all = std::move(all), at = size_t{0}](const Batch& batch) mutable {
    const auto first = all.begin() + static_cast<ptrdiff_t>(at);
    at += batch.rows;
    return std::vector<double>(first, all.begin() + static_cast<ptrdiff_t>(at));
  };
}

Result<Predict> AskTrees(const PredictorSource& source, const Kernel& kernel, Env& env) {
  OPS_ASSIGN(const auto predictor, LoadPredictor(source, nullptr, env));
  return [predictor, &kernel](const Batch& rows) -> Result<std::vector<double>> {
    OPS_ASSIGN(const Batch features, FeaturesFor(kernel, predictor->input, rows));
    OPS_ASSIGN(const std::vector<float> out, PredictRows(*predictor, features));
    return std::vector<double>(out.begin(), out.end());
  };
}

Result<int> PredictChunk(const Json& json, Env& env) {
  PredictorSource source;
  source.model = json.at("model").get<std::string>();
  source.version = json.at("version").get<std::string>();
  source.dir = json.at("dir").get<std::string>();
  OPS_ASSIGN(const ModelCard card, ReadCard(FilesIn(source.dir, env)));
  OPS_ASSIGN(const auto kernel, LoadBound(card.kernel, json.at("snapshots")));
  OPS_ASSIGN(Predict predict, card.script ? AskScript(json, source.dir, card, *kernel, env)
                                          : AskTrees(source, *kernel, env));
  OPS_ASSIGN(const auto rows, OpenChunk(json));
  Predictions predictions(*rows, std::move(predict),
                          PredictionSchema(source.model, *rows->schema()));
  OPS_TRY(WriteParquet("predictions.parquet", predictions));
  WriteOut(fmt::format("{} predictions by version {} of {}\n", predictions.made(), source.version,
                       source.model));
  return kExitOk;
}

// Which files there are: {"format","model","version","parts":[{"source","path"}…]}.
Result<int> WriteParts(const Json& json) {
  Json out = json.at("parts");
  OPS_ASSIGN(auto file, FileWriter::Open("predictions.json"));
  OPS_TRY(file->Write(out.dump(1) + "\n"));
  OPS_TRY(file->Close());
  WriteOut(fmt::format("{} files by version {} of {}\n", out.at("parts").size(),
                       out.at("version").get<std::string>(), out.at("model").get<std::string>()));
  return kExitOk;
}

Result<int> Run(CliSession& session, const Args& args) {
  return WithOwnSpec(args.positional, [&](const Json& json) {
    return json.contains("parts") ? WriteParts(json) : PredictChunk(json, *session.env);
  });
}

}  // namespace

extern const Command kPredictCommand = {.name = "__predict",
                                        .summary = "makes predictions for a chunk of a dataset",
                                        .example = "opsc __predict '{\"model\": …}'",
                                        .run = Run,
                                        .positional = {"JSON", 1, kAnyNumber},
                                        .shown = Command::Shown::kHidden};

}  // namespace opsc
