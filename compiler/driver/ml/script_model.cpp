#include "compiler/driver/ml/script_model.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "compiler/driver/ml/script_process.h"
#include "runtime/data/arrow_library.h"
#include "runtime/data/read.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "opsc.script/1";

// Batches that are there, one after another.
class Batches : public BatchSource {
 public:
  Batches(SchemaPtr schema, const std::vector<Batch>& batches)
      : schema_(std::move(schema)), batches_(batches) {}
  const SchemaPtr& schema() const override { return schema_; }
  Result<std::optional<Batch>> Next() override {
    if (next_ == batches_.size()) return std::nullopt;
    return batches_[next_++];
  }

 private:
  SchemaPtr schema_;
  const std::vector<Batch>& batches_;
  size_t next_ = 0;
};

Status WriteRows(const std::string& path, const std::vector<Batch>& batches) {
  Batches rows(batches.front().schema, batches);
  return WriteParquet(path, rows);
}

Json NamesOf(const RowSchema& schema) {
  Json names = Json::array();
  for (const RowField& field : schema.fields) names.push_back(field.name);
  return names;
}

Status Copied(const std::string& what, const std::error_code& error) {
  if (!error) return {};
  return Fail(ErrorKind::kEnvironment, fmt::format("cannot copy {}: {}", what, error.message()));
}

Status CopyParts(const ScriptParts& parts) {
  std::error_code error;
  for (const std::string& file : parts.code) {
    const fs::path to = fs::path(parts.model) / "code" / file;
    fs::create_directories(to.parent_path(), error);
    if (!error) fs::copy_file(file, to, error);
    OPS_TRY(Copied(file, error));
  }
  fs::copy(parts.environment, fs::path(parts.model) / "environment",
           fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  return Copied(parts.environment, error);
}

// The column `prediction` of a file that a script has written.
Result<std::vector<double>> ReadPredictions(const std::string& path, const std::string& script) {
  auto schema = std::make_shared<RowSchema>();
  schema->fields.push_back(FieldOfType("prediction", ColumnType::kFloat));
  RejectLog log("the predictions of " + script, "");
  ReadOptions options;
  options.format = FileFormat::kParquet;
  options.other_columns = OtherColumns::kIgnore;
  OPS_ASSIGN(const auto reader, OpenRows(path, schema, options, log));
  std::vector<double> predictions;
  while (true) {
    OPS_ASSIGN(const auto batch, reader->Next());
    if (!batch) break;
    const auto values = batch->columns.front().floats();
    predictions.insert(predictions.end(), values.begin(), values.end());
  }
  if (log.rows() == 0) return predictions;
  return Fail(ErrorKind::kInput, log.example_texts().front(),
              "each row gets a prediction: a finite number");
}

// One flat object of numbers; absent: none.
Result<std::vector<std::pair<std::string, double>>> ReadReported(const std::string& path,
                                                                 const std::string& script,
                                                                 Env& env) {
  std::vector<std::pair<std::string, double>> reported;
  if (env.Stat(path).type == FileType::kMissing) return reported;
  OPS_ASSIGN(const std::string text, env.ReadFile(path));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorKind::kInput, fmt::format("the metrics of {} {}", script, why),
                "write one JSON object of numbers, such as {\"oob\": 0.93}");
  };
  if (!json.is_object()) return refuse("are no JSON object");
  for (const auto& [name, value] : json.items()) {
    if (!value.is_number()) return refuse(fmt::format("have `{}`, which is no number", name));
    reported.emplace_back(name, value.get<double>());
  }
  return reported;
}

Status CheckFitted(const std::string& dir, const std::string& script, Env& env) {
  OPS_ASSIGN(const auto files, env.List(dir));
  if (!files.empty()) return {};
  return Fail(ErrorKind::kTask, fmt::format("{} has written no model", script),
              "what it has learnt goes into files below the directory job[\"model\"]");
}

