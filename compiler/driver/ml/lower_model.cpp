#include "compiler/driver/ml/lower_model.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "runtime/ml/xgboost.h"
#include "runtime/value/fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

Json JsonOf(const Value* value) {
  return value == nullptr ? Json() : Json::parse(ToJson(*value, SecretPolicy::kRedact));
}

// What decides the model beside its spec and its rows.
std::string OwnOfTraining() {
  const auto version = XgboostVersion();
  return fmt::format("train/2 xgboost {}", version ? *version : "not installed");
}

// TrainSpec as JSON (runtime/ml/card_json.h).
Json TrainSpecOf(const Node& declared, const Node* features) {
  const Value& fields = declared.fields;
  Json spec = {{"name", declared.address}};
  spec["split"] = JsonOf(fields.Find("split"));
  if (const Value* test = fields.Find("split")->Find("test")) {
    spec["split"]["test"] = test->AsFloat();
  }
  spec["params"] = JsonOf(fields.Find("trainer"));
  spec["params"].erase("kind");
  spec["bootstrap_rounds"] = JsonOf(fields.Find("bootstrap"));
  spec["slices"] = JsonOf(fields.Find("slices"));
  spec["cluster"] = TextField(fields, "cluster");
  spec["kernel"] = features == nullptr ? "" : TextField(features->fields, "columns");
  return spec;
}

bool HasTriggers(const Node& declared) {
  const Value triggers = FieldOf(declared.fields, "retrain");
  return triggers.is(ValueKind::kList) && !triggers.AsList().empty();
}

std::string RowsAddress(const Node& declared) {
  return declared.address + "/rows";
}

// What the triggers let through to the training.
Node RowsNode(const Node& declared, LowerContext& context) {
  Node node;
  node.address = RowsAddress(declared);
  node.type = "training_rows";
  node.meta = declared.meta;
  const std::string features = InstanceIn(declared.fields, "features");
  node.fields = Value::Record({{Symbol("rows"), context.OutOf(features, "rows")},
                               {Symbol("triggers"), FieldOf(declared.fields, "retrain")},
                               {Symbol("cooldown"), FieldOf(declared.fields, "cooldown")},
                               {Symbol("due"), Value::Bool(false)}});
  return node;
}

Node TrainingNode(const Node& declared, LowerContext& context) {
  Node node;
  node.address = declared.address + "/training";
  node.type = "training";
  node.meta = declared.meta;
  node.doc = declared.doc;
  const std::string features = InstanceIn(declared.fields, "features");
  const Json spec = {{"train", TrainSpecOf(declared, context.Declared(features))},
                     {"table", FeaturesPath(features)}};
  const std::string giver = HasTriggers(declared) ? RowsAddress(declared) : features;
  std::vector<Value> inputs = {context.OutOf(giver, "rows")};
  const bool known = !FieldOf(declared.fields, "trainer").has_pending() &&
                     !FieldOf(declared.fields, "split").has_pending();
  node.fields = known ? OwnTask(OwnOfTraining(), "__train", spec.dump(), std::move(inputs))
                      : PendingOwnTask(OwnOfTraining(), "__train", std::move(inputs));
  node.outs = {{Symbol("model"), Value::String("model"), true}};
  return node;
}

// The fields of the kind `model`.
Value RegistryFields(const Node& declared, LowerContext& context) {
  Value fields =
      Value::Record({{Symbol("candidate"), context.OutOf(declared.address + "/training", "model")},
                     {Symbol("gate"), FieldOf(declared.fields, "gate")},
                     {Symbol("promote"), Value::String(TextField(declared.fields, "promote"))}});
  const Value tracking = FieldOf(declared.fields, "tracking");
  return tracking.is(ValueKind::kNull) ? fields : WithField(fields, "tracking", tracking);
}

}  // namespace

std::vector<Node> LowerModel(const Node& declared, LowerContext& context) {
  CheckModel(declared, context);
  Node node = declared;
  node.edges.clear();
  node.fields = RegistryFields(declared, context);
  std::vector<Node> nodes;
  if (HasTriggers(declared)) nodes.push_back(RowsNode(declared, context));
  nodes.push_back(TrainingNode(declared, context));
  nodes.push_back(std::move(node));
  return nodes;
}

}  // namespace opsc
