#include <fmt/format.h>

#include "compiler/kernel/function.h"

namespace opsc::kernel {
namespace {

std::string NameOf(NodeId id) {
  return fmt::format("v{}", static_cast<uint32_t>(id));
}

std::string NullableType(const RowField& field) {
  return fmt::format("{}{}", ColumnTypeName(field.type), field.nullable ? "?" : "");
}

std::string LeafText(const Function& function, const Node& node) {
  switch (node.op) {
    case Op::kColumn:
      return fmt::format("column {}", function.input.fields[node.index].name);
    case Op::kPresent:
      return fmt::format("present {}", function.input.fields[node.index].name);
    case Op::kWindow:
      return fmt::format("window w{}", node.index);
    case Op::kWindowPresent:
      return fmt::format("window.present w{}", node.index);
    default:
      return fmt::format("constant {}", ToText(node.constant));
  }
}

std::string NodeText(const Function& function, const Node& node) {
  const OpInfo& info = InfoOf(node.op);
  if (info.arity() == 0) return LeafText(function, node);
  std::string text(info.text);
  for (size_t i = 0; i < info.arity(); ++i) text += " " + NameOf(node.args[i]);
  if (!IsNone(node.guard)) text += " where " + NameOf(node.guard);
  return text;
}

std::string Indented(const std::string& text) {
  std::string result;
  for (size_t start = 0; start < text.size();) {
    size_t end = text.find('\n', start);
    result += "  " + text.substr(start, end - start) + "\n";
    start = end + 1;
  }
  return result;
}

std::string WindowText(const Window& window, size_t index) {
  std::string keys;
  for (NodeId key : window.keys) keys += (keys.empty() ? "" : ", ") + NameOf(key);
  std::string span = window.last ? "last " + FormatDuration(*window.last) : "all before";
  std::string head =
      fmt::format("  w{} : {} = {} over {} of {} at {}, keys [{}]\n", index, NameOf(window.type),
                  NameOf(window.aggregate), span, window.dataset, NameOf(window.time), keys);
  return head + Indented(Print(*window.side));
}

}  // namespace

std::string Print(const Function& function) {
  std::string columns;
  for (const RowField& field : function.input.fields) {
    columns +=
        fmt::format("{}{}: {}", columns.empty() ? "" : ", ", field.name, NullableType(field));
  }
  std::string text = fmt::format("kernel {}({})\n", function.name, columns);
  for (size_t i = 0; i < function.windows.size(); ++i) text += WindowText(function.windows[i], i);
  for (size_t i = 0; i < function.nodes.size(); ++i) {
    const Node& node = function.nodes[NodeId{static_cast<uint32_t>(i)}];
    text += fmt::format("  v{} : {} = {}\n", i, NameOf(node.type), NodeText(function, node));
  }
  for (const Output& output : function.outputs) {
    text += fmt::format("  {}: {} = {}", output.field.name, NullableType(output.field),
                        NameOf(output.value));
    if (!IsNone(output.present)) text += " where " + NameOf(output.present);
    text += "\n";
  }
  return text;
}

}  // namespace opsc::kernel
