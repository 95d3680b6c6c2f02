#include "runtime/ml/newest_rows.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>

namespace opsc {
namespace {

// One row of the table, to be found by its key.
struct KeyedRow {
  size_t hash;
  size_t batch;
  uint32_t row;
};

// Which rows of each batch are corrected by a later one.
using Corrected = std::vector<std::vector<bool>>;

void AppendKey(const Column& column, size_t row, std::string& out) {
  if (column.IsNull(row)) {
    out += 'n';
    return;
  }
  out += 'v';
  if (column.type == ColumnType::kString) {
    const auto text = column.text(row);
    out += std::to_string(text.size());
    out += ':';
    out += text;
    return;
  }
  const size_t width = WidthOf(column.type);
  out.append(reinterpret_cast<const char*>(column.values.data()) + row * width, width);
}

// The bytes that rows with equal keys have in common, and no others.
std::string KeyOf(const Batch& batch, std::span<const size_t> keys, size_t row) {
  std::string bytes;
  for (const size_t key : keys) AppendKey(batch.columns[key], row, bytes);
  return bytes;
}

int64_t KnownOf(const Batch& batch, size_t known, size_t row) {
  const Column& column = batch.columns[known];
  return column.IsNull(row) ? std::numeric_limits<int64_t>::min() : column.ints()[row];
}

// All rows by the hash of their keys, those of one hash in the order of the table.
std::vector<KeyedRow> ByHash(const std::vector<Batch>& batches, std::span<const size_t> keys) {
  std::vector<KeyedRow> rows;
  for (size_t at = 0; at < batches.size(); ++at) {
    for (uint32_t row = 0; row < batches[at].rows; ++row) {
      rows.push_back({std::hash<std::string>{}(KeyOf(batches[at], keys, row)), at, row});
    }
  }
  std::ranges::sort(rows, {},
                    [](const KeyedRow& row) { return std::tuple(row.hash, row.batch, row.row); });
  return rows;
}

// Marks all but the newest row of each key. `rows`: of one hash.
void MarkCorrected(const std::vector<Batch>& batches, std::span<const size_t> keys, size_t known,
                   std::span<const KeyedRow> rows, Corrected& corrected) {
  std::unordered_map<std::string, KeyedRow> newest;
  for (const KeyedRow& row : rows) {
    auto [at, first] = newest.try_emplace(KeyOf(batches[row.batch], keys, row.row), row);
    if (first) continue;
    KeyedRow& other = at->second;
    const bool later = KnownOf(batches[row.batch], known, row.row) >=
                       KnownOf(batches[other.batch], known, other.row);
    const KeyedRow older = later ? other : row;
    if (later) other = row;
    corrected[older.batch][older.row] = true;
  }
}

Batch Without(const Batch& batch, const std::vector<bool>& left_out) {
  if (std::ranges::find(left_out, true) == left_out.end()) return batch;
  std::vector<uint32_t> kept;
  for (uint32_t row = 0; row < batch.rows; ++row) {
    if (!left_out[row]) kept.push_back(row);
  }
  return Take(batch, kept);
}

}  // namespace

std::vector<Batch> NewestRows(const std::vector<Batch>& batches) {
  if (batches.empty()) return batches;
  const RowSchema& schema = *batches.front().schema;
  const auto keys = schema.Keys();
  const auto known = schema.KnownAt();
  if (keys.empty() || !known || schema.fields[*known].roles.event_time) return batches;
  Corrected corrected;
  for (const Batch& batch : batches) corrected.emplace_back(batch.rows);
  const auto rows = ByHash(batches, keys);
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last = std::find_if(first, rows.end(),
                                   [&](const KeyedRow& row) { return row.hash != first->hash; });
    if (last - first > 1) MarkCorrected(batches, keys, *known, {first, last}, corrected);
    first = last;
  }
  std::vector<Batch> out;
  for (size_t at = 0; at < batches.size(); ++at) {
    if (Batch kept = Without(batches[at], corrected[at]); kept.rows > 0) {
      out.push_back(std::move(kept));
    }
  }
  return out;
}

}  // namespace opsc