// What both jobs have in common.
Json JobOf(std::string_view what, const std::string& dir, const ScriptSpec& spec,
           const RowSchema& features) {
  Json job = {{"format", kFormat}, {"do", what}};
  job["model"] = fs::absolute(fs::path(dir) / "fitted").string();
  job["features"] = NamesOf(features);
  job["params"] = Json::parse(spec.params);
  job["seed"] = spec.seed;
  return job;
}

Result<std::vector<double>> AskScript(const std::string& dir, const ScriptSpec& spec, Json job,
                                      const std::string& scratch) {
  const std::string predictions = scratch + "/predictions.parquet";
  job["predictions"] = predictions;
  OPS_TRY(RunScript(dir, spec, job, scratch));
  if (!fs::exists(predictions)) {
    return Fail(ErrorKind::kTask, fmt::format("{} has written no predictions", spec.script),
                "asked to predict, it writes a Parquet file with the column `prediction` to "
                "job[\"predictions\"]");
  }
  return ReadPredictions(predictions, spec.script);
}

Result<ScriptAnswer> TrainAndTest(const ScriptSpec& spec, const ScriptParts& parts,
                                  const ScriptRows& rows, Env& env) {
  OPS_TRY(CopyParts(parts));
  OPS_TRY(env.MakeDirs(JoinPath(parts.model, "fitted")));
  OPS_ASSIGN(const std::string scratch, MakeScriptScratch());
  OPS_TRY(WriteRows(scratch + "/train.parquet", rows.train));
  OPS_TRY(WriteRows(scratch + "/test.parquet", rows.test));
  const RowSchema& features = *rows.test.front().schema;
  Json fit = JobOf("fit", parts.model, spec, features);
  fit["rows"] = scratch + "/train.parquet";
  fit["label"] = rows.label;
  fit["objective"] = rows.objective == Objective::kBinary ? "binary" : "regression";
  fit["metrics"] = scratch + "/metrics.json";
  OPS_TRY(RunScript(parts.model, spec, fit, scratch));
  OPS_TRY(CheckFitted(JoinPath(parts.model, "fitted"), spec.script, env));
  Json predict = JobOf("predict", parts.model, spec, features);
  predict["rows"] = scratch + "/test.parquet";
  ScriptAnswer answer;
  answer.record.spec = spec;
  OPS_ASSIGN(answer.scores, AskScript(parts.model, spec, predict, scratch));
  OPS_ASSIGN(answer.record.reported, ReadReported(scratch + "/metrics.json", spec.script, env));
  OPS_ASSIGN(const Digest script, env.HashFile(spec.script));
  OPS_ASSIGN(const Digest lock, env.HashFile(spec.lock));
  answer.record.script_digest = script.Hex();
  answer.record.lock_digest = lock.Hex();
  OPS_ASSIGN(answer.trainer, InterpreterVersion(spec, scratch));
  fs::remove_all(scratch);
  return answer;
}

}  // namespace

ScriptTrainer MakeScriptTrainer(ScriptSpec spec, ScriptParts parts, Env& env) {
  return [spec = std::move(spec), parts = std::move(parts), &env](const ScriptRows& rows) {
    return TrainAndTest(spec, parts, rows, env);
  };
}

Result<std::vector<double>> PredictByScript(const std::string& dir, const ScriptSpec& spec,
                                            BatchSource& features, Env&) {
  OPS_ASSIGN(const std::string scratch, MakeScriptScratch());
  const std::string path = scratch + "/rows.parquet";
  OPS_TRY(WriteParquet(path, features));
  Json job = JobOf("predict", dir, spec, *features.schema());
  job["rows"] = path;
  OPS_ASSIGN(auto predictions, AskScript(dir, spec, job, scratch));
  OPS_ASSIGN(const int64_t rows, ParquetRows(path));
  fs::remove_all(scratch);
  if (predictions.size() == static_cast<size_t>(rows)) return predictions;
  return Fail(ErrorKind::kInput, fmt::format("{} gives {} predictions for {} rows", spec.script,
                                             predictions.size(), rows));
}

}  // namespace opsc
