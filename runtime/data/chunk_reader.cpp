#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/digest.h"
#include "runtime/data/chunk_file.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kMagic = "OPSCCHK1";
constexpr size_t kTail = 8 + 32 + 8;  // size, digest, magic

std::unexpected<Error> Damaged(const std::string& path, std::string_view what) {
  return Fail(ErrorKind::kCorrupt, fmt::format("{} is damaged: {}", path, what),
              "it is made again from its source: opsc run, with --replace and its address");
}

// The footer's text, checked.
Result<std::string_view> FooterOf(std::string_view file, const std::string& path) {
  if (file.size() < kMagic.size() + kTail || !file.starts_with(kMagic) || !file.ends_with(kMagic)) {
    return Damaged(path, "it does not begin and end as a chunk does");
  }
  const char* tail = file.data() + file.size() - kTail;
  uint64_t size = 0;
  std::memcpy(&size, tail, sizeof size);
  if (size > file.size() - kTail - kMagic.size()) return Damaged(path, "its footer is cut");
  std::string_view footer(tail - size, size);
  Digest digest = Sha256(footer);
  if (std::memcmp(tail + 8, digest.bytes.data(), digest.bytes.size()) != 0) {
    return Damaged(path, "its footer is not what was written");
  }
  return footer;
}

}  // namespace

// Reads the parts of a footer. What breaks a rule makes `bad`.
struct ChunkFooter {
  ChunkFile& out;
  std::string_view file;
  bool bad = false;

  uint64_t Unsigned(const Json& json) {
    if (json.is_number_unsigned()) return json.get<uint64_t>();
    bad = true;
    return 0;
  }
  ChunkFile::Place Place(const Json& json) {
    if (json.is_null()) return {};
    if (!json.is_array() || json.size() != 2) {
      bad = true;
      return {};
    }
    ChunkFile::Place place{Unsigned(json[0]), Unsigned(json[1])};
    if (place.at > file.size() || place.size > file.size() - place.at || place.at % 64 != 0) {
      bad = true;
      return {};
    }
    return place;
  }
  Buffer View(const ChunkFile::Place& place) {
    if (place.size == 0) return {};
    return Buffer::View(file.data() + place.at, place.size, out.file_);
  }
  void AddDictionary(const Json& json) {
    if (!json.is_array() || json.size() != 2) {
      bad = true;
      return;
    }
    Buffer offsets = View(Place(json[0]));
    Buffer bytes = View(Place(json[1]));
    auto numbers = offsets.As<int32_t>();
    if (bad || numbers.empty() || numbers.front() != 0 || !std::ranges::is_sorted(numbers) ||
        static_cast<size_t>(numbers.back()) > bytes.size()) {
      bad = true;
      return;
    }
    out.dictionaries_.push_back(
        std::make_shared<const Dictionary>(std::move(offsets), std::move(bytes)));
  }
  void AddColumn(const Json& json, const RowField& field, ChunkFile::BatchPlace& batch) {
    if (!json.is_array() || json.size() != 3 || !json[2].is_number_integer()) {
      bad = true;
      return;
    }
    ChunkFile::ColumnPlace place{Place(json[0]), Place(json[1]), json[2].get<int>()};
    bool is_text = field.type == ColumnType::kString;
    bool fits =
        place.values.size == batch.rows * WidthOf(field.type) &&
        (place.validity.size == 0 || place.validity.size == ValidityWords(batch.rows) * 8) &&
        (!is_text || (place.dictionary >= 0 &&
                      static_cast<size_t>(place.dictionary) < out.dictionaries_.size()));
    if (!fits) bad = true;
    batch.columns.push_back(place);
  }
  void AddBatch(const Json& json) {
    ChunkFile::BatchPlace batch;
    batch.rows = Unsigned(json.value("rows", Json()));
    const Json columns = json.value("columns", Json::array());
    const auto& fields = out.schema_->fields;
    if (columns.size() != fields.size() || batch.rows > kMaxBatchRows) bad = true;
    for (size_t i = 0; i < fields.size() && !bad; ++i) AddColumn(columns[i], fields[i], batch);
    out.rows_ += batch.rows;
    out.batches_.push_back(std::move(batch));
  }
  void Read(const Json& json) {
    for (const Json& item : json.value("dictionaries", Json::array())) AddDictionary(item);
    for (const Json& item : json.value("batches", Json::array())) AddBatch(item);
  }
};

