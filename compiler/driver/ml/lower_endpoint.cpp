// `endpoint` → what is served (a deployment), and who serves it (a service).
#include "compiler/driver/ml/lower_model.h"
#include "compiler/driver/project/engine.h"
#include "runtime/column/schema.h"
#include "runtime/serve/endpoint_kind.h"
#include "runtime/value/fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

Field Named(std::string_view name, Value value) {
  return {Symbol(name), std::move(value)};
}
Value FieldOr(const Value& fields, std::string_view name, Value otherwise) {
  const Value* value = fields.Find(name);
  return value == nullptr ? std::move(otherwise) : *value;
}

// The row type of requests: that of the dataset without its label.
std::string InputOf(const Node& features, LowerContext& context) {
  const Node* dataset = context.Declared(InstanceIn(features.fields, "of"));
  const Value* rows = dataset == nullptr ? nullptr : dataset->fields.Find("rows");
  if (rows == nullptr) return "";
  auto schema = SchemaFromJsonText(ToJson(*rows, SecretPolicy::kRedact));
  if (!schema) return "";
  std::erase_if(schema->fields, [](const RowField& field) { return field.roles.label; });
  return ToJsonText(*schema);
}

Value RolloutOf(const Value& fields) {
  return Value::Record({Named("steps", FieldOr(fields, "canary", Value::List({}))),
                        Named("hold", FieldOr(fields, "hold", Value::Duration(0))),
                        Named("abort", FieldOf(fields, "abort_if"))});
}

Node DeploymentNode(const Node& declared, LowerContext& context) {
  const Value& fields = declared.fields;
  const std::string model = InstanceIn(fields, "model");
  const Node* trained = context.Declared(model);
  const Node* features =
      trained == nullptr ? nullptr : context.Declared(InstanceIn(trained->fields, "features"));
  const std::string kernel = features == nullptr ? "" : TextField(features->fields, "columns");
  CheckServable(declared, trained, kernel, context);
  Node node;
  node.address = declared.address + "/deployment";
  node.type = "deployment";
  node.fields = Value::Record(
      {Named("model", Value::String(model)), Named("version", context.OutOf(model, "version")),
       Named("artefact", context.OutOf(model, "champion")),
       Named("input", Value::String(features == nullptr ? "" : InputOf(*features, context))),
       Named("port", FieldOr(fields, "port", Value::Int(0))), Named("rollout", RolloutOf(fields))});
  return node;
}

Value Shown(const Value& fields, std::string_view name) {
  return Value::String(ToText(FieldOr(fields, name, Value())));
}

// GET /v2/health/ready of the server itself.
Value ReadyProbe() {
  return Value::Record(
      {Named("kind", Value::String("http")), Named("target", Value::String("/v2/health/ready")),
       Named("command", Value::List({})), Named("every", Value::Duration(200'000'000)),
       Named("timeout", Value::Duration(2'000'000'000)), Named("status", Value::Int(200))});
}

Node ServerNode(const Node& declared) {
  const Value& fields = declared.fields;
  Node node = declared;
  node.edges.clear();
  node.type = "service";
  const std::string deployment = declared.address + "/deployment";
  Value run = Value::List({Value::String(OwnExecutable()), Value::String("__serve"),
                           Value::String(DeploymentPath(".ops", deployment)),
                           Value::String("--parallel-requests"), Shown(fields, "parallel"),
                           Value::String("--waiting"), Shown(fields, "waiting"),
                           Value::String("--deadline"), Shown(fields, "deadline"),
                           Value::String("--largest-body"), Shown(fields, "largest_body")});
  node.fields = Value::Record(
      {Named("run", std::move(run)), Named("env", Value::Record({})),
       Named("dir", Value::String(".")), Named("port", FieldOr(fields, "port", Value())),
       Named("ready", ReadyProbe()), Named("start_timeout", Value::Duration(30'000'000'000)),
       Named("stop_timeout", Value::Duration(10'000'000'000)),
       Named("restart", Value::String("always"))});
  node.edges.push_back({deployment, Edge::Reason::kAfter, "model"});
  return node;
}

}  // namespace

std::vector<Node> LowerEndpoint(const Node& declared, LowerContext& context) {
  return {DeploymentNode(declared, context), ServerNode(declared)};
}

}  // namespace opsc
