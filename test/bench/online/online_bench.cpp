// Predicts one row at a time, as a server does for a request of one row: features by the kernel
// that was kept with the model, then its trees. Says the CPU time of a row in seconds, a line a
// run.
//
// usage: online_bench PLUGIN MODEL_DIR ROWS RUNS
// PLUGIN may be "-": the executor. The first run is the warm-up: the kernel is optimised in it.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/kernel/row_kernel.h"
#include "runtime/ml/artefact.h"
#include "runtime/serve/predictor.h"
#include "test/bench/cpu_seconds.h"

namespace {

using namespace opsc;

// The value of a column in row `number`: no two rows are the same.
void Fill(Column& column, size_t number) {
  const auto mixed = static_cast<int64_t>(number * 0x9E3779B97F4A7C15ull >> 40);
  switch (column.type) {
    case ColumnType::kBool:
      column.writable_bools()[0] = (mixed & 1) != 0;
      return;
    case ColumnType::kFloat:
    case ColumnType::kRatio:
      column.writable_floats()[0] = static_cast<double>(mixed % 100'000) / 100;
      return;
    case ColumnType::kString:
      return;
    case ColumnType::kTime:
      column.writable_ints()[0] = 1'700'000'000'000'000'000 + mixed * 1'000'000'000;
      return;
    default:
      column.writable_ints()[0] = 1 + mixed % 9;
  }
}

Batch RowOf(const SchemaPtr& schema, const std::vector<DictionaryPtr>& words, size_t number) {
  Batch batch{schema, 1, {}};
  for (size_t at = 0; at < schema->fields.size(); ++at) {
    Column column = Column::Zeroed(schema->fields[at].type, 1);
    column.dictionary = words[at];
    Fill(column, number);
    batch.columns.push_back(std::move(column));
  }
  return batch;
}

[[noreturn]] void Stop(const std::string& why) {
  fprintf(stderr, "online_bench: %s\n", why.c_str());
  exit(1);
}

// The first literal of each text column's type.
std::vector<DictionaryPtr> WordsOf(const RowSchema& schema) {
  std::vector<DictionaryPtr> words;
  for (const RowField& field : schema.fields) {
    DictionaryBuilder builder;
    builder.Add(field.one_of.empty() ? "" : field.one_of.front().AsString());
    words.push_back(field.type == ColumnType::kString ? builder.Snapshot() : nullptr);
  }
  return words;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) Stop("usage: online_bench PLUGIN MODEL_DIR ROWS RUNS");
  const std::string plugin = argv[1];
  const auto env = MakeRealEnv();
  const auto card = ReadCard(FilesIn(argv[2], *env));
  if (!card) Stop(card.error().message);
  kernel::NativeOptions options;
  options.plugin = plugin;
  auto loader = plugin == "-" ? kernel::MakeKernelLoader() : kernel::MakeNativeLoader(options);
  const auto kernel = loader->Load(card->kernel);
  if (!kernel) Stop(kernel.error().message);
  const SchemaPtr schema = (*kernel)->input();
  const auto predictor = LoadPredictor({"m", "1", argv[2], schema}, loader.get(), *env);
  if (!predictor) Stop(predictor.error().message);
  const std::vector<DictionaryPtr> words = WordsOf(*schema);
  const auto rows = static_cast<size_t>(atoll(argv[3]));
  for (int run = 0; run < atoi(argv[4]); ++run) {
    double sum = 0;
    const double start = CpuSeconds();
    for (size_t row = 0; row < rows; ++row) {
      const auto out = PredictRows(**predictor, RowOf(schema, words, row));
      if (!out) Stop(out.error().message);
      sum += out->front();
    }
    const double spent = CpuSeconds() - start;
    if (!(sum > 0)) Stop("no predictions");
    printf("%.9f\n", spent / static_cast<double>(rows));
  }
}
