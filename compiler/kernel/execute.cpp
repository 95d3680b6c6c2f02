#include "compiler/kernel/execute.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "compiler/kernel/block.h"

namespace opsc::kernel {
namespace {

// The bytes of a validity bitmap, one a row.
void Expand(const Column& column, size_t begin, size_t rows, uint8_t* out) {
  if (!column.has_validity()) {
    std::memset(out, 1, rows);
    return;
  }
  auto words = column.valid_words();
  for (size_t i = 0; i < rows; ++i) {
    size_t row = begin + i;
    out[i] = static_cast<uint8_t>(words[row / 64] >> (row % 64) & 1);
  }
}

const void* At(const Column& column, size_t row) {
  return column.values.data() + row * opsc::WidthOf(column.type);
}

template <typename T>
void Fill(Slot& slot, size_t rows, T value) {
  slot.own = std::make_unique_for_overwrite<std::byte[]>(rows * sizeof(T));
  std::fill_n(reinterpret_cast<T*>(slot.own.get()), rows, value);
  slot.data = slot.own.get();
}

void PrepareConstant(const Node& node, Slot& slot, size_t rows) {
  switch (node.type) {
    case Type::kBool:
      return Fill<uint8_t>(slot, rows, node.constant.AsBool() ? 1 : 0);
    case Type::kInt:
      return Fill<int64_t>(slot, rows, node.constant.AsInt());
    case Type::kFloat:
      return Fill<double>(slot, rows, node.constant.AsFloat());
    case Type::kText:
      slot.own_texts = std::make_unique<TextTable>();
      slot.texts = slot.own_texts.get();
      return Fill<int32_t>(slot, rows, slot.texts->Intern(node.constant.AsString()));
  }
}

const Column& ColumnBehind(const Block& block, const Node& node) {
  bool window = node.op == Op::kWindow || node.op == Op::kWindowPresent;
  return window ? block.windows[node.index] : block.in.columns[node.index];
}

bool IsColumn(Op op) {
  return op == Op::kColumn || op == Op::kWindow;
}
bool IsPresence(Op op) {
  return op == Op::kPresent || op == Op::kWindowPresent;
}

// Once a run: room for the values, constants, dictionaries.
void Prepare(Block& block, size_t rows) {
  for (size_t i = 0; i < block.function.nodes.size(); ++i) {
    NodeId id{static_cast<uint32_t>(i)};
    const Node& node = block.function.nodes[id];
    Slot& slot = block.slots[i];
    if (node.op == Op::kConstant) {
      PrepareConstant(node, slot, rows);
    } else if (IsColumn(node.op)) {
      if (node.type != Type::kText) continue;
      slot.own_texts = std::make_unique<TextTable>();
      slot.texts = slot.own_texts.get();
      slot.texts->Take(ColumnBehind(block, node).dictionary);
    } else {
      slot.own = std::make_unique_for_overwrite<std::byte[]>(rows * WidthOf(node.type));
      slot.data = slot.own.get();
      if (IsTextOperation(block.function, node)) PrepareText(block, id);
    }
  }
}

void RunBlock(Block& block) {
  for (size_t i = 0; i < block.function.nodes.size(); ++i) {
    NodeId id{static_cast<uint32_t>(i)};
    const Node& node = block.function.nodes[id];
    Slot& slot = block.slots[i];
    if (node.op == Op::kConstant) continue;
    if (IsColumn(node.op)) {
      slot.data = At(ColumnBehind(block, node), block.begin);
    } else if (IsPresence(node.op)) {
      Expand(ColumnBehind(block, node), block.begin, block.rows,
             reinterpret_cast<uint8_t*>(slot.own.get()));
    } else if (IsTextOperation(block.function, node)) {
      RunText(block, id, slot.own.get());
    } else {
      RunNumbers(block, id, slot.own.get());
    }
  }
}

void CopyNulls(const Block& block, const Output& output, Column& column) {
  const auto* present = block.Values<uint8_t>(output.present);
  size_t width = opsc::WidthOf(column.type);
  std::byte* values = column.values.Writable<std::byte>().data() + block.begin * width;
  auto words = column.writable_valid_words();
  for (size_t i = 0; i < block.rows; ++i) {
    if (present[i] != 0) continue;
    size_t row = block.begin + i;
    words[row / 64] &= ~(uint64_t{1} << (row % 64));
    std::memset(values + i * width, 0, width);
  }
}

bool AllPresent(const Block& block, NodeId present) {
  const auto* values = block.Values<uint8_t>(present);
  return std::all_of(values, values + block.rows, [](uint8_t v) { return v != 0; });
}

// All that is no number becomes one NaN: which one an operation gives is up to the processor.
void StoreFloats(const double* values, size_t rows, double* out) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (size_t i = 0; i < rows; ++i) out[i] = values[i] == values[i] ? values[i] : kNan;
}

void StoreOutputs(const Block& block, Batch& out) {
  for (size_t i = 0; i < block.function.outputs.size(); ++i) {
    const Output& output = block.function.outputs[i];
    Column& column = out.columns[i];
    size_t width = opsc::WidthOf(column.type);
    if (IsFloat(column.type)) {
      StoreFloats(block.Values<double>(output.value), block.rows,
                  column.writable_floats().data() + block.begin);
    } else {
      std::memcpy(column.values.Writable<std::byte>().data() + block.begin * width,
                  block.Values<std::byte>(output.value), block.rows * width);
    }
    if (!IsNone(output.present) && !AllPresent(block, output.present)) {
      CopyNulls(block, output, column);
    }
  }
}

std::string ColumnOfNode(const Function& function, NodeId node) {
  for (const Output& output : function.outputs) {
    std::vector<bool> needed(function.nodes.size());
    needed[static_cast<size_t>(output.value)] = true;
    if (!IsNone(output.present)) needed[static_cast<size_t>(output.present)] = true;
    for (size_t i = function.nodes.size(); i-- > 0;) {
      if (!needed[i]) continue;
      if (i == static_cast<size_t>(node)) return fmt::format(" of `{}`", output.field.name);
      ForEachOperand(function.nodes[NodeId{static_cast<uint32_t>(i)}],
                     [&](NodeId operand) { needed[static_cast<size_t>(operand)] = true; });
    }
  }
  return "";
}

}  // namespace

