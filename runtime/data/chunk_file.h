// `opsc.chunk/1`: rows on disk as they are in memory, so that reading is mapping. Buffers have the
// layout of Apache Arrow but for bools (a byte each); docs/formats/dataset.md.
//
//   file   := magic buffer* footer footer_size:u64 sha256(footer):32 bytes magic
//   magic  := "OPSCCHK1"                      (integers little-endian)
//   buffer := bytes, each begins at a multiple of 64
//   footer := JSON: {"format","schema","rows","dictionaries":[[offsets, bytes]…],
//             "batches":[{"rows","columns":[[values, validity, dictionary]…]}…]}
//             where a buffer is [position, size], an absent one null, and a dictionary its index
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/column/batch.h"
#include "runtime/data/file_writer.h"

namespace opsc {

// Writes batches as they come; memory is bounded by a batch.
class ChunkWriter {
 public:
  static Result<std::unique_ptr<ChunkWriter>> Open(const std::string& path, SchemaPtr schema);
  ~ChunkWriter();

  // REQUIRES: the batch has the columns of the schema.
  Status Add(const Batch& batch);
  uint64_t rows() const { return rows_; }
  Status Close();

 private:
  ChunkWriter(std::unique_ptr<FileWriter> file, SchemaPtr schema);
  Result<std::string> Put(const Buffer& buffer);  // its place as JSON
  Status WriteDictionaries();
  Result<int> DictionaryIndex(size_t column, const DictionaryPtr& dictionary);

  // A dictionary that batches refer to. It is written when it has grown to its last state.
  struct OpenDictionary {
    DictionaryPtr dictionary;
    int index = -1;
  };
  std::unique_ptr<FileWriter> file_;
  SchemaPtr schema_;
  uint64_t rows_ = 0;
  std::vector<OpenDictionary> open_;       // by column
  std::vector<std::string> dictionaries_;  // by index: JSON, once written
  std::string batches_;
};

// A chunk, mapped. Thread-safe. Batches share its memory and keep it.
class ChunkFile {
 public:
  struct Place {
    uint64_t at = 0;
    uint64_t size = 0;
  };
  struct ColumnPlace {
    Place values;
    Place validity;
    int dictionary = -1;
  };
  struct BatchPlace {
    size_t rows = 0;
    std::vector<ColumnPlace> columns;
  };

  // kCorrupt where the file is no chunk, or not a whole one.
  static Result<std::shared_ptr<const ChunkFile>> Open(const std::string& path);

  const SchemaPtr& schema() const { return schema_; }
  uint64_t rows() const { return rows_; }
  size_t batch_count() const { return batches_.size(); }
  size_t RowsOf(size_t batch) const { return batches_[batch].rows; }
  // kCorrupt where a number of a string is beyond its dictionary.
  Result<Batch> Read(size_t batch) const;
  // These columns only, in this order, with a schema of just them.
  Result<Batch> Read(size_t batch, std::span<const size_t> columns, const SchemaPtr& schema) const;

 private:
  friend struct ChunkFooter;
  Result<Column> ReadColumn(const ColumnPlace& place, ColumnType type, size_t rows) const;

  std::shared_ptr<const MappedFile> file_;
  std::string path_;
  SchemaPtr schema_;
  uint64_t rows_ = 0;
  std::vector<DictionaryPtr> dictionaries_;
  std::vector<BatchPlace> batches_;
};

// The batches of a chunk, from the first one on.
std::unique_ptr<BatchSource> ReadChunk(std::shared_ptr<const ChunkFile> chunk);

}  // namespace opsc
