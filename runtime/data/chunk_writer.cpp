#include <fmt/format.h>

#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/digest.h"
#include "runtime/data/chunk_file.h"

namespace opsc {
namespace {

constexpr std::string_view kMagic = "OPSCCHK1";
constexpr size_t kAlignment = 64;

Status Align(FileWriter& file) {
  size_t over = file.written() % kAlignment;
  return over == 0 ? Status() : file.Write(std::string(kAlignment - over, '\0'));
}

std::string_view BytesOf(const Buffer& buffer) {
  return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}

std::string Number(uint64_t number) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  return bytes;
}

// Is `longer` what `shorter` has become? Builders only append.
bool Continues(const Dictionary& longer, const Dictionary& shorter) {
  if (longer.size() < shorter.size()) return false;
  if (shorter.size() == 0) return true;
  auto last = static_cast<int32_t>(shorter.size() - 1);
  return BytesOf(longer.bytes()).starts_with(BytesOf(shorter.bytes())) &&
         longer[last] == shorter[last];
}

}  // namespace

ChunkWriter::ChunkWriter(std::unique_ptr<FileWriter> file, SchemaPtr schema)
    : file_(std::move(file)), schema_(std::move(schema)), open_(schema_->fields.size()) {}

ChunkWriter::~ChunkWriter() = default;

Result<std::unique_ptr<ChunkWriter>> ChunkWriter::Open(const std::string& path, SchemaPtr schema) {
  OPS_ASSIGN(auto file, FileWriter::Open(path));
  OPS_TRY(file->Write(kMagic));
  return std::unique_ptr<ChunkWriter>(new ChunkWriter(std::move(file), std::move(schema)));
}

Result<std::string> ChunkWriter::Put(const Buffer& buffer) {
  if (buffer.empty()) return std::string("null");
  OPS_TRY(Align(*file_));
  std::string place = fmt::format("[{},{}]", file_->written(), buffer.size());
  OPS_TRY(file_->Write(BytesOf(buffer)));
  return place;
}

Result<int> ChunkWriter::DictionaryIndex(size_t column, const DictionaryPtr& dictionary) {
  OpenDictionary& open = open_[column];
  if (open.dictionary != nullptr && open.dictionary != dictionary &&
      !Continues(*dictionary, *open.dictionary)) {
    OPS_ASSIGN(std::string offsets, Put(open.dictionary->offsets()));
    OPS_ASSIGN(std::string bytes, Put(open.dictionary->bytes()));
    dictionaries_[open.index] = fmt::format("[{},{}]", offsets, bytes);
    open = {};
  }
  if (open.index < 0) {
    open.index = static_cast<int>(dictionaries_.size());
    dictionaries_.emplace_back();
  }
  open.dictionary = dictionary;
  return open.index;
}

Status ChunkWriter::Add(const Batch& batch) {
  OPS_CHECK(batch.columns.size() == schema_->fields.size(), "a batch has the schema's columns");
  std::string columns;
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    const Column& column = batch.columns[i];
    OPS_ASSIGN(std::string values, Put(column.values));
    OPS_ASSIGN(std::string validity, Put(column.NullCount() > 0 ? column.validity : Buffer()));
    int dictionary = -1;
    if (column.type == ColumnType::kString) {
      OPS_ASSIGN(dictionary, DictionaryIndex(i, column.dictionary));
    }
    columns += fmt::format("{}[{},{},{}]", i == 0 ? "" : ",", values, validity, dictionary);
  }
  batches_ += fmt::format(R"({}{{"rows":{},"columns":[{}]}})", batches_.empty() ? "" : ",\n",
                          batch.rows, columns);
  rows_ += batch.rows;
  return {};
}

Status ChunkWriter::WriteDictionaries() {
  for (OpenDictionary& open : open_) {
    if (open.dictionary == nullptr) continue;
    OPS_ASSIGN(std::string offsets, Put(open.dictionary->offsets()));
    OPS_ASSIGN(std::string bytes, Put(open.dictionary->bytes()));
    dictionaries_[open.index] = fmt::format("[{},{}]", offsets, bytes);
  }
  return {};
}

Status ChunkWriter::Close() {
  OPS_TRY(WriteDictionaries());
  std::string footer = fmt::format(
      "{{\"format\":\"opsc.chunk/1\",\"schema\":{},\n\"rows\":{},\"dictionaries\":[{}],\n"
      "\"batches\":[{}]}}",
      ToJsonText(*schema_), rows_, fmt::join(dictionaries_, ","), batches_);
  Digest digest = Sha256(footer);
  OPS_TRY(Align(*file_));
  OPS_TRY(file_->Write(footer));
  OPS_TRY(file_->Write(Number(footer.size())));
  OPS_TRY(file_->Write({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()}));
  OPS_TRY(file_->Write(kMagic));
  return file_->Close();
}

}  // namespace opsc
