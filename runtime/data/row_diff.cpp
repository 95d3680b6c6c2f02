#include "runtime/data/row_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "runtime/data/drift.h"
#include "runtime/data/key_set.h"
#include "runtime/data/profile.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

struct HashOfKey {
  size_t operator()(const KeyHash& key) const { return key.low * 0x9E3779B97F4A7C15ull ^ key.high; }
};

// One table in memory, as far as comparing needs it; columns by their place among the common ones.
struct Table {
  uint64_t rows = 0;
  std::vector<std::vector<double>> numbers;
  std::vector<std::map<std::string, uint64_t>> texts;
  std::vector<uint64_t> nulls;
  std::unordered_map<KeyHash, size_t, HashOfKey> by_key;  // → place in `hashes`
  std::vector<uint64_t> hashes;                           // of every common value, row by row
};

// What both tables are compared by.
struct Common {
  std::vector<std::string> names;
  std::vector<ColumnType> types;
  std::vector<std::string> keys;
};

Result<std::vector<size_t>> PlacesOf(const RowSchema& schema,
                                     const std::vector<std::string>& names) {
  std::vector<size_t> places;
  for (const std::string& name : names) {
    auto place = schema.Find(name);
    if (!place) return Fail(ErrorKind::kInput, fmt::format("there is no column `{}`", name));
    places.push_back(*place);
  }
  return places;
}

void AddValue(const Column& column, size_t row, size_t at, Table& table) {
  if (column.IsNull(row)) {
    ++table.nulls[at];
  } else if (column.type == ColumnType::kString) {
    ++table.texts[at][std::string(column.text(row))];
  } else if (column.type == ColumnType::kBool) {
    ++table.texts[at][column.bools()[row] != 0 ? "true" : "false"];
  } else if (double number = NumberOf(column, row); std::isfinite(number)) {
    table.numbers[at].push_back(number);
  }
}

Result<Table> ReadTable(BatchSource& rows, const Common& common) {
  Table table;
  size_t count = common.names.size();
  table.numbers.resize(count);
  table.texts.resize(count);
  table.nulls.resize(count);
  OPS_ASSIGN(std::vector<size_t> columns, PlacesOf(*rows.schema(), common.names));
  OPS_ASSIGN(std::vector<size_t> keys, PlacesOf(*rows.schema(), common.keys));
  for (;;) {
    OPS_ASSIGN(auto batch, rows.Next());
    if (!batch) return table;
    table.rows += batch->rows;
    for (size_t row = 0; row < batch->rows; ++row) {
      if (!keys.empty()) {
        table.by_key.try_emplace(KeyOf(batch->columns, keys, row), table.hashes.size());
      }
      for (size_t i = 0; i < count; ++i) {
        AddValue(batch->columns[columns[i]], row, i, table);
        if (keys.empty()) continue;
        KeyHash value = KeyOf(batch->columns, {&columns[i], 1}, row);
        table.hashes.push_back(value.low ^ value.high);
      }
    }
  }
}

BinnedShares SharesOf(const std::map<std::string, uint64_t>& a,
                      const std::map<std::string, uint64_t>& b) {
  std::map<std::string, std::pair<double, double>> counts;
  double before = 0;
  double after = 0;
  for (const auto& [name, count] : a) {
    counts[name].first = static_cast<double>(count);
    before += static_cast<double>(count);
  }
  for (const auto& [name, count] : b) {
    counts[name].second = static_cast<double>(count);
    after += static_cast<double>(count);
  }
  BinnedShares out;
  for (const auto& [name, count] : counts) {
    out.reference.push_back(count.first / before);
    out.current.push_back(count.second / after);
  }
  return out;
}

