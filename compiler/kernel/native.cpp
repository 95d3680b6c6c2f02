#include "compiler/kernel/native.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory_resource>

#include "compiler/kernel/encode.h"

namespace opsc::kernel {
namespace {

constexpr size_t kKeptRows = 4096;  // memory of so many rows is kept for the next batch

// A truth value a row.
using Truths = std::pmr::vector<uint8_t>;

// Of a bitmap.
void ReadPresence(const Column& column, Truths& bytes) {
  bytes.assign(column.rows, 1);
  if (!column.has_validity()) return;
  auto words = column.valid_words();
  for (size_t row = 0; row < column.rows; ++row) {
    bytes[row] = static_cast<uint8_t>(words[row / 64] >> (row % 64) & 1);
  }
}

void StorePresence(const Truths& bytes, Column& column) {
  if (std::ranges::all_of(bytes, [](uint8_t byte) { return byte != 0; })) return;
  auto words = column.writable_valid_words();
  for (size_t row = 0; row < bytes.size(); ++row) {
    if (bytes[row] == 0) words[row / 64] &= ~(uint64_t{1} << (row % 64));
  }
}

int32_t Number(NodeId id) {
  return IsNone(id) ? -1 : static_cast<int32_t>(id);
}

int64_t BitsOf(const Node& node) {
  if (node.op != Op::kConstant) return 0;
  if (node.type == Type::kFloat) return std::bit_cast<int64_t>(node.constant.AsFloat());
  return node.type == Type::kBool ? node.constant.AsBool() : node.constant.AsInt();
}

OpscNativeNode Plain(const Node& node) {
  OpscNativeNode plain{static_cast<uint8_t>(node.op),
                       static_cast<uint8_t>(node.type),
                       node.index,
                       {},
                       Number(node.guard),
                       BitsOf(node)};
  for (size_t i = 0; i < node.args.size(); ++i) plain.args[i] = Number(node.args[i]);
  return plain;
}

// What compiled code is given: pointers, and memory for what lies in another form.
struct Arguments {
  explicit Arguments(std::pmr::memory_resource* memory)
      : columns(memory), presences(memory), outputs(memory), nullable(memory), nulls(memory) {}
  std::pmr::vector<const void*> columns;
  std::pmr::vector<Truths> presences;
  std::pmr::vector<void*> outputs;
  std::pmr::vector<size_t> nullable;  // columns of the output that may have nulls
  std::pmr::vector<Truths> nulls;     // beside `nullable`: where there is a value
};

void AddInputs(const SplitFunction& split, const Batch& in, WindowColumns windows,
               const Batch* before, Arguments& args) {
  using From = NativeInput::From;
  args.columns.reserve(split.inputs.size());
  args.presences.reserve(split.inputs.size());
  auto values = [&](const Column& column) { args.columns.push_back(column.values.data()); };
  auto presence = [&](const Column& column) {
    ReadPresence(column, args.presences.emplace_back());
    args.columns.push_back(args.presences.back().data());
  };
  for (const NativeInput& input : split.inputs) {
    switch (input.from) {
      case From::kColumn:
        values(in.columns[input.index]);
        break;
      case From::kPresent:
        presence(in.columns[input.index]);
        break;
      case From::kWindow:
        values(windows[input.index]);
        break;
      case From::kWindowPresent:
        presence(windows[input.index]);
        break;
      case From::kBefore:
        values(before->columns[input.index]);
        break;
    }
  }
}

// Columns for what the compiled part makes, and those that were made before.
void MakeOutputs(const SplitFunction& split, const SchemaPtr& schema, size_t rows,
                 const Batch* before, Batch& out) {
  if (out.schema != schema) out.schema = schema;
  out.rows = rows;
  out.columns.resize(split.outputs.size());
  for (size_t i = 0; i < split.outputs.size(); ++i) {
    const SplitFunction::Source& source = split.outputs[i];
    if (source.native) {
      out.columns[i].Reset(schema->fields[i].type, rows);
    } else {
      out.columns[i] = before->columns[source.output];
    }
  }
}

void AddOutputs(const SplitFunction& split, Batch& out, Arguments& args) {
  args.outputs.reserve(2 * split.native.outputs.size());
  args.nulls.reserve(split.native.outputs.size());
  for (size_t i = 0; i < split.outputs.size(); ++i) {
    const SplitFunction::Source& source = split.outputs[i];
    if (!source.native) continue;
    args.outputs.push_back(out.columns[i].values.Writable<std::byte>().data());
    const bool nullable = !IsNone(split.native.outputs[source.output].present);
    if (nullable) {
      args.nullable.push_back(i);
      args.nulls.emplace_back(out.rows);
    }
    args.outputs.push_back(nullable ? args.nulls.back().data() : nullptr);
  }
}

}  // namespace

void NativeLibrary::Say(const std::string& why) {
  if (!std::exchange(said_, true)) options_.say(why);
}

bool NativeLibrary::Load() {
  if (std::exchange(tried_, true)) return compile_ != nullptr;
  void* library = dlopen(options_.plugin.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    Say(fmt::format("kernels are not compiled, which is slower: {}", dlerror()));
    return false;
  }
  auto version = reinterpret_cast<OpscNativeVersion>(dlsym(library, "opsc_native_version"));
  if (version == nullptr || version() != kOpscNativeVersion) {
    Say(fmt::format("kernels are not compiled, which is slower: `{}` is of another version of opsc",
                    options_.plugin));
    return false;
  }
  compile_ = reinterpret_cast<OpscNativeCompile>(dlsym(library, "opsc_native_compile"));
  free_ = reinterpret_cast<OpscNativeFree>(dlsym(library, "opsc_native_free"));
  return compile_ != nullptr && free_ != nullptr;
}

OpscNativeRun NativeLibrary::Compile(OpscNativeRequest request, void** code) {
  std::lock_guard lock(mutex_);
  if (!Load()) return nullptr;
  request.cache = options_.cache.c_str();
  OpscNativeResult result{};
  if (compile_(&request, &result) != 0) {
    Say(fmt::format("a kernel is not compiled, which is slower: {}", result.error));
    return nullptr;
  }
  *code = result.code;
  return result.run;
}

void NativeLibrary::Free(void* code) {
  std::lock_guard lock(mutex_);
  if (free_ != nullptr) free_(code);
}

NativeCode::NativeCode(std::shared_ptr<NativeLibrary> library, const Function& function)
    : library_(std::move(library)),
      split_(Split(function)),
      before_(std::make_shared<RowSchema>(OutputSchema(split_.before))),
      digest_(DigestOf(split_.native).Hex()) {
  for (const Node& node : split_.native.nodes) nodes_.push_back(Plain(node));
  for (const Output& output : split_.native.outputs) {
    outputs_.push_back({Number(output.value), Number(output.present)});
  }
}

NativeCode::~NativeCode() {
  for (void* code : codes_) library_->Free(code);
}

OpscNativeRun NativeCode::CodeFor(size_t rows) {
  if (optimised_.load(std::memory_order_acquire)) return run_.load();
  size_t seen = rows_.fetch_add(rows) + rows;
  OpscNativeRun known = run_.load();
  bool better = seen > library_->optimise_after() && !optimised_.load();
  if (known != nullptr && !better) return known;
  std::lock_guard lock(mutex_);
  if (failed_ || (run_.load() != nullptr && (!better || optimised_.load()))) return run_.load();
  bool optimise = seen > library_->optimise_after();
  void* code = nullptr;
  OpscNativeRequest request{
      nodes_.data(),        nodes_.size(),    outputs_.data(), outputs_.size(),
      split_.inputs.size(), optimise ? 1 : 0, digest_.c_str(), ""};
  OpscNativeRun made = library_->Compile(request, &code);
  if (made == nullptr) {
    failed_ = true;
    return run_.load();
  }
  codes_.push_back(code);
  run_.store(made);
  if (optimise) optimised_.store(true);
  return made;
}

bool NativeCode::Run(const SchemaPtr& schema, const Batch& in, WindowColumns windows, Batch& out) {
  OpscNativeRun run = CodeFor(in.rows);
  if (run == nullptr) return false;
  Pool<Before>::Lease before;
  if (!split_.before.outputs.empty()) {
    before = befores_.Take([&] { return std::make_unique<Before>(split_.before); });
    if (!before->executor.Run(before_, in, windows, before->made)) return false;
  }
  MakeOutputs(split_, schema, in.rows, before ? &before->made : nullptr, out);
  std::array<std::byte, 4096> room;  // enough for the arguments of a few rows
  std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
  Arguments args(&memory);
  AddInputs(split_, in, windows, before ? &before->made : nullptr, args);
  AddOutputs(split_, out, args);
  if (run(args.columns.data(), args.outputs.data(), static_cast<int64_t>(in.rows)) != 0) {
    return false;
  }
  for (size_t i = 0; i < args.nulls.size(); ++i) {
    StorePresence(args.nulls[i], out.columns[args.nullable[i]]);
  }
  if (before && in.rows > kKeptRows) before->made = {};
  return true;
}

}  // namespace opsc::kernel
