// Runs kernels over columns in memory and says the CPU time of each run in seconds.
//
// usage: kernels_bench PLUGIN KERNEL_FILE ROWS RUNS [TABLE_ROWS]
// The columns are those of features.ops, from a fixed generator; PLUGIN may be "-": the executor.
// With TABLE_ROWS the other dataset has so many rows and binding it is part of a run.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "compiler/kernel/row_kernel.h"
#include "test/bench/cpu_seconds.h"

namespace {

using namespace opsc;

uint64_t Next(uint64_t& state) {  // splitmix64
  uint64_t z = (state += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// The value of a column, from its name: all are in order of time.
void FillColumn(const RowField& field, size_t first, Column& column, uint64_t& state) {
  for (size_t i = 0; i < column.rows; ++i) {
    uint64_t random = Next(state);
    double unit = static_cast<double>(random >> 11) * 0x1p-53;
    if (field.name == "at") {
      column.writable_ints()[i] =
          1'700'000'000'000'000'000 + static_cast<int64_t>(first + i) * 10'000'000'000;
    } else if (field.type == ColumnType::kInt) {
      column.writable_ints()[i] = static_cast<int64_t>(random % 1000);
    } else {
      column.writable_floats()[i] = field.name == "score" ? unit * 25 : unit * 2000;
    }
  }
}

std::vector<Batch> MakeRows(const SchemaPtr& schema, size_t rows, uint64_t state) {
  std::vector<Batch> batches;
  for (size_t at = 0; at < rows; at += kMaxBatchRows) {
    Batch batch{schema, std::min(kMaxBatchRows, rows - at), {}};
    for (const RowField& field : schema->fields) {
      batch.columns.push_back(Column::Zeroed(field.type, batch.rows));
      FillColumn(field, at, batch.columns.back(), state);
    }
    batches.push_back(std::move(batch));
  }
  return batches;
}

void Stop(const std::string& why) {
  fprintf(stderr, "kernels_bench: %s\n", why.c_str());
  exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) Stop("usage: kernels_bench PLUGIN KERNEL_FILE ROWS RUNS [TABLE_ROWS]");
  std::string plugin = argv[1];
  std::stringstream text;
  text << std::ifstream(argv[2]).rdbuf();
  auto rows = static_cast<size_t>(atoll(argv[3]));
  kernel::NativeOptions options;
  options.plugin = plugin;
  options.say = [](const std::string& why) { fprintf(stderr, "%s\n", why.c_str()); };
  auto loader = plugin == "-" ? kernel::MakeKernelLoader() : kernel::MakeNativeLoader(options);
  auto kernel = loader->Load(text.str());
  if (!kernel) Stop(kernel.error().message);
  std::vector<Batch> in = MakeRows((*kernel)->input(), rows, 1);
  std::vector<std::vector<Batch>> tables;
  for (const KernelTable& table : (*kernel)->tables()) {
    tables.push_back(
        MakeRows(table.columns, argc > 5 ? static_cast<size_t>(atoll(argv[5])) : rows, 1));
  }
  for (int run = 0; run < atoi(argv[4]); ++run) {
    double start = CpuSeconds();
    size_t table = 0;
    for (const KernelTable& of : (*kernel)->tables()) {
      Status bound = (*kernel)->Bind(of.dataset, tables[table++]);
      if (!bound) Stop(bound.error().message);
    }
    for (const Batch& batch : in) {
      Batch out;
      Status ran = (*kernel)->Run(batch, out);
      if (!ran) Stop(ran.error().message);
    }
    printf("%.6f\n", CpuSeconds() - start);
  }
}
