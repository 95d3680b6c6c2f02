#include "compiler/kernel/encode.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <nlohmann/json.hpp>

namespace opsc::kernel {
namespace {

using Json = nlohmann::ordered_json;

Json JsonOf(const RowField& field) {
  Json json{{"name", field.name}, {"type", ColumnTypeName(field.type)}};
  if (field.nullable) json["nullable"] = true;
  return json;
}

int64_t Number(NodeId id) {
  return IsNone(id) ? -1 : static_cast<int64_t>(id);
}

Json ConstantJson(const Node& node) {
  switch (node.type) {
    case Type::kBool:
      return node.constant.AsBool();
    case Type::kInt:
      return node.constant.AsInt();
    case Type::kFloat:
      return fmt::format("{:016x}", std::bit_cast<uint64_t>(node.constant.AsFloat()));
    case Type::kText:
      return std::string(node.constant.AsString());
  }
  return nullptr;
}

Json JsonOf(const Node& node) {
  const OpInfo& info = InfoOf(node.op);
  Json json = Json::array({info.text});
  if (info.arity() == 0) {
    json.push_back(NameOf(node.type));
    json.push_back(node.op == Op::kConstant ? ConstantJson(node) : Json(node.index));
    return json;
  }
  for (size_t i = 0; i < info.arity(); ++i) json.push_back(Number(node.args[i]));
  if (info.fails) json.push_back(Number(node.guard));
  return json;
}

Json JsonOf(const Output& output) {
  Json json = JsonOf(output.field);
  json["value"] = Number(output.value);
  if (!IsNone(output.present)) json["present"] = Number(output.present);
  return json;
}

Json JsonOf(const Function& function);

Json JsonOf(const Window& window) {
  Json keys = Json::array();
  Json present = Json::array();
  for (NodeId key : window.keys) keys.push_back(Number(key));
  for (NodeId key : window.present) present.push_back(Number(key));
  Json json{{"dataset", window.dataset},   {"event_time", window.event_time},
            {"known_at", window.known_at}, {"side", JsonOf(*window.side)},
            {"keys", std::move(keys)},     {"present", std::move(present)},
            {"time", Number(window.time)}};
  if (window.last) json["last"] = *window.last;
  json["aggregate"] = NameOf(window.aggregate);
  json["type"] = NameOf(window.type);
  return json;
}

template <typename Items>
Json JsonOfAll(const Items& items) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(JsonOf(item));
  return json;
}

Json JsonOf(const Function& function) {
  Json json{{"kernel", 1},
            {"input", JsonOfAll(function.input.fields)},
            {"nodes", JsonOfAll(function.nodes)}};
  if (!function.windows.empty()) json["windows"] = JsonOfAll(function.windows);
  json["outputs"] = JsonOfAll(function.outputs);
  return json;
}

}  // namespace

std::string Encode(const Function& function) {
  return JsonOf(function).dump();
}

bool IsEncoded(std::string_view text) {
  return text.starts_with(R"({"kernel":)") || text.starts_with(R"({"rows":{"kernel":)");
}

Digest DigestOf(const Function& function) {
  return Sha256(Encode(function));
}

}  // namespace opsc::kernel