size_t WidthOf(Type type) {
  constexpr size_t kWidths[] = {sizeof(uint8_t), sizeof(int64_t), sizeof(double), sizeof(int32_t)};
  return kWidths[static_cast<size_t>(type)];
}

RowSchema OutputSchema(const Function& function) {
  RowSchema schema;
  schema.name = function.name;
  for (const Output& output : function.outputs) schema.fields.push_back(output.field);
  return schema;
}

Result<Batch> Execute(const Function& function, const SchemaPtr& schema, const Batch& in,
                      WindowColumns windows) {
  Batch out{schema, in.rows, {}};
  for (const Output& output : function.outputs) {
    out.columns.push_back(Column::Zeroed(output.field.type, in.rows));
  }
  Block block{function, in, windows, std::vector<Slot>(function.nodes.size()), 0, 0, {}};
  Prepare(block, std::min(in.rows, kBlockRows));
  for (block.begin = 0; block.begin < in.rows; block.begin += block.rows) {
    block.rows = std::min(kBlockRows, in.rows - block.begin);
    RunBlock(block);
    if (!IsNone(block.failure.node)) {
      return Fail(ErrorKind::kInput,
                  fmt::format("row {}{}: {}", block.begin + block.failure.row,
                              ColumnOfNode(function, block.failure.node), DescribeFailure(block)));
    }
    StoreOutputs(block, out);
  }
  for (size_t i = 0; i < out.columns.size(); ++i) {
    if (out.columns[i].type != ColumnType::kString) continue;
    const Slot& slot = block.slots[static_cast<size_t>(function.outputs[i].value)];
    out.columns[i].dictionary = slot.texts->ToDictionary();
  }
  return out;
}

}  // namespace opsc::kernel
