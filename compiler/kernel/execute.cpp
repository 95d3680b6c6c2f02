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

void FillConstant(const Node& node, Slot& slot, size_t rows) {
  switch (node.type) {
    case Type::kBool:
      return Fill<uint8_t>(slot, rows, node.constant.AsBool() ? 1 : 0);
    case Type::kInt:
      return Fill<int64_t>(slot, rows, node.constant.AsInt());
    case Type::kFloat:
      return Fill<double>(slot, rows, node.constant.AsFloat());
    case Type::kText:
      return Fill<int32_t>(slot, rows, 0);
  }
}

const Column& ColumnBehind(const Block& block, const Node& node) {
  bool window = node.op == Op::kWindow || node.op == Op::kWindowPresent;
  return window ? block.windows[node.index] : block.in->columns[node.index];
}

bool IsColumn(Op op) {
  return op == Op::kColumn || op == Op::kWindow;
}
bool IsPresence(Op op) {
  return op == Op::kPresent || op == Op::kWindowPresent;
}

// Once a function: tables of text, patterns.
void Prepare(Block& block) {
  for (size_t i = 0; i < block.function.nodes.size(); ++i) {
    NodeId id{static_cast<uint32_t>(i)};
    const Node& node = block.function.nodes[id];
    Slot& slot = block.slots[i];
    if (node.type == Type::kText) {
      slot.own_texts = std::make_unique<TextTable>();
      slot.texts = slot.own_texts.get();
    }
    if (node.op == Op::kConstant) {
      if (node.type == Type::kText) slot.texts->Intern(node.constant.AsString());
    } else if (!IsColumn(node.op) && IsTextOperation(block.function, node)) {
      slot.is_text_operation = true;
      PrepareText(block, id);
    }
  }
}

// Room for the values of so many rows, and the constants in it.
void MakeRoom(Block& block, size_t rows) {
  if (rows <= block.room) return;
  block.room = rows;
  for (size_t i = 0; i < block.function.nodes.size(); ++i) {
    const Node& node = block.function.nodes[NodeId{static_cast<uint32_t>(i)}];
    Slot& slot = block.slots[i];
    if (node.op == Op::kConstant) {
      FillConstant(node, slot, rows);
    } else if (!IsColumn(node.op)) {
      slot.own = std::make_unique_for_overwrite<std::byte[]>(rows * WidthOf(node.type));
      slot.data = slot.own.get();
    }
  }
}

// The dictionaries of the columns of a batch.
void Begin(Block& block, const Batch& in, WindowColumns windows) {
  block.in = &in;
  block.windows = windows;
  block.failure = {};
  MakeRoom(block, std::min(in.rows, kBlockRows));
  for (size_t i = 0; i < block.function.nodes.size(); ++i) {
    const Node& node = block.function.nodes[NodeId{static_cast<uint32_t>(i)}];
    if (node.type != Type::kText || !IsColumn(node.op)) continue;
    block.slots[i].texts->Take(ColumnBehind(block, node).dictionary);
  }
}

// Nothing of a batch is kept but constants.
void End(Block& block) {
  for (size_t i = 0; i < block.function.nodes.size(); ++i) {
    Slot& slot = block.slots[i];
    if (block.function.nodes[NodeId{static_cast<uint32_t>(i)}].op == Op::kConstant) continue;
    if (slot.texts != nullptr) slot.texts->Clear();
    slot.memo.states.clear();
    slot.memo.results.clear();
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
    } else if (slot.is_text_operation) {
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

// Is the output a column of the input as it stands? Of floats each is looked at: see StoreFloats.
bool IsShared(const Function& function, const Output& output) {
  const Node& node = function.nodes[output.value];
  return node.op == Op::kColumn && node.type != Type::kFloat && IsNone(output.present);
}

void StoreOutputs(const Block& block, Batch& out) {
  for (size_t i = 0; i < block.function.outputs.size(); ++i) {
    const Output& output = block.function.outputs[i];
    if (IsShared(block.function, output)) continue;
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

void MakeOutputs(const Function& function, const SchemaPtr& schema, const Batch& in, Batch& out) {
  if (out.schema != schema) out.schema = schema;
  out.rows = in.rows;
  out.columns.resize(function.outputs.size());
  for (size_t i = 0; i < out.columns.size(); ++i) {
    const Output& output = function.outputs[i];
    Column& column = out.columns[i];
    if (IsShared(function, output)) {
      column = in.columns[function.nodes[output.value].index];
      column.type = output.field.type;
      column.validity = {};
    } else {
      column.Reset(output.field.type, in.rows);
    }
  }
}

Status RunBlocks(Block& block, Batch& out) {
  for (block.begin = 0; block.begin < out.rows; block.begin += block.rows) {
    block.rows = std::min(kBlockRows, out.rows - block.begin);
    RunBlock(block);
    if (!IsNone(block.failure.node)) {
      return Fail(ErrorKind::kInput, fmt::format("row {}{}: {}", block.begin + block.failure.row,
                                                 ColumnOfNode(block.function, block.failure.node),
                                                 DescribeFailure(block)));
    }
    StoreOutputs(block, out);
  }
  for (size_t i = 0; i < out.columns.size(); ++i) {
    if (out.columns[i].type != ColumnType::kString) continue;
    const Slot& slot = block.slots[static_cast<size_t>(block.function.outputs[i].value)];
    out.columns[i].dictionary = slot.texts->ToDictionary();
  }
  return {};
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

Executor::Executor(const Function& function) : block_(std::make_unique<Block>(function)) {
  Prepare(*block_);
}
Executor::~Executor() = default;

Status Executor::Run(const SchemaPtr& schema, const Batch& in, WindowColumns windows, Batch& out) {
  MakeOutputs(block_->function, schema, in, out);
  Begin(*block_, in, windows);
  Status done = RunBlocks(*block_, out);
  End(*block_);
  return done;
}

Result<Batch> Execute(const Function& function, const SchemaPtr& schema, const Batch& in,
                      WindowColumns windows) {
  Batch out;
  OPS_TRY(Executor(function).Run(schema, in, windows, out));
  return out;
}

}  // namespace opsc::kernel
