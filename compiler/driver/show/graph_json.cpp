#include "compiler/driver/show/graph_json.h"

#include <nlohmann/json.hpp>

#include "runtime/graph/immutable_path.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

Json ValueJson(const Value& value) {
  Json json;
  ToJson(value, SecretPolicy::kRedact, json);
  return json;
}

Json MetaJson(const Meta& meta) {
  Json json = Json::object();
  if (meta.protect) json["protect"] = true;
  if (meta.create_first) json["create_first"] = true;
  if (!meta.ignore.empty()) json["ignore"] = meta.ignore;
  std::vector<std::string> replace_when;  // what the source says, not the type
  for (const std::string& entry : meta.replace_when) {
    if (!ImmutableIn(entry)) replace_when.push_back(entry);
  }
  if (!replace_when.empty()) json["replace_when"] = replace_when;
  if (meta.timeout_ns > 0) json["timeout"] = FormatDuration(meta.timeout_ns);
  if (meta.retries > 0) json["retries"] = meta.retries;
  if (!meta.labels.empty()) json["labels"] = meta.labels;
  return json;
}

}  // namespace

Json NodeJson(const Node& node) {
  Json json = {{"address", node.address}, {"type", node.type}, {"fields", ValueJson(node.fields)}};
  Json outs = Json::object();
  for (const OutDecl& out : node.outs) outs[out.name.str()] = ValueJson(out.value);
  if (!outs.empty()) json["outs"] = std::move(outs);
  if (Json meta = MetaJson(node.meta); !meta.empty()) json["meta"] = std::move(meta);
  json["needs"] = Json::array();
  for (const Edge& edge : node.edges) {
    std::string_view why = edge.reason == Edge::Reason::kAfter ? "after" : "data";
    json["needs"].push_back({{"address", edge.to}, {"why", why}, {"path", edge.path}});
  }
  json["origin"] = {
      {"file", node.origin.file}, {"line", node.origin.line}, {"column", node.origin.column}};
  if (!node.doc.empty()) json["doc"] = node.doc;
  return json;
}

Json GraphJson(const Graph& graph) {
  Json json = {{"format", "opsc.graph/1"}, {"nodes", Json::array()}};
  for (const Node& node : graph.nodes) json["nodes"].push_back(NodeJson(node));
  json["outs"] = Json::object();
  for (const auto& [name, value] : graph.outs) json["outs"][name] = ValueJson(value);
  json["params"] = Json::object();
  for (const auto& [name, value] : graph.params) json["params"][name] = ValueJson(value);
  return json;
}

}  // namespace opsc
