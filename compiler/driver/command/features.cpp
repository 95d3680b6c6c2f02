// `opsc __features JSON…`: computes features of a dataset; run by tasks of opsc itself.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/ml/kernels.h"
#include "compiler/driver/ml/own_task.h"
#include "runtime/data/chunk_file.h"
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

// Keys, times and the label of the rows, then the features.
RowSchema TableSchema(const std::string& name, const RowSchema& rows, const RowSchema& features) {
  RowSchema table{name, {}};
  for (const RowField& field : rows.fields) {
    if (field.roles != FieldRoles{}) table.fields.push_back(field);
  }
  for (const RowField& field : features.fields) table.fields.push_back(field);
  return table;
}

Result<uint64_t> Compute(BatchSource& rows, const Kernel& kernel, ChunkWriter& out,
                         const SchemaPtr& schema) {
  while (true) {
    OPS_ASSIGN(const auto batch, rows.Next());
    if (!batch) break;
    OPS_ASSIGN(const Batch read, Select(*batch, kernel.input()));
    Batch made;
    OPS_TRY(kernel.Run(read, made));
    Batch table{schema, batch->rows, {}};
    for (size_t at = 0; at < batch->columns.size(); ++at) {
      if (batch->schema->fields[at].roles != FieldRoles{}) {
        table.columns.push_back(batch->columns[at]);
      }
    }
    table.columns.insert(table.columns.end(), made.columns.begin(), made.columns.end());
    OPS_TRY(out.Add(table));
  }
  OPS_TRY(out.Close());
  return out.rows();
}

Result<int> ComputeBySpec(const Json& json) {
  OPS_ASSIGN(const auto kernel, Kernels().Load(json.at("kernel").get<std::string>()));
  OPS_TRY(BindTables(json.at("snapshots"), *kernel));
  const auto of = json.at("of").get<std::string>();
  OPS_ASSIGN(const Snapshot snapshot,
             ReadSnapshot(json.at("snapshots").at(of).get<std::string>()));
  const auto schema = std::make_shared<const RowSchema>(
      TableSchema(json.at("name").get<std::string>(), *snapshot.schema, *kernel->output()));
  OPS_ASSIGN(const auto rows, OpenSnapshot(snapshot, "."));
  OPS_ASSIGN(const auto out, ChunkWriter::Open("features.chunk", schema));
  OPS_ASSIGN(const uint64_t count, Compute(*rows, *kernel, *out, schema));
  WriteOut(fmt::format("{} features of {} rows\n", kernel->output()->fields.size(), count));
  return kExitOk;
}

Result<int> Run(CliSession&, const Args& args) {
  return WithOwnSpec(args.positional, ComputeBySpec);
}

}  // namespace

extern const Command kFeaturesCommand = {.name = "__features",
                                         .summary = "computes features of a dataset",
                                         .example = "opsc __features '{\"kernel\": …}'",
                                         .run = Run,
                                         .positional = {"JSON", 1, kAnyNumber},
                                         .shown = Command::Shown::kHidden};

}  // namespace opsc
