// `batch` → a task a chunk of the dataset, and one for the list of what they made.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/ml/lower.h"
#include "compiler/driver/ml/lower_model.h"
#include "compiler/kernel/encode.h"
#include "runtime/column/schema.h"
#include "runtime/data/snapshot.h"
#include "runtime/exec/task_command.h"
#include "runtime/graph/address.h"
#include "runtime/value/fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOwn = "predict/1";

// What all parts of a batch have in common.
struct BatchJob {
  const Node& declared;
  std::string dataset;
  std::string model;
  const Node* features = nullptr;
  Value artefact;
  Value version;
};

BatchJob BatchOf(const Node& declared, LowerContext& context) {
  BatchJob batch{declared,
                 InstanceIn(declared.fields, "of"),
                 InstanceIn(declared.fields, "model"),
                 nullptr,
                 {},
                 {}};
  const Node* model = context.Declared(batch.model);
  if (model != nullptr) batch.features = context.Declared(InstanceIn(model->fields, "features"));
  batch.artefact = context.OutOf(batch.model, "champion");
  batch.version = context.OutOf(batch.model, "version");
  return batch;
}

// The features read fields of the model's own rows: those of the batch have them, too.
void CheckBatch(const BatchJob& batch, LowerContext& context) {
  const Node* dataset = context.Declared(batch.dataset);
  if (batch.features == nullptr || dataset == nullptr) return;
  const auto kernel = kernel::Decode(TextField(batch.features->fields, "columns"));
  const auto rows =
      SchemaFromJsonText(ToJson(FieldOf(dataset->fields, "rows"), SecretPolicy::kRedact));
  if (!kernel || !rows) return;
  for (const RowField& read : kernel->input.fields) {
    const auto at = rows->Find(read.name);
    const RowField* there = at ? &rows->fields[*at] : nullptr;
    if (there != nullptr && there->type == read.type && (read.nullable || !there->nullable))
      continue;
    const std::string wanted =
        fmt::format("`{}: {}{}`", read.name, ColumnTypeName(read.type), read.nullable ? "?" : "");
    context.Refuse(batch.declared,
                   fmt::format("`{}` cannot predict rows of `{}`: the features of `{}` read {}, {}",
                               batch.declared.address, rows->name, batch.model, wanted,
                               there == nullptr ? "which they do not have"
                                                : fmt::format("which is `{}{}` there",
                                                              ColumnTypeName(there->type),
                                                              there->nullable ? "?" : "")),
                   fmt::format("give `{}` the field {}", rows->name, wanted));
  }
}

std::string PredictionsAddress(const std::string& batch, const std::string& key) {
  return batch + "/part[" + Quote(key) + "]";
}

bool IsKnown(const BatchJob& batch) {
  return batch.features != nullptr && batch.artefact.is(ValueKind::kFile) &&
         batch.version.is(ValueKind::kInt);
}

// The inputs of a part, and where they stand, in its spec.
Json PartSpec(const BatchJob& batch, const DatasetChunk& chunk, LowerContext& context,
              std::vector<Value>& inputs) {
  const std::string kernel = TextField(batch.features->fields, "columns");
  Json spec = {{"model", batch.model},
               {"version", ToText(batch.version)},
               {"dir", FilePath(batch.artefact.AsFile())},
               {"chunk", OutPath(chunk.address, kChunkRows)},
               {"dropped", OutPath(batch.dataset, kDroppedFile)}};
  const Node* dataset = context.Declared(batch.dataset);
  spec["rows"] = Json::parse(ToJson(FieldOf(dataset->fields, "rows"), SecretPolicy::kRedact));
  spec["snapshots"] = Json::object();
  for (const std::string& other : DatasetsOfWindows(kernel)) {
    spec["snapshots"][other] = OutPath(other, kSnapshotFile);
    const std::vector<Value> files = InputsOfDataset(other, context);
    inputs.insert(inputs.end(), files.begin(), files.end());
  }
  return spec;
}

Node PartNode(const BatchJob& batch, const DatasetChunk& chunk, LowerContext& context) {
  Node node;
  node.address = PredictionsAddress(batch.declared.address, chunk.key);
  node.type = "predictions";
  node.meta = batch.declared.meta;
  std::vector<Value> inputs = {context.OutOf(chunk.address, "rows"),
                               context.OutOf(batch.dataset, "dropped"), batch.artefact};
  if (IsKnown(batch)) {
    const std::string spec = PartSpec(batch, chunk, context, inputs).dump();
    node.fields = OwnTask(kOwn, "__predict", spec, std::move(inputs));
  } else {
    node.fields = PendingOwnTask(kOwn, "__predict", std::move(inputs));
  }
  node.outs = {{Symbol("rows"), Value::String("predictions.parquet"), true}};
  return node;
}

Node ListNode(const BatchJob& batch, const std::vector<DatasetChunk>& chunks,
              LowerContext& context) {
  Node node = batch.declared;
  node.edges.clear();
  std::vector<Value> inputs;
  Json parts = Json::array();
  for (const DatasetChunk& chunk : chunks) {
    const std::string part = PredictionsAddress(batch.declared.address, chunk.key);
    inputs.push_back(context.OutOf(part, "rows"));
    parts.push_back({{"source", chunk.key}, {"path", OutPath(part, "predictions.parquet")}});
  }
  if (IsKnown(batch)) {
    const Json list = {{"format", "opsc.predictions/1"},
                       {"model", batch.model},
                       {"version", ToText(batch.version)},
                       {"parts", parts}};
    node.fields = OwnTask(kOwn, "__predict", Json{{"parts", list}}.dump(), std::move(inputs));
  } else {
    node.fields = PendingOwnTask(kOwn, "__predict", std::move(inputs));
  }
  node.outs = {{Symbol("predictions"), Value::String("predictions.json"), true}};
  return node;
}

}  // namespace

std::vector<Node> LowerBatch(const Node& declared, LowerContext& context) {
  const BatchJob batch = BatchOf(declared, context);
  CheckBatch(batch, context);
  const std::vector<DatasetChunk> chunks = ChunksOfDataset(batch.dataset, context);
  std::vector<Node> nodes;
  for (const DatasetChunk& chunk : chunks) nodes.push_back(PartNode(batch, chunk, context));
  nodes.push_back(ListNode(batch, chunks, context));
  return nodes;
}

}  // namespace opsc
