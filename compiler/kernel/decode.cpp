// Text → functions. Whatever the text is, what comes out is sound: operands stand before their use
// and have the types of their operations, columns and windows exist.
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <nlohmann/json.hpp>

#include "compiler/kernel/encode.h"

namespace opsc::kernel {
namespace {

using Json = nlohmann::ordered_json;

std::unexpected<Error> Corrupt(std::string what) {
  return Fail(ErrorKind::kCorrupt, "the text is no kernel: " + what,
              "it was made by another version of opsc, or was damaged");
}

std::optional<Type> TypeFromName(std::string_view name) {
  for (Type type : {Type::kBool, Type::kInt, Type::kFloat, Type::kText}) {
    if (NameOf(type) == name) return type;
  }
  return std::nullopt;
}

const Json* Find(const Json& json, const char* key) {
  if (!json.is_object()) return nullptr;
  auto it = json.find(key);
  return it == json.end() ? nullptr : &*it;
}

std::optional<std::string> Text(const Json& json, const char* key) {
  const Json* value = Find(json, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<int64_t> Int(const Json& json) {
  if (!json.is_number_integer()) return std::nullopt;
  return json.get<int64_t>();
}
std::optional<int64_t> Int(const Json& json, const char* key) {
  const Json* value = Find(json, key);
  return value == nullptr ? std::nullopt : Int(*value);
}

// A node that stands before `before`; -1 (where allowed) is none.
std::optional<NodeId> NodeFrom(const Json& json, size_t before, bool optional) {
  auto number = Int(json);
  if (!number) return std::nullopt;
  if (*number == -1 && optional) return kNone<NodeId>;
  if (*number < 0 || static_cast<uint64_t>(*number) >= before) return std::nullopt;
  return NodeId{static_cast<uint32_t>(*number)};
}

Result<RowField> FieldFrom(const Json& json) {
  auto name = Text(json, "name");
  auto type_name = Text(json, "type");
  auto type = type_name ? ColumnTypeFromName(*type_name) : std::nullopt;
  if (!name || !type) return Corrupt("a column without name or type");
  RowField field;
  field.name = *std::move(name);
  field.type = *type;
  const Json* nullable = Find(json, "nullable");
  field.nullable = nullable != nullptr && nullable->is_boolean() && nullable->get<bool>();
  return field;
}

std::optional<Value> ConstantFrom(const Json& json, Type type) {
  switch (type) {
    case Type::kBool:
      return json.is_boolean() ? std::optional(Value::Bool(json.get<bool>())) : std::nullopt;
    case Type::kInt:
      return Int(json).transform([](int64_t number) { return Value::Int(number); });
    case Type::kText:
      return json.is_string() ? std::optional(Value::String(json.get<std::string>()))
                              : std::nullopt;
    case Type::kFloat: {
      if (!json.is_string()) return std::nullopt;
      auto text = json.get<std::string>();
      uint64_t bits = 0;
      auto end = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
      if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
      return Value::Float(std::bit_cast<double>(bits));
    }
  }
  return std::nullopt;
}

std::optional<Type> TypeOfLetter(char letter) {
  size_t at = std::string_view("bifs").find(letter);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<Type>(at));
}

Status LeafFrom(const Json& json, const Function& function, Node& node) {
  auto type = json.size() == 3 && json[1].is_string() ? TypeFromName(json[1].get<std::string>())
                                                      : std::nullopt;
  if (!type) return Corrupt("a leaf without a type");
  node.type = *type;
  if (node.op == Op::kConstant) {
    auto value = ConstantFrom(json[2], *type);
    if (!value) return Corrupt("a constant of another type");
    node.constant = *std::move(value);
    return {};
  }
  auto index = Int(json[2]);
  bool window = node.op == Op::kWindow || node.op == Op::kWindowPresent;
  size_t count = window ? function.windows.size() : function.input.fields.size();
  if (!index || *index < 0 || static_cast<uint64_t>(*index) >= count) {
    return Corrupt("a column that is not there");
  }
  node.index = static_cast<uint32_t>(*index);
  bool presence = node.op == Op::kPresent || node.op == Op::kWindowPresent;
  Type held =
      window ? function.windows[node.index].type : TypeOf(function.input.fields[node.index].type);
  if (*type != (presence ? Type::kBool : held)) return Corrupt("a column of another type");
  return {};
}

Result<Node> NodeOf(const Json& json, const Function& function) {
  if (!json.is_array() || json.empty() || !json[0].is_string()) return Corrupt("a bad node");
  auto op = OpFromText(json[0].get<std::string>());
  if (!op) return Corrupt(fmt::format("unknown operation `{}`", json[0].get<std::string>()));
  const OpInfo& info = InfoOf(*op);
  Node node;
  node.op = *op;
  if (info.arity() == 0) {
    OPS_TRY(LeafFrom(json, function, node));
    return node;
  }
  if (json.size() != 1 + info.arity() + (info.fails ? 1 : 0)) return Corrupt("a bad node");
  for (size_t i = 0; i < info.arity(); ++i) {
    auto arg = NodeFrom(json[1 + i], function.nodes.size(), false);
    if (!arg || function.nodes[*arg].type != TypeOfLetter(info.signature[i])) {
      return Corrupt("an operand of another type");
    }
    node.args[i] = *arg;
  }
  node.type = TypeOfLetter(info.signature.back()).value_or(Type::kBool);
  if (!info.fails) return node;
  auto guard = NodeFrom(json.back(), function.nodes.size(), true);
  if (!guard || (!IsNone(*guard) && function.nodes[*guard].type != Type::kBool)) {
    return Corrupt("a bad guard");
  }
  node.guard = *guard;
  return node;
}

Result<Output> OutputFrom(const Json& json, const Function& function) {
  Output output;
  OPS_ASSIGN(output.field, FieldFrom(json));
  const Json* value = Find(json, "value");
  auto id = value == nullptr ? std::nullopt : NodeFrom(*value, function.nodes.size(), false);
  if (!id || function.nodes[*id].type != TypeOf(output.field.type)) return Corrupt("a bad output");
  output.value = *id;
  if (const Json* present = Find(json, "present")) {
    auto node = NodeFrom(*present, function.nodes.size(), false);
    if (!node || function.nodes[*node].type != Type::kBool) return Corrupt("a bad output");
    output.present = *node;
  }
  return output;
}

Result<Function> FunctionFrom(const Json& json, int depth);

NodeId Unchecked(const Json& json) {
  return NodeId{static_cast<uint32_t>(Int(json).value_or(-1))};
}

// The nodes of the row here are checked when they are known, see CheckWindow.
Result<Window> WindowFrom(const Json& json, int depth) {
  auto dataset = Text(json, "dataset");
  auto event_time = Int(json, "event_time");
  auto known_at = Int(json, "known_at");
  auto time = Int(json, "time");
  auto aggregate = AggregateFromName(Text(json, "aggregate").value_or(""));
  auto type = TypeFromName(Text(json, "type").value_or(""));
  const Json* side = Find(json, "side");
  const Json* keys = Find(json, "keys");
  const Json* present = Find(json, "present");
  bool whole = dataset && event_time && known_at && time && aggregate && type && side != nullptr &&
               keys != nullptr && keys->is_array() && present != nullptr && present->is_array() &&
               present->size() == keys->size();
  if (!whole) return Corrupt("a window that lacks something");
  Window window;
  OPS_ASSIGN(Function function, FunctionFrom(*side, depth + 1));
  window.side = std::make_shared<const Function>(std::move(function));
  window.dataset = *std::move(dataset);
  window.event_time = static_cast<uint32_t>(*event_time);
  window.known_at = static_cast<uint32_t>(*known_at);
  window.last = Int(json, "last");
  window.aggregate = *aggregate;
  window.type = *type;
  window.time = NodeId{static_cast<uint32_t>(*time)};
  for (const Json& key : *keys) window.keys.push_back(Unchecked(key));
  for (const Json& key : *present) window.present.push_back(Unchecked(key));
  return window;
}

Status CheckWindow(const Function& function, const Window& window) {
  auto inside = [&](NodeId id, Type type) {
    return static_cast<size_t>(id) < function.nodes.size() && function.nodes[id].type == type;
  };
  const Function& side = *window.side;
  bool counts = window.aggregate == Aggregate::kCount;
  bool good = inside(window.time, Type::kInt) &&
              side.outputs.size() == window.keys.size() + (counts ? 1 : 2);
  for (uint32_t column : {window.event_time, window.known_at}) {
    good = good && column < side.input.fields.size() &&
           side.input.fields[column].type == ColumnType::kTime;
  }
  for (size_t i = 0; good && i < window.keys.size(); ++i) {
    good = inside(window.keys[i], TypeOf(side.outputs[i].field.type)) &&
           (IsNone(window.present[i]) || inside(window.present[i], Type::kBool));
  }
  good = good && TypeOf(side.outputs[window.keys.size()].field.type) == Type::kBool;
  return good ? Status() : Corrupt("a window that does not fit");
}

Result<Function> FunctionFrom(const Json& json, int depth) {
  if (depth > 4) return Corrupt("windows in windows in windows");
  if (Int(json, "kernel") != 1) return Corrupt("not of version 1");
  const Json* input = Find(json, "input");
  const Json* nodes = Find(json, "nodes");
  const Json* outputs = Find(json, "outputs");
  bool whole =
      input && nodes && outputs && input->is_array() && nodes->is_array() && outputs->is_array();
  if (!whole) return Corrupt("it lacks its parts");
  Function function;
  for (const Json& item : *input) {
    OPS_ASSIGN(RowField field, FieldFrom(item));
    function.input.fields.push_back(std::move(field));
  }
  if (const Json* windows = Find(json, "windows"); windows != nullptr && windows->is_array()) {
    for (const Json& item : *windows) {
      OPS_ASSIGN(Window window, WindowFrom(item, depth));
      function.windows.push_back(std::move(window));
    }
  }
  for (const Json& item : *nodes) {
    OPS_ASSIGN(Node node, NodeOf(item, function));
    function.nodes.Add(std::move(node));
  }
  for (const Window& window : function.windows) OPS_TRY(CheckWindow(function, window));
  for (const Json& item : *outputs) {
    OPS_ASSIGN(Output output, OutputFrom(item, function));
    function.outputs.push_back(std::move(output));
  }
  return function;
}

}  // namespace

Result<Function> Decode(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Corrupt("it is no JSON");
  return FunctionFrom(json, 0);
}

}  // namespace opsc::kernel
