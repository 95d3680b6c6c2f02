#include "compiler/driver/ml/bound_kernel.h"

#include <nlohmann/json.hpp>

#include "compiler/driver/ml/kernels.h"
#include "runtime/data/snapshot.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

// Gives the kernel the rows of each dataset that it looks into.
Status BindTables(const Json& snapshots, Kernel& kernel) {
  for (const KernelTable& table : kernel.tables()) {
    if (!snapshots.contains(table.dataset)) {
      return Fail(ErrorKind::kCorrupt, "no snapshot of `" + table.dataset + "`");
    }
    OPS_ASSIGN(const Snapshot snapshot, ReadSnapshot(snapshots[table.dataset].get<std::string>()));
    std::vector<size_t> columns;
    for (const RowField& field : table.columns->fields) {
      const auto at = snapshot.schema->Find(field.name);
      if (!at) return Fail(ErrorKind::kCorrupt, "no column `" + field.name + "`");
      columns.push_back(*at);
    }
    OPS_ASSIGN(const auto source, OpenSnapshot(snapshot, ".", columns));
    std::vector<Batch> rows;
    while (true) {
      OPS_ASSIGN(auto batch, source->Next());
      if (!batch) break;
      rows.push_back(*std::move(batch));
    }
    OPS_TRY(kernel.Bind(table.dataset, rows));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Kernel>> LoadBound(const std::string& kernel, const Json& snapshots) {
  OPS_ASSIGN(auto loaded, Kernels().Load(kernel));
  OPS_TRY(BindTables(snapshots, *loaded));
  return loaded;
}

}  // namespace opsc
