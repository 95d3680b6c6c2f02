// Predicts one row at a time, as a server does for a request of one row: the cells become a batch
// by the server's builder, which is kept, features are made by the kernel that was kept with the
// model, then come its trees. Says the CPU time of a row in seconds, a line a run.
//
// usage: online_bench PLUGIN MODEL_DIR ROWS RUNS
// PLUGIN may be "-": the executor. The first run is the warm-up: the kernel is optimised in it.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/kernel/row_kernel.h"
#include "runtime/data/row_builder.h"
#include "runtime/ml/artefact.h"
#include "runtime/serve/predictor.h"
#include "test/bench/cpu_seconds.h"

namespace {

using namespace opsc;

// Row `number` as a request would bring it: no two are the same.
Batch RowOf(RowBuilder& builder, size_t number) {
  const auto mixed = static_cast<int64_t>(number * 0x9E3779B97F4A7C15ull >> 40);
  const auto& fields = builder.schema()->fields;
  builder.BeginRow();
  for (size_t at = 0; at < fields.size(); ++at) {
    switch (fields[at].type) {
      case ColumnType::kBool:
        builder.PutBool(at, (mixed & 1) != 0);
        break;
      case ColumnType::kFloat:
      case ColumnType::kRatio:
        builder.PutFloat(at, static_cast<double>(mixed % 100'000) / 100);
        break;
      case ColumnType::kString:
        builder.PutString(at, (mixed & 1) != 0 ? "pro" : "app");
        break;
      case ColumnType::kTime:
        builder.PutInt(at, 1'700'000'000'000'000'000 + mixed * 1'000'000'000);
        break;
      default:
        builder.PutInt(at, 1 + mixed % 9);
    }
  }
  builder.EndRow();
  return builder.Finish();
}

[[noreturn]] void Stop(const std::string& why) {
  fprintf(stderr, "online_bench: %s\n", why.c_str());
  exit(1);
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
  RowBuilder builder(schema, {});
  const auto rows = static_cast<size_t>(atoll(argv[3]));
  for (int run = 0; run < atoi(argv[4]); ++run) {
    double sum = 0;
    const double start = CpuSeconds();
    for (size_t row = 0; row < rows; ++row) {
      const auto out = PredictRows(**predictor, RowOf(builder, row));
      if (!out) Stop(out.error().message);
      sum += out->front();
    }
    const double spent = CpuSeconds() - start;
    if (!(sum > 0)) Stop("no predictions");
    printf("%.9f\n", spent / static_cast<double>(rows));
  }
}
