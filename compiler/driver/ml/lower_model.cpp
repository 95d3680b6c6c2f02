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

bool IsScripted(const Node& declared) {
  return TextField(FieldOf(declared.fields, "trainer"), "kind") == "python";
}

// What decides the model beside its spec and its rows.
std::string OwnOfTraining(const Node& declared) {
  if (IsScripted(declared)) return "train/3 script";
  const auto version = XgboostVersion();
  return fmt::format("train/3 xgboost {}", version ? *version : "not installed");
}

// A Split as SplitSpec is written (runtime/ml/card_json.h).
Json SplitOf(const Value& split) {
  Json json = JsonOf(&split);
  if (const Value* test = split.Find("test")) json["test"] = test->AsFloat();
  const Value embargo = FieldOf(split, "embargo");
  if (embargo.is(ValueKind::kDuration) && embargo.AsInt() != 0)
    json["embargo_ns"] = embargo.AsInt();
  json.erase("embargo");
  if (TextField(split, "known").empty()) json.erase("known");
  return json;
}

// TrainSpec as JSON (runtime/ml/card_json.h).
Json TrainSpecOf(const Node& declared, const Node* features) {
  const Value& fields = declared.fields;
  Json spec = {{"name", declared.address}};
  spec["split"] = SplitOf(*fields.Find("split"));
  Json trainer = JsonOf(fields.Find("trainer"));
  trainer.erase("kind");
  trainer.erase("sources");
  spec[IsScripted(declared) ? "script" : "params"] = std::move(trainer);
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

Value InterpreterOf(const Node& declared) {
  return Value::List({FieldOf(FieldOf(declared.fields, "trainer"), "interpreter")});
}

std::string EnvironmentAddress(const Node& declared) {
  return declared.address + "/environment";
}

// A file of the project as an input.
Value InputFile(const std::string& path) {
  FilesRep files;
  files.include = {path};
  return Value::Files(std::move(files));
}

// The packages that the lock names, and no others, in a directory: the content of all of them
// stands in the lock, so the network decides nothing.
Node EnvironmentNode(const Node& declared) {
  Node node;
  node.address = EnvironmentAddress(declared);
  node.type = "packages";
  node.meta = declared.meta;
  const Value trainer = FieldOf(declared.fields, "trainer");
  constexpr std::string_view kInstall = R"(
"$PYTHON" -m venv /tmp/installer
/tmp/installer/bin/python -m pip install --quiet --no-input --disable-pip-version-check --no-cache-dir \
  --require-hashes --only-binary :all: --no-compile --target site --requirement "$LOCK"
rm -rf site/bin
"$PYTHON" -m compileall -q --invalidation-mode unchecked-hash -s "$PWD" site || true
)";
  node.fields = Value::Record(
      {{Symbol("run"), Value::String(kInstall)},
       {Symbol("inputs"), Value::List({InputFile(TextField(trainer, "lock"))})},
       {Symbol("env"), Value::Record({{Symbol("PYTHON"), FieldOf(trainer, "interpreter")},
                                      {Symbol("LOCK"), FieldOf(trainer, "lock")}})},
       {Symbol("tools"), InterpreterOf(declared)},
       {Symbol("network"), Value::Bool(true)}});
  node.outs = {{Symbol("site"), Value::String("site"), true}};
  return node;
}

// The script, what it imports, its packages: inputs of the training, and where they are.
void AddScript(const Node& declared, LowerContext& context, Json& spec,
               std::vector<Value>& inputs) {
  const Value trainer = FieldOf(declared.fields, "trainer");
  const std::string script = TextField(trainer, "script");
  std::vector<std::string> code = {script};
  const Value sources = FieldOf(trainer, "sources");
  if (sources.is(ValueKind::kFiles)) {
    for (const std::string& file : context.Matches(sources.AsFiles())) {
      if (file != script) code.push_back(file);
    }
  }
  for (const std::string& file : code) inputs.push_back(InputFile(file));
  inputs.push_back(InputFile(TextField(trainer, "lock")));
  inputs.push_back(context.OutOf(EnvironmentAddress(declared), "site"));
  spec["code"] = code;
  spec["environment"] = OutPath(EnvironmentAddress(declared), "site");
}

Node TrainingNode(const Node& declared, LowerContext& context) {
  Node node;
  node.address = declared.address + "/training";
  node.type = "training";
  node.meta = declared.meta;
  node.doc = declared.doc;
  const std::string features = InstanceIn(declared.fields, "features");
  const bool known = !FieldOf(declared.fields, "trainer").has_pending() &&
                     !FieldOf(declared.fields, "split").has_pending();
  const std::string giver = HasTriggers(declared) ? RowsAddress(declared) : features;
  std::vector<Value> inputs = {context.OutOf(giver, "rows")};
  Json spec = {{"table", FeaturesPath(features)}};
  if (known) spec["train"] = TrainSpecOf(declared, context.Declared(features));
  if (known && IsScripted(declared)) AddScript(declared, context, spec, inputs);
  const std::string own = OwnOfTraining(declared);
  node.fields = known ? OwnTask(own, "__train", spec.dump(), std::move(inputs))
                      : PendingOwnTask(own, "__train", std::move(inputs));
  if (known && IsScripted(declared)) {
    node.fields = WithField(node.fields, "tools", InterpreterOf(declared));
  }
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
  if (IsScripted(declared)) nodes.push_back(EnvironmentNode(declared));
  nodes.push_back(TrainingNode(declared, context));
  nodes.push_back(std::move(node));
  return nodes;
}

}  // namespace opsc