Result<std::shared_ptr<const ChunkFile>> ChunkFile::Open(const std::string& path) {
  auto chunk = std::make_shared<ChunkFile>();
  chunk->path_ = path;
  OPS_ASSIGN(chunk->file_, MappedFile::Open(path));
  std::string_view bytes = chunk->file_->bytes();
  OPS_ASSIGN(std::string_view text, FooterOf(bytes, path));
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("format", "") != "opsc.chunk/1" || !json.contains("schema")) {
    return Damaged(path, "its footer is no opsc.chunk/1");
  }
  OPS_ASSIGN(RowSchema schema, SchemaFromJson(json["schema"]));
  chunk->schema_ = std::make_shared<const RowSchema>(std::move(schema));
  ChunkFooter footer{*chunk, bytes};
  footer.Read(json);
  if (footer.bad) return Damaged(path, "its footer contradicts itself");
  return std::shared_ptr<const ChunkFile>(std::move(chunk));
}

Result<Column> ChunkFile::ReadColumn(const ColumnPlace& place, ColumnType type, size_t rows) const {
  Column column;
  column.type = type;
  column.rows = rows;
  const char* base = file_->bytes().data();
  column.values = Buffer::View(base + place.values.at, place.values.size, file_);
  if (place.validity.size > 0) {
    column.validity = Buffer::View(base + place.validity.at, place.validity.size, file_);
  }
  if (type != ColumnType::kString) return column;
  column.dictionary = dictionaries_[static_cast<size_t>(place.dictionary)];
  int32_t most = -1;
  bool negative = false;
  for (int32_t code : column.codes()) {
    most = std::max(most, code);
    negative |= code < 0;
  }
  if (negative || most >= static_cast<int32_t>(column.dictionary->size())) {
    return Damaged(path_, "a string is beyond its dictionary");
  }
  return column;
}

Result<Batch> ChunkFile::Read(size_t batch) const {
  std::vector<size_t> columns(schema_->fields.size());
  for (size_t i = 0; i < columns.size(); ++i) columns[i] = i;
  return Read(batch, columns, schema_);
}

Result<Batch> ChunkFile::Read(size_t batch, std::span<const size_t> columns,
                              const SchemaPtr& schema) const {
  const BatchPlace& place = batches_[batch];
  Batch out;
  out.schema = schema;
  out.rows = place.rows;
  for (size_t i : columns) {
    OPS_ASSIGN(Column column, ReadColumn(place.columns[i], schema_->fields[i].type, place.rows));
    out.columns.push_back(std::move(column));
  }
  return out;
}

namespace {

class ChunkSource : public BatchSource {
 public:
  explicit ChunkSource(std::shared_ptr<const ChunkFile> chunk) : chunk_(std::move(chunk)) {}
  const SchemaPtr& schema() const override { return chunk_->schema(); }
  Result<std::optional<Batch>> Next() override {
    if (next_ == chunk_->batch_count()) return std::optional<Batch>();
    OPS_ASSIGN(Batch batch, chunk_->Read(next_++));
    return std::optional<Batch>(std::move(batch));
  }

 private:
  std::shared_ptr<const ChunkFile> chunk_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<BatchSource> ReadChunk(std::shared_ptr<const ChunkFile> chunk) {
  return std::make_unique<ChunkSource>(std::move(chunk));
}

}  // namespace opsc
