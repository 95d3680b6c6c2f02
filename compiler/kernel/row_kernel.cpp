#include "compiler/kernel/row_kernel.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/kernel/encode.h"
#include "compiler/kernel/execute.h"
#include "compiler/kernel/extract.h"
#include "compiler/kernel/window_index.h"
#include "runtime/base/pool.h"

namespace opsc::kernel {
namespace {

// A window of a kernel: what its rows ask for, and where it looks.
struct BoundWindow {
  Function keys;  // of a row: a column for each key, then the time
  SchemaPtr schema;
  SchemaPtr columns;  // of the other dataset
  std::shared_ptr<const WindowIndex> index;
};

ColumnType ColumnTypeOf(Type type) {
  constexpr ColumnType kTypes[] = {ColumnType::kBool, ColumnType::kInt, ColumnType::kFloat,
                                   ColumnType::kString};
  return kTypes[static_cast<size_t>(type)];
}

Function KeysOf(const Function& function, const Window& window) {
  std::vector<Output> outputs;
  auto add = [&](NodeId value, NodeId present) {
    Output output;
    output.field.name = fmt::format("key{}", outputs.size());
    output.field.type = ColumnTypeOf(function.nodes[value].type);
    output.field.nullable = !IsNone(present);
    output.value = value;
    output.present = present;
    outputs.push_back(std::move(output));
  };
  for (size_t i = 0; i < window.keys.size(); ++i) add(window.keys[i], window.present[i]);
  add(window.time, kNone<NodeId>);
  return Extract(function, std::move(outputs));
}

// A function, its windows, and (perhaps) its compiled code.
class RowKernel : public Kernel {
 public:
  RowKernel(Function function, std::shared_ptr<NativeLibrary> library)
      : function_(std::move(function)),
        input_(std::make_shared<RowSchema>(function_.input)),
        output_(std::make_shared<RowSchema>(OutputSchema(function_))) {
    for (const Window& window : function_.windows) {
      BoundWindow& bound = windows_.emplace_back();
      bound.keys = KeysOf(function_, window);
      bound.schema = std::make_shared<RowSchema>(OutputSchema(bound.keys));
      bound.columns = std::make_shared<RowSchema>(window.side->input);
    }
    if (library) native_ = std::make_unique<NativeCode>(std::move(library), function_);
  }

  const SchemaPtr& input() const override { return input_; }
  const SchemaPtr& output() const override { return output_; }

  std::vector<KernelTable> tables() const override {
    std::vector<KernelTable> tables;
    for (const Window& window : function_.windows) AddTable(window, tables);
    return tables;
  }

  Status Bind(std::string_view dataset, std::span<const Batch> rows) override {
    for (size_t i = 0; i < windows_.size(); ++i) {
      const Window& window = function_.windows[i];
      if (window.dataset != dataset) continue;
      std::vector<Batch> columns;
      for (const Batch& batch : rows) {
        OPS_ASSIGN(Batch read, Select(batch, windows_[i].columns));
        columns.push_back(std::move(read));
      }
      OPS_ASSIGN(windows_[i].index, WindowIndex::Build(window, columns));
    }
    return {};
  }

  Status Run(const Batch& in, Batch& out) const override {
    std::vector<Column> answers;
    for (size_t i = 0; i < windows_.size(); ++i) {
      const BoundWindow& bound = windows_[i];
      if (bound.index == nullptr) {
        return Fail(ErrorKind::kInput,
                    fmt::format("the rows of `{}` that `{}` looks at are not there",
                                function_.windows[i].dataset, function_.name));
      }
      OPS_ASSIGN(Batch keys, Execute(bound.keys, bound.schema, in, {}));
      OPS_ASSIGN(Column answer, bound.index->Run(function_.windows[i], keys));
      answers.push_back(std::move(answer));
    }
    if (native_ && native_->Run(output_, in, answers, out)) return {};
    const auto executor = executors_.Take([&] { return std::make_unique<Executor>(function_); });
    return executor->Run(output_, in, answers, out);
  }

 private:
  static void AddTable(const Window& window, std::vector<KernelTable>& tables) {
    auto known = std::ranges::find(tables, window.dataset, &KernelTable::dataset);
    RowSchema schema;
    if (known != tables.end()) schema = *known->columns;
    for (const RowField& field : window.side->input.fields) {
      if (!schema.Find(field.name)) schema.fields.push_back(field);
    }
    auto columns = std::make_shared<RowSchema>(std::move(schema));
    if (known == tables.end()) {
      tables.push_back({window.dataset, std::move(columns)});
    } else {
      known->columns = std::move(columns);
    }
  }

  Function function_;
  SchemaPtr input_;
  SchemaPtr output_;
  std::vector<BoundWindow> windows_;
  std::unique_ptr<NativeCode> native_;
  mutable Pool<Executor> executors_;
};

class Loader : public KernelLoader {
 public:
  explicit Loader(std::shared_ptr<NativeLibrary> library) : library_(std::move(library)) {}

  Result<std::unique_ptr<Kernel>> Load(std::string_view serialised) override {
    OPS_ASSIGN(Function function, Decode(serialised));
    return std::make_unique<RowKernel>(std::move(function), library_);
  }

 private:
  std::shared_ptr<NativeLibrary> library_;  // null: the executor. Kernels outlive the loader.
};

}  // namespace

std::unique_ptr<Kernel> MakeKernel(Function function) {
  return std::make_unique<RowKernel>(std::move(function), nullptr);
}

std::unique_ptr<KernelLoader> MakeKernelLoader() {
  return std::make_unique<Loader>(nullptr);
}

std::unique_ptr<KernelLoader> MakeNativeLoader(NativeOptions options) {
  return std::make_unique<Loader>(std::make_shared<NativeLibrary>(std::move(options)));
}

}  // namespace opsc::kernel
