// `features` → a task that computes the table of keys, times, label and features.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "compiler/driver/ml/lower.h"
#include "compiler/driver/ml/lower_model.h"
#include "compiler/kernel/encode.h"
#include "runtime/data/snapshot.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

// The dataset itself, and those that windows look into.
std::vector<std::string> DatasetsOf(const Node& declared, const std::string& kernel) {
  std::vector<std::string> datasets = {InstanceIn(declared.fields, "of")};
  for (const std::string& other : DatasetsOfWindows(kernel)) {
    if (other != datasets.front()) datasets.push_back(other);
  }
  return datasets;
}

// Fields by which models of these features divide, group or slice the rows, beside the features.
std::set<std::string> CarriedFor(const Node& declared, const LowerContext& context) {
  std::set<std::string> fields;
  for (const Node* model : context.DeclaredOf("model")) {
    if (InstanceIn(model->fields, "features") != declared.address) continue;
    const Value slices = FieldOf(model->fields, "slices");
    if (slices.is(ValueKind::kList)) {
      for (const Value& slice : slices.AsList()) fields.emplace(slice.AsString());
    }
    fields.insert(TextField(model->fields, "cluster"));
    fields.insert(TextField(FieldOf(model->fields, "split"), "group"));
    fields.insert(TextField(FieldOf(model->fields, "split"), "known"));
  }
  fields.erase("");
  return fields;
}

}  // namespace

std::vector<std::string> DatasetsOfWindows(const std::string& kernel) {
  std::vector<std::string> datasets;
  const auto function = kernel::Decode(kernel);
  if (!function) return datasets;
  for (const kernel::Window& window : function->windows) {
    if (std::ranges::find(datasets, window.dataset) == datasets.end()) {
      datasets.push_back(window.dataset);
    }
  }
  return datasets;
}

std::string InstanceIn(const Value& fields, std::string_view name) {
  const Value* value = fields.Find(name);
  return value != nullptr && value->is(ValueKind::kInstance) ? value->AsInstance().address : "";
}

std::string FeaturesPath(const std::string& features) {
  return OutPath(features, "features.chunk");
}

std::vector<Node> LowerFeatures(const Node& declared, LowerContext& context) {
  Node node = declared;
  node.edges.clear();
  const std::string kernel = TextField(declared.fields, "columns");
  Json spec = {{"name", declared.address}, {"of", InstanceIn(declared.fields, "of")}};
  spec["kernel"] = kernel;
  spec["carried"] = CarriedFor(declared, context);
  spec["snapshots"] = Json::object();
  std::vector<Value> inputs;
  for (const std::string& dataset : DatasetsOf(declared, kernel)) {
    spec["snapshots"][dataset] = OutPath(dataset, kSnapshotFile);
    const std::vector<Value> files = InputsOfDataset(dataset, context);
    inputs.insert(inputs.end(), files.begin(), files.end());
  }
  node.fields = OwnTask("features/1", "__features", spec.dump(), std::move(inputs));
  node.outs = {{Symbol("rows"), Value::String("features.chunk"), true}};
  return {node};
}

}  // namespace opsc
