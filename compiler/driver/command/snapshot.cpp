// `opsc __snapshot JSON…`: makes a chunk or a manifest of a dataset; run by tasks of opsc itself.
#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/ml/own_task.h"
#include "compiler/kernel/row_kernel.h"
#include "runtime/data/snapshot.h"

namespace opsc {
namespace {

Result<std::string> Make(const nlohmann::ordered_json& json, Env& env) {
  if (json.contains("chunk")) {
    OPS_ASSIGN(ChunkSpec spec, ChunkSpecFromJson(json["chunk"]));
    spec.options.now_ns = env.Now().time_since_epoch().count();
    return MakeChunk(spec, ".");
  }
  if (json.contains("snapshot")) {
    OPS_ASSIGN(SnapshotSpec spec, SnapshotSpecFromJson(json["snapshot"]));
    auto kernels = kernel::MakeKernelLoader();
    return MakeSnapshot(spec, kernels.get(), ".");
  }
  return Fail(ErrorKind::kInput, "there is nothing to make");
}

Result<int> Run(CliSession& session, const Args& args) {
  return WithOwnSpec(args.positional, [&](const auto& json) -> Result<int> {
    OPS_ASSIGN(std::string said, Make(json, *session.env));
    WriteOut(said);
    return kExitOk;
  });
}

}  // namespace

extern const Command kSnapshotCommand = {.name = "__snapshot",
                                         .summary = "makes a chunk or a manifest of a dataset",
                                         .example = "opsc __snapshot '{\"chunk\": {…}}'",
                                         .run = Run,
                                         .positional = {"JSON", 1, kAnyNumber},
                                         .shown = Command::Shown::kHidden};

}  // namespace opsc
