// Manifests, and the rows that they lead to.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/env.h"
#include "runtime/data/chunk_file.h"
#include "runtime/data/snapshot.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

std::unexpected<Error> NoManifest(const std::string& path) {
  return Fail(ErrorKind::kCorrupt, path + " is no manifest of a dataset (opsc.dataset/1)");
}

// The rows of a snapshot's chunks one after another, without those that were dropped.
class SnapshotSource : public BatchSource {
 public:
  SnapshotSource(std::vector<SnapshotChunk> chunks, std::string root, SchemaPtr schema,
                 std::vector<size_t> columns)
      : chunks_(std::move(chunks)),
        root_(std::move(root)),
        schema_(std::move(schema)),
        columns_(std::move(columns)) {}

  const SchemaPtr& schema() const override { return schema_; }
  Result<std::optional<Batch>> Next() override {
    for (;;) {
      if (file_ == nullptr && next_chunk_ == chunks_.size()) return std::optional<Batch>();
      if (file_ == nullptr) OPS_TRY(OpenNext());
      if (batch_ == file_->batch_count()) {
        file_ = nullptr;
        continue;
      }
      OPS_ASSIGN(Batch batch, file_->Read(batch_++, columns_, schema_));
      batch = WithoutDropped(std::move(batch));
      if (batch.rows > 0) return std::optional<Batch>(std::move(batch));
    }
  }

 private:
  Status OpenNext() {
    const SnapshotChunk& chunk = chunks_[next_chunk_++];
    std::string path = chunk.path.starts_with('/') ? chunk.path : JoinPath(root_, chunk.path);
    OPS_ASSIGN(file_, ChunkFile::Open(path));
    for (size_t column : columns_) {
      if (column < file_->schema()->fields.size()) continue;
      return Fail(ErrorKind::kCorrupt, path + " has fewer columns than its manifest says");
    }
    dropped_ = chunk.dropped;
    batch_ = 0;
    first_row_ = 0;
    return {};
  }

  Batch WithoutDropped(Batch batch) {
    uint64_t first = std::exchange(first_row_, first_row_ + batch.rows);
    auto from = std::ranges::lower_bound(dropped_, first);
    auto to = std::ranges::lower_bound(dropped_, first + batch.rows);
    if (from == to) return batch;
    std::vector<uint32_t> kept;
    for (uint64_t row = first; row < first + batch.rows; ++row) {
      if (from != to && *from == row) {
        ++from;
      } else {
        kept.push_back(static_cast<uint32_t>(row - first));
      }
    }
    return Take(batch, kept);
  }

  std::vector<SnapshotChunk> chunks_;
  std::string root_;
  SchemaPtr schema_;
  std::vector<size_t> columns_;
  size_t next_chunk_ = 0;
  std::shared_ptr<const ChunkFile> file_;
  std::vector<uint64_t> dropped_;
  size_t batch_ = 0;
  uint64_t first_row_ = 0;
};

}  // namespace

Result<Snapshot> ReadSnapshot(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorKind::kInput, "cannot read " + path);
  Json json = Json::parse(std::string{std::istreambuf_iterator<char>(file), {}}, nullptr, false);
  bool whole = json.is_object() && json.value("format", "") == "opsc.dataset/1" &&
               json.contains("schema") && json.value("chunks", Json()).is_array();
  if (!whole) return NoManifest(path);
  Snapshot out;
  out.dataset = json.value("dataset", "");
  out.rows = json.value("rows", uint64_t{0});
  out.rejected = json.value("rejected", uint64_t{0});
  OPS_ASSIGN(RowSchema schema, SchemaFromJson(json["schema"]));
  out.schema = std::make_shared<const RowSchema>(std::move(schema));
  for (const Json& item : json["chunks"]) {
    if (!item.is_object()) return NoManifest(path);
    out.chunks.push_back({item.value("source", ""), item.value("path", ""),
                          item.value("rows", uint64_t{0}), item.value("bytes", uint64_t{0}),
                          item.value("dropped", std::vector<uint64_t>())});
  }
  return out;
}

Result<std::map<std::string, std::vector<uint64_t>>> ReadDropped(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorKind::kInput, "cannot read " + path);
  const Json json =
      Json::parse(std::string{std::istreambuf_iterator<char>(file), {}}, nullptr, false);
  try {
    return json.get<std::map<std::string, std::vector<uint64_t>>>();
  } catch (const Json::exception&) {
    return Fail(ErrorKind::kCorrupt, path + " is no list of dropped rows");
  }
}

Result<std::unique_ptr<BatchSource>> OpenSnapshot(const Snapshot& snapshot, const std::string& root,
                                                  std::vector<size_t> columns) {
  SchemaPtr schema = snapshot.schema;
  if (columns.empty()) {
    columns.resize(schema->fields.size());
    for (size_t i = 0; i < columns.size(); ++i) columns[i] = i;
  } else {
    auto some = std::make_shared<RowSchema>();
    some->name = schema->name;
    for (size_t column : columns) some->fields.push_back(schema->fields[column]);
    schema = std::move(some);
  }
  return std::make_unique<SnapshotSource>(snapshot.chunks, root, std::move(schema),
                                          std::move(columns));
}

}  // namespace opsc
