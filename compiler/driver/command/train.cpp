// `opsc __train JSON…`: trains a model; run by tasks of opsc itself.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/ml/own_task.h"
#include "compiler/driver/ml/script_model.h"
#include "runtime/data/chunk_file.h"
#include "runtime/ml/artefact.h"
#include "runtime/ml/card_json.h"

namespace opsc {
namespace {

Result<std::vector<Batch>> ReadTable(const std::string& path) {
  OPS_ASSIGN(const auto file, ChunkFile::Open(path));
  std::vector<Batch> batches;
  for (size_t at = 0; at < file->batch_count(); ++at) {
    OPS_ASSIGN(Batch batch, file->Read(at));
    batches.push_back(std::move(batch));
  }
  return batches;
}

// A line each tenth of the rounds, so that a long training is seen to go on.
std::function<void(const TrainingRound&)> SayRounds(int64_t rounds) {
  const int64_t every = std::max<int64_t>(rounds / 10, 1);
  return [every, rounds](const TrainingRound& round) {
    if (round.round % every != 0) return;
    WriteOut(fmt::format("round {} of {}: loss {:.5f}\n", round.round, rounds, round.loss));
    std::fflush(stdout);
  };
}

Result<TrainedModel> TrainAsSaid(const nlohmann::ordered_json& json, const TrainSpec& spec,
                                 Env& env) {
  OPS_ASSIGN(const auto table, ReadTable(json.at("table").get<std::string>()));
  if (!spec.script) return Train(table, spec, SayRounds(spec.params.rounds), {});
  const ScriptParts parts{json.at("environment").get<std::string>(),
                          json.at("code").get<std::vector<std::string>>(), "model"};
  return TrainByScript(table, spec, MakeScriptTrainer(*spec.script, parts, env));
}

Result<int> TrainBySpec(const nlohmann::ordered_json& json, Env& env) {
  OPS_ASSIGN(const TrainSpec spec, SpecFromJson(json.at("train")));
  OPS_TRY(env.MakeDirs("model"));
  OPS_ASSIGN(TrainedModel model, TrainAsSaid(json, spec, env));
  OPS_ASSIGN(const Digest data, env.HashFile(json.at("table").get<std::string>()));
  model.card.data_digest = data.Hex();
  OPS_TRY(WriteModel("model", model, env));
  if (model.card.superseded_rows > 0) {
    WriteOut(
        fmt::format("{} rows left out that were corrected later\n", model.card.superseded_rows));
  }
  const Measured& first = model.card.metrics.front();
  WriteOut(fmt::format("{} of {} training and {} test rows: {} {:.4f} ({:.4f} to {:.4f})\n",
                       model.card.name, model.card.train_rows, model.card.test_rows, first.name,
                       first.value, first.low, first.high));
  return kExitOk;
}

Result<int> Run(CliSession& session, const Args& args) {
  return WithOwnSpec(args.positional,
                     [&](const auto& json) { return TrainBySpec(json, *session.env); });
}

}  // namespace

extern const Command kTrainCommand = {.name = "__train",
                                      .summary = "trains a model",
                                      .example = "opsc __train '{\"train\": {…}, \"table\": …}'",
                                      .run = Run,
                                      .positional = {"JSON", 1, kAnyNumber},
                                      .shown = Command::Shown::kHidden};

}  // namespace opsc
