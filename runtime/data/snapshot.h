// Datasets as they stand on disk: chunks with their reports, and the manifest over them. Formats:
// docs/formats/dataset.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/column/batch.h"
#include "runtime/column/kernel.h"
#include "runtime/data/read.h"

namespace opsc {

// Names of what the two kinds of task write.
inline constexpr std::string_view kChunkRows = "rows.chunk";
inline constexpr std::string_view kChunkReport = "chunk-report.json";
inline constexpr std::string_view kChunkQuarantine = "quarantine.jsonl";
inline constexpr std::string_view kSnapshotFile = "snapshot.json";
inline constexpr std::string_view kDroppedFile = "dropped.json";

// One source file (or directory of files) that becomes a chunk.
struct ChunkSpec {
  std::string file;  // relative to the working directory
  SchemaPtr schema;
  ReadOptions options;
};
nlohmann::ordered_json ToJson(const ChunkSpec& spec);
Result<ChunkSpec> ChunkSpecFromJson(const nlohmann::ordered_json& json);

// Reads `spec.file` and writes kChunkRows, kChunkReport and kChunkQuarantine into `directory`. Rows
// that do not fit are no error. Returns a line for people.
Result<std::string> MakeChunk(const ChunkSpec& spec, const std::string& directory);

// How many rows may be refused before the dataset is.
struct RejectLimit {
  uint64_t rows = 0;
  double ratio = 0;
};

// A chunk of a snapshot.
struct SnapshotChunk {
  std::string source;  // as messages name it
  std::string path;    // of its rows.chunk, relative to the project root
  uint64_t rows = 0;   // without the dropped ones
  uint64_t bytes = 0;  // of the source
  std::vector<uint64_t>
      dropped;  // row numbers from 0, growing: their keys stand in an earlier chunk
};

// A dataset at one moment.
struct Snapshot {
  std::string dataset;
  SchemaPtr schema;
  uint64_t rows = 0;
  uint64_t rejected = 0;
  std::vector<SnapshotChunk> chunks;
};

// What makes a manifest of chunks.
struct SnapshotSpec {
  std::string dataset;
  SchemaPtr schema;
  RejectLimit limit;
  std::vector<std::pair<std::string, std::string>> expect;  // name, serialised rule
  std::vector<std::pair<std::string, std::string>> chunks;  // source, directory of its outputs
};
nlohmann::ordered_json ToJson(const SnapshotSpec& spec);
Result<SnapshotSpec> SnapshotSpecFromJson(const nlohmann::ordered_json& json);

// Merges reports, drops rows whose key an earlier chunk has, decides the rules, and writes
// kSnapshotFile and kDroppedFile into `directory`. kDenied, with the figures, where too many rows
// were refused or a rule is broken. `kernels` may be null where there are no rules. Returns lines
// for people.
Result<std::string> MakeSnapshot(const SnapshotSpec& spec, KernelLoader* kernels,
                                 const std::string& directory);

// A manifest. kCorrupt where the file is none.
Result<Snapshot> ReadSnapshot(const std::string& path);
// The rows that each chunk has too much, by its path: kDroppedFile, which stays the same while new
// files bring new keys.
Result<std::map<std::string, std::vector<uint64_t>>> ReadDropped(const std::string& path);
// Its rows in the order of files and rows. `root` is the project's. `columns`: those alone, in this
// order; empty: all.
Result<std::unique_ptr<BatchSource>> OpenSnapshot(const Snapshot& snapshot, const std::string& root,
                                                  std::vector<size_t> columns = {});

// Files in a directory in natural order (2.csv before 10.csv), or the file itself.
Result<std::vector<std::string>> DataFilesIn(const std::string& path);

}  // namespace opsc
