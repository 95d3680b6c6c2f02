#include "runtime/data/row_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/data/cell.h"
#include "runtime/value/utf8.h"

namespace opsc {
namespace {

// So many cells at most are held at a time, however wide a row is.
constexpr size_t kMaxCells = size_t{4} << 20;

size_t MaxRows(size_t columns) {
  size_t rows = kMaxCells / std::max<size_t>(columns, 1) / 64 * 64;
  return std::clamp<size_t>(rows, 64, kMaxBatchRows);
}

std::string NamesOf(const RowSchema& schema, std::span<const size_t> fields) {
  std::string names;
  for (size_t field : fields) names += (names.empty() ? "" : ", ") + schema.fields[field].name;
  return names;
}

void HashLast(const ColumnBuilder& builder, KeyHasher& hasher) {
  if (builder.LastIsNull()) return hasher.AddNull();
  if (builder.type() == ColumnType::kString) return hasher.AddText(builder.LastText());
  if (builder.type() == ColumnType::kBool) return hasher.AddInt(builder.LastBool() ? 1 : 0);
  if (IsFloat(builder.type())) return hasher.AddFloat(builder.LastFloat());
  hasher.AddInt(builder.LastInt());
}

}  // namespace

RowBuilder::RowBuilder(SchemaPtr schema, const ReadOptions& options)
    : schema_(std::move(schema)),
      known_(schema_->fields.size()),
      identity_(IdentityOf(*schema_)),
      max_rows_(MaxRows(schema_->fields.size())) {
  for (const RowField& field : schema_->fields) {
    rules_.emplace_back(field, options.not_finite, options.now_ns);
    builders_.emplace_back(field.type);
  }
  auto event = schema_->EventTime();
  auto known = schema_->KnownAt();
  if (event && known && event != known && schema_->fields[*event].type == ColumnType::kTime) {
    event_time_ = event;
    known_at_ = known;
  }
}

void RowBuilder::PutNull(size_t field) {
  if (schema_->fields[field].nullable) {
    builders_[field].AppendNull();
  } else {
    errors_.push_back(rules_[field].Missing());
  }
}

void RowBuilder::PutWrongType(size_t field, std::string_view seen) {
  errors_.push_back(IsUtf8(seen) ? rules_[field].WrongType(seen) : rules_[field].NotUtf8(seen));
}

void RowBuilder::PutInt(size_t field, int64_t value) {
  if (auto error = rules_[field].CheckInt(value)) [[unlikely]] {
    errors_.push_back(std::move(*error));
  } else {
    builders_[field].AppendInt(value);
  }
}

void RowBuilder::PutFloat(size_t field, double value) {
  const FieldRule& rule = rules_[field];
  if (!std::isfinite(value) && rule.not_finite() == NotFinite::kNull) return PutNull(field);
  if (auto error = rule.CheckFloat(value)) [[unlikely]] {
    errors_.push_back(std::move(*error));
  } else {
    builders_[field].AppendFloat(value);
  }
}

void RowBuilder::PutBool(size_t field, bool value) {
  if (auto error = rules_[field].CheckBool(value)) {
    errors_.push_back(std::move(*error));
  } else {
    builders_[field].AppendBool(value);
  }
}

void RowBuilder::PutString(size_t field, std::string_view text) {
  if (!IsUtf8(text)) {
    errors_.push_back(rules_[field].NotUtf8(text));
    return;
  }
  ColumnBuilder& builder = builders_[field];
  if (builder.dictionary_size() == 0) known_[field].clear();
  size_t before = builder.dictionary_size();
  auto code = static_cast<size_t>(builder.AppendText(text));
  if (builder.dictionary_size() != before) byte_size_ += text.size();
  if (!rules_[field].HasTextRule()) return;
  std::vector<Known>& known = known_[field];
  if (code >= known.size()) known.resize(code + 1, Known::kNot);
  if (known[code] == Known::kGood) return;
  auto error = rules_[field].CheckText(text);
  known[code] = error ? Known::kBad : Known::kGood;
  if (error) errors_.push_back(std::move(*error));
}

void RowBuilder::PutText(size_t field, std::string_view text) {
  auto put = [&](const auto& value, auto method) {
    if (value) {
      (this->*method)(field, *value);
    } else {
      PutWrongType(field, text);
    }
  };
  switch (schema_->fields[field].type) {
    case ColumnType::kBool:
      return put(ReadBool(text), &RowBuilder::PutBool);
    case ColumnType::kInt:
      return put(ReadInt(text), &RowBuilder::PutInt);
    case ColumnType::kFloat:
      return put(ReadFloat(text), &RowBuilder::PutFloat);
    case ColumnType::kRatio:
      return put(ReadRatio(text), &RowBuilder::PutFloat);
    case ColumnType::kTime:
      return put(ReadTime(text), &RowBuilder::PutInt);
    case ColumnType::kDuration:
      return put(ReadDuration(text), &RowBuilder::PutInt);
    case ColumnType::kSize:
      return put(ReadSize(text), &RowBuilder::PutInt);
    case ColumnType::kString:
      return PutString(field, text);
  }
}

void RowBuilder::Rollback() {
  for (ColumnBuilder& builder : builders_) {
    if (builder.rows() > rows_) builder.RemoveLast();
  }
}

bool RowBuilder::CheckOrder() {
  if (!event_time_) return true;
  const ColumnBuilder& event = builders_[*event_time_];
  const ColumnBuilder& known = builders_[*known_at_];
  if (event.LastIsNull() || known.LastIsNull() || event.LastInt() <= known.LastInt()) return true;
  errors_.push_back(
      {RejectKind::kOrder, schema_->fields[*known_at_].name,
       fmt::format("known before `{}` says that it happened", schema_->fields[*event_time_].name)});
  return false;
}

bool RowBuilder::CheckKey() {
  if (identity_.empty()) return true;
  KeyHash key;
  if (identity_.size() == 1 && IsInteger(schema_->fields[identity_[0]].type) &&
      !builders_[identity_[0]].LastIsNull()) {
    key = {static_cast<uint64_t>(builders_[identity_[0]].LastInt()), 0};
  } else {
    KeyHasher hasher;
    for (size_t field : identity_) HashLast(builders_[field], hasher);
    key = hasher.Finish();
  }
  if (keys_.Insert(key)) return true;
  errors_.push_back({RejectKind::kDuplicate, NamesOf(*schema_, identity_),
                     "an earlier row of the file has the same key"});
  return false;
}

bool RowBuilder::EndRow() {
  if (!errors_.empty() || !CheckOrder() || !CheckKey()) [[unlikely]] {
    Rollback();
    return false;
  }
  ++rows_;
  return true;
}

Batch RowBuilder::Finish() {
  Batch out;
  out.schema = schema_;
  out.rows = std::exchange(rows_, 0);
  byte_size_ = 0;
  out.columns.reserve(builders_.size());
  for (ColumnBuilder& builder : builders_) out.columns.push_back(builder.Finish());
  return out;
}

}  // namespace opsc
