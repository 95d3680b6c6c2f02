// `opsc __features JSON…`: computes features of a dataset; run by tasks of opsc itself.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/ml/bound_kernel.h"
#include "compiler/driver/ml/own_task.h"
#include "runtime/data/chunk_file.h"
#include "runtime/data/snapshot.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

// Which fields of the rows go into the table before the features: keys, times, the label, and those
// that are `carried`, which are marked as such.
Result<RowSchema> FieldsKept(const RowSchema& rows, const RowSchema& features,
                             const std::vector<std::string>& carried) {
  RowSchema kept = rows;
  for (const std::string& name : carried) {
    if (features.Find(name)) continue;
    const auto at = rows.Find(name);
    if (!at) {
      return Fail(ErrorKind::kInput,
                  fmt::format("`{}` is neither a field of the rows nor a feature", name),
                  "a model's `slices`, `cluster` and `split` name one of them");
    }
    if (kept.fields[*at].roles == FieldRoles{}) kept.fields[*at].roles.carried = true;
  }
  return kept;
}

// A batch of the table: the fields with a role, then the features.
Batch TableBatch(const Batch& rows, const RowSchema& kept, const Batch& features,
                 const SchemaPtr& schema) {
  Batch table{schema, rows.rows, {}};
  for (size_t at = 0; at < rows.columns.size(); ++at) {
    if (kept.fields[at].roles != FieldRoles{}) table.columns.push_back(rows.columns[at]);
  }
  table.columns.insert(table.columns.end(), features.columns.begin(), features.columns.end());
  return table;
}

SchemaPtr TableSchema(const std::string& name, const RowSchema& kept, const RowSchema& features) {
  auto table = std::make_shared<RowSchema>();
  table->name = name;
  for (const RowField& field : kept.fields) {
    if (field.roles != FieldRoles{}) table->fields.push_back(field);
  }
  table->fields.insert(table->fields.end(), features.fields.begin(), features.fields.end());
  return table;
}

Result<uint64_t> Compute(BatchSource& rows, const Kernel& kernel, const RowSchema& kept,
                         const std::string& name) {
  const SchemaPtr schema = TableSchema(name, kept, *kernel.output());
  OPS_ASSIGN(const auto out, ChunkWriter::Open("features.chunk", schema));
  while (true) {
    OPS_ASSIGN(const auto batch, rows.Next());
    if (!batch) break;
    OPS_ASSIGN(const Batch read, Select(*batch, kernel.input()));
    Batch made;
    OPS_TRY(kernel.Run(read, made));
    OPS_TRY(out->Add(TableBatch(*batch, kept, made, schema)));
  }
  OPS_TRY(out->Close());
  return out->rows();
}

Result<int> ComputeBySpec(const Json& json) {
  OPS_ASSIGN(const auto kernel,
             LoadBound(json.at("kernel").get<std::string>(), json.at("snapshots")));
  const auto of = json.at("of").get<std::string>();
  OPS_ASSIGN(const Snapshot snapshot, ReadSnapshot(json.at("snapshots").at(of).get<std::string>()));
  OPS_ASSIGN(const RowSchema kept, FieldsKept(*snapshot.schema, *kernel->output(),
                                              json.at("carried").get<std::vector<std::string>>()));
  OPS_ASSIGN(const auto rows, OpenSnapshot(snapshot, "."));
  OPS_ASSIGN(const uint64_t count,
             Compute(*rows, *kernel, kept, json.at("name").get<std::string>()));
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
