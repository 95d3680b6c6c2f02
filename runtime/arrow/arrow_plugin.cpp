// libopsc_arrow.so: Parquet through Apache Arrow. The only file that sees Arrow, linked to nothing
// of opsc; it speaks the Arrow C interfaces (runtime/arrow/arrow_abi.h).
#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/io/file.h>
#include <arrow/util/config.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>

#include "runtime/arrow/arrow_abi.h"

namespace {

void Say(const std::string& text, char* error, int64_t size) {
  if (size <= 0) return;
  auto length = std::min(text.size(), static_cast<size_t>(size - 1));
  std::memcpy(error, text.data(), length);
  error[length] = '\0';
}

// Runs `body`, whose failures, thrown or returned, become text.
template <typename Body>
int Guarded(char* error, int64_t size, const Body& body) {
  try {
    arrow::Status status = body();
    if (status.ok()) return 0;
    Say(status.message(), error, size);
  } catch (const std::exception& thrown) {
    Say(thrown.what(), error, size);
  }
  return 1;
}

// A reader of batches that keeps the file reader alive, which it only borrows.
class OwningReader : public arrow::RecordBatchReader {
 public:
  OwningReader(std::unique_ptr<parquet::arrow::FileReader> file,
               std::shared_ptr<arrow::RecordBatchReader> batches)
      : file_(std::move(file)), batches_(std::move(batches)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return batches_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    try {
      return batches_->ReadNext(batch);
    } catch (const std::exception& thrown) {
      return arrow::Status::IOError(thrown.what());
    }
  }

 private:
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::shared_ptr<arrow::RecordBatchReader> batches_;
};

arrow::Status OpenParquet(const char* path, int64_t batch_rows, ArrowArrayStream* out) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  parquet::ReaderProperties properties = parquet::default_reader_properties();
  properties.enable_buffered_stream();
  properties.set_buffer_size(1 << 20);
  auto parquet_file = parquet::ParquetFileReader::Open(file, properties);
  parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
  arrow_properties.set_batch_size(batch_rows);
  arrow_properties.set_pre_buffer(false);
  const parquet::SchemaDescriptor* schema = parquet_file->metadata()->schema();
  for (int i = 0; i < schema->num_columns(); ++i) {
    if (schema->Column(i)->physical_type() == parquet::Type::BYTE_ARRAY) {
      arrow_properties.set_read_dictionary(i, true);
    }
  }
  std::unique_ptr<parquet::arrow::FileReader> reader;
  ARROW_ASSIGN_OR_RAISE(
      reader, parquet::arrow::FileReader::Make(arrow::default_memory_pool(),
                                               std::move(parquet_file), arrow_properties));
  ARROW_ASSIGN_OR_RAISE(auto batches, reader->GetRecordBatchReader());
  auto owning = std::make_shared<OwningReader>(std::move(reader), std::move(batches));
  return arrow::ExportRecordBatchReader(std::move(owning), out);
}

arrow::Status WriteParquet(const char* path, ArrowArrayStream* rows) {
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ImportRecordBatchReader(rows));
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
  auto properties =
      parquet::WriterProperties::Builder().compression(arrow::Compression::ZSTD)->build();
  auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  ARROW_ASSIGN_OR_RAISE(
      auto writer, parquet::arrow::FileWriter::Open(*reader->schema(), arrow::default_memory_pool(),
                                                    file, properties, arrow_properties));
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  return file->Close();
}

arrow::Status CountRows(const char* path, int64_t* rows) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  *rows = parquet::ParquetFileReader::Open(file)->metadata()->num_rows();
  return arrow::Status::OK();
}

int Open(const char* path, int64_t batch_rows, ArrowArrayStream* out, char* error, int64_t size) {
  return Guarded(error, size, [&] { return OpenParquet(path, batch_rows, out); });
}

int Write(const char* path, ArrowArrayStream* rows, char* error, int64_t size) {
  return Guarded(error, size, [&] { return WriteParquet(path, rows); });
}

int Rows(const char* path, int64_t* rows, char* error, int64_t size) {
  return Guarded(error, size, [&] { return CountRows(path, rows); });
}

}  // namespace

extern "C" {
extern const OpscArrowPlugin opsc_arrow_plugin __attribute__((visibility("default")));
const OpscArrowPlugin opsc_arrow_plugin = {OPSC_ARROW_VERSION, ARROW_VERSION_STRING, Open, Write,
                                           Rows};
}