ColumnDrift DriftOf(size_t at, const Common& common, Table& before, Table& after) {
  ColumnDrift drift;
  drift.name = common.names[at];
  drift.type = common.types[at];
  auto share = [&](const Table& table) {
    return table.rows == 0 ? 0.0
                           : static_cast<double>(table.nulls[at]) / static_cast<double>(table.rows);
  };
  drift.nulls_before = share(before);
  drift.nulls_after = share(after);
  std::vector<double>& a = before.numbers[at];
  std::vector<double>& b = after.numbers[at];
  if (!a.empty() && !b.empty()) {
    drift.psi = Psi(Bin(a, b, Binning::kReferenceDeciles));
    KsTest ks = KolmogorovSmirnov(a, b);
    drift.ks = ks.statistic;
    drift.ks_p_value = ks.p_value;
    drift.wasserstein = Wasserstein(std::move(a), std::move(b));
  } else if (!before.texts[at].empty() && !after.texts[at].empty()) {
    BinnedShares shares = SharesOf(before.texts[at], after.texts[at]);
    drift.psi = Psi(shares);
    drift.jensen_shannon = JensenShannon(shares);
  }
  return drift;
}

void MatchRows(const Table& before, const Table& after, TableDiff& diff) {
  size_t count = diff.columns.size();
  for (const auto& [key, at] : after.by_key) {
    auto old = before.by_key.find(key);
    if (old == before.by_key.end()) {
      ++diff.added;
      continue;
    }
    bool changed = false;
    for (size_t i = 0; i < count; ++i) {
      if (before.hashes[old->second + i] == after.hashes[at + i]) continue;
      ++diff.columns[i].changed;
      changed = true;
    }
    if (changed) ++diff.changed;
  }
  for (const auto& [key, at] : before.by_key) {
    if (!after.by_key.contains(key)) ++diff.removed;
  }
}

Common FindCommon(const RowSchema& before, const RowSchema& after, TableDiff& diff) {
  Common common;
  for (const RowField& field : before.fields) {
    auto other = after.Find(field.name);
    if (!other) {
      diff.only_before.push_back(field.name);
    } else if (after.fields[*other].type != field.type) {
      diff.retyped.push_back(field.name);
    } else {
      common.names.push_back(field.name);
      common.types.push_back(field.type);
    }
  }
  for (const RowField& field : after.fields) {
    if (!before.Find(field.name)) diff.only_after.push_back(field.name);
  }
  return common;
}

Json ColumnJson(const ColumnDrift& column) {
  Json json = {{"name", column.name},
               {"type", ColumnTypeName(column.type)},
               {"nulls", {column.nulls_before, column.nulls_after}}};
  auto put = [&](const char* name, const std::optional<double>& value) {
    if (value) json[name] = *value;
  };
  put("psi", column.psi);
  if (column.ks) json["binning"] = "reference_deciles";
  put("ks", column.ks);
  put("ks_p_value", column.ks_p_value);
  put("wasserstein", column.wasserstein);
  put("jensen_shannon", column.jensen_shannon);
  json["changed"] = column.changed;
  return json;
}

}  // namespace

Result<TableDiff> DiffTables(BatchSource& before, BatchSource& after,
                             std::vector<std::string> keys) {
  TableDiff diff;
  Common common = FindCommon(*before.schema(), *after.schema(), diff);
  if (keys.empty()) {
    for (size_t key : IdentityOf(*before.schema())) {
      keys.push_back(before.schema()->fields[key].name);
    }
  }
  common.keys = keys;
  diff.keys = std::move(keys);
  OPS_ASSIGN(Table a, ReadTable(before, common));
  OPS_ASSIGN(Table b, ReadTable(after, common));
  diff.rows_before = a.rows;
  diff.rows_after = b.rows;
  for (size_t i = 0; i < common.names.size(); ++i) {
    diff.columns.push_back(DriftOf(i, common, a, b));
  }
  if (!diff.keys.empty()) MatchRows(a, b, diff);
  return diff;
}

Json ToJson(const TableDiff& diff) {
  Json json = {{"format", "opsc.data-diff/1"},
               {"rows", {{"before", diff.rows_before}, {"after", diff.rows_after}}},
               {"keys", diff.keys}};
  if (!diff.keys.empty()) {
    json["rows"]["added"] = diff.added;
    json["rows"]["removed"] = diff.removed;
    json["rows"]["changed"] = diff.changed;
  }
  json["only_before"] = diff.only_before;
  json["only_after"] = diff.only_after;
  json["retyped"] = diff.retyped;
  json["columns"] = Json::array();
  for (const ColumnDrift& column : diff.columns) json["columns"].push_back(ColumnJson(column));
  return json;
}

}  // namespace opsc
