#include "runtime/data/arrow_export.h"

#include <cerrno>
#include <memory>
#include <utility>

#include "runtime/data/arrow_library.h"

namespace opsc {
namespace {

const char* FormatOf(ColumnType type) {
  switch (type) {
    case ColumnType::kBool:
      return "b";
    case ColumnType::kInt:
    case ColumnType::kSize:
      return "l";
    case ColumnType::kFloat:
    case ColumnType::kRatio:
      return "g";
    case ColumnType::kString:
      return "i";
    case ColumnType::kTime:
      return "tsn:UTC";
    case ColumnType::kDuration:
      return "tDn";
  }
  return "n";
}

// A schema and what its pointers lead to.
struct SchemaHolder {
  SchemaPtr rows;  // keeps the names
  std::vector<ArrowSchema> columns;
  std::vector<ArrowSchema*> children;
  ArrowSchema text{};  // of every dictionary
};

void ReleaseChild(ArrowSchema* schema) {
  schema->release = nullptr;
}
void ReleaseSchema(ArrowSchema* schema) {
  delete static_cast<SchemaHolder*>(schema->private_data);
  schema->release = nullptr;
}

void ExportSchema(const SchemaPtr& rows, ArrowSchema& out) {
  auto holder = std::make_unique<SchemaHolder>();
  holder->rows = rows;
  holder->columns.resize(rows->fields.size());
  holder->text = {"u", "", nullptr, 0, 0, nullptr, nullptr, ReleaseChild, nullptr};
  for (size_t i = 0; i < rows->fields.size(); ++i) {
    const RowField& field = rows->fields[i];
    ArrowSchema* text = field.type == ColumnType::kString ? &holder->text : nullptr;
    holder->columns[i] = {FormatOf(field.type),
                          field.name.c_str(),
                          nullptr,
                          field.nullable ? ARROW_FLAG_NULLABLE : 0,
                          0,
                          nullptr,
                          text,
                          ReleaseChild,
                          nullptr};
    holder->children.push_back(&holder->columns[i]);
  }
  out = {"+s",
         "",
         nullptr,
         0,
         static_cast<int64_t>(holder->children.size()),
         holder->children.data(),
         nullptr,
         ReleaseSchema,
         nullptr};
  out.private_data = holder.release();
}

// A batch and what the pointers of its arrays lead to.
struct BatchHolder {
  Batch batch;
  std::vector<Buffer> bits;  // of bools
  std::vector<ArrowArray> columns;
  std::vector<ArrowArray> dictionaries;
  std::vector<ArrowArray*> children;
  std::vector<std::array<const void*, 3>> buffers;
  const void* none = nullptr;
};

void ReleaseColumn(ArrowArray* array) {
  array->release = nullptr;
}
void ReleaseBatch(ArrowArray* array) {
  delete static_cast<BatchHolder*>(array->private_data);
  array->release = nullptr;
}

Buffer BitsOf(std::span<const uint8_t> bools) {
  Buffer bits = Buffer::Zeroed((bools.size() + 7) / 8);
  auto bytes = bits.Writable<uint8_t>();
  for (size_t i = 0; i < bools.size(); ++i) {
    bytes[i / 8] = static_cast<uint8_t>(bytes[i / 8] | (bools[i] & 1) << (i % 8));
  }
  return bits;
}

void ExportColumn(BatchHolder& holder, size_t i) {
  const Column& column = holder.batch.columns[i];
  const void* values = column.values.data();
  if (column.type == ColumnType::kBool) {
    holder.bits.push_back(BitsOf(column.bools()));
    values = holder.bits.back().data();
  }
  auto& buffers = holder.buffers[2 * i];
  bool has_nulls = column.NullCount() > 0;
  buffers = {has_nulls ? column.validity.data() : nullptr, values, nullptr};
  ArrowArray* dictionary = nullptr;
  if (column.type == ColumnType::kString) {
    auto& text = holder.buffers[2 * i + 1];
    text = {nullptr, column.dictionary->offsets().data(), column.dictionary->bytes().data()};
    dictionary = &holder.dictionaries[i];
    *dictionary = {static_cast<int64_t>(column.dictionary->size()),
                   0,
                   0,
                   3,
                   0,
                   text.data(),
                   nullptr,
                   nullptr,
                   ReleaseColumn,
                   nullptr};
  }
  holder.columns[i] = {static_cast<int64_t>(column.rows),
                       static_cast<int64_t>(column.NullCount()),
                       0,
                       2,
                       0,
                       buffers.data(),
                       nullptr,
                       dictionary,
                       ReleaseColumn,
                       nullptr};
}

void ExportBatch(Batch batch, ArrowArray& out) {
  auto holder = std::make_unique<BatchHolder>();
  size_t count = batch.columns.size();
  holder->batch = std::move(batch);
  holder->columns.resize(count);
  holder->dictionaries.resize(count);
  holder->buffers.resize(2 * count);
  for (size_t i = 0; i < count; ++i) {
    ExportColumn(*holder, i);
    holder->children.push_back(&holder->columns[i]);
  }
  out = {static_cast<int64_t>(holder->batch.rows),
         0,
         0,
         1,
         static_cast<int64_t>(count),
         &holder->none,
         holder->children.data(),
         nullptr,
         ReleaseBatch,
         nullptr};
  out.private_data = holder.release();
}

struct StreamHolder {
  BatchSource* rows;
  std::string error;
};

StreamHolder& HolderOf(ArrowArrayStream* stream) {
  return *static_cast<StreamHolder*>(stream->private_data);
}

int GetSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  ExportSchema(HolderOf(stream).rows->schema(), *out);
  return 0;
}

int GetNext(ArrowArrayStream* stream, ArrowArray* out) {
  StreamHolder& holder = HolderOf(stream);
  auto batch = holder.rows->Next();
  if (!batch) {
    holder.error = batch.error().message;
    return EIO;
  }
  if (*batch) {
    ExportBatch(std::move(**batch), *out);
  } else {
    out->release = nullptr;
  }
  return 0;
}

const char* LastError(ArrowArrayStream* stream) {
  return HolderOf(stream).error.c_str();
}

void ReleaseStream(ArrowArrayStream* stream) {
  delete static_cast<StreamHolder*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

void ExportStream(BatchSource& rows, ArrowArrayStream& out) {
  out = {GetSchema, GetNext, LastError, ReleaseStream, new StreamHolder{&rows, ""}};
}

Status WriteParquet(const std::string& path, BatchSource& rows) {
  OPS_ASSIGN(const OpscArrowPlugin* plugin, ArrowPlugin());
  ArrowArrayStream stream{};
  ExportStream(rows, stream);
  std::array<char, 1024> error{};
  int failed =
      plugin->write(path.c_str(), &stream, error.data(), static_cast<int64_t>(error.size()));
  if (stream.release != nullptr) stream.release(&stream);
  if (failed == 0) return {};
  return Fail(ErrorKind::kEnvironment, "cannot write " + path + ": " + error.data());
}

}  // namespace opsc
