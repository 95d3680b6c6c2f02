#include "compiler/driver/data/table.h"

#include <fmt/format.h>

#include "compiler/driver/project/project.h"
#include "runtime/data/chunk_file.h"
#include "runtime/data/infer.h"
#include "runtime/data/snapshot.h"
#include "runtime/graph/address.h"

namespace opsc {
namespace {

Result<NamedTable> OpenFile(const std::string& path) {
  NamedTable table;
  table.name = path;
  if (path.ends_with(".chunk")) {
    OPS_ASSIGN(auto chunk, ChunkFile::Open(path));
    table.rows = ReadChunk(std::move(chunk));
    return table;
  }
  OPS_ASSIGN(InferredRows inferred, InferRows(path));
  table.log = std::make_unique<RejectLog>(path, "");
  OPS_ASSIGN(table.rows, OpenRows(path, SchemaOf(inferred), inferred.options, *table.log));
  return table;
}

}  // namespace

Result<NamedTable> OpenTable(const CliSession& session, const std::string& word) {
  Env& env = *session.env;
  if (env.Stat(word).type == FileType::kFile || env.Stat(word).type == FileType::kSymlink) {
    return OpenFile(word);
  }
  OPS_ASSIGN(Project project, FindStateProject(env));
  std::string manifest =
      JoinPath(project.state_dir, fmt::format("out/{}/{}", AddressToPath(word), kSnapshotFile));
  if (env.Stat(manifest).type == FileType::kMissing) {
    return Fail(
        ErrorKind::kInput, fmt::format("`{}` is no file, and no dataset that has been read", word),
        fmt::format("a dataset is read by `opsc run {}`; `opsc data list` has those that were",
                    word));
  }
  OPS_ASSIGN(Snapshot snapshot, ReadSnapshot(manifest));
  NamedTable table;
  table.name = word;
  OPS_ASSIGN(table.rows, OpenSnapshot(snapshot, project.root));
  return table;
}

}  // namespace opsc
