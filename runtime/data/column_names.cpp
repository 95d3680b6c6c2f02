#include "runtime/data/column_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "runtime/data/field_rule.h"

namespace opsc {
namespace {

// Levenshtein's distance.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::vector<std::string> NamesOf(const RowSchema& schema) {
  std::vector<std::string> names;
  for (const RowField& field : schema.fields) names.push_back(field.name);
  return names;
}

std::string TypeText(const RowField& field) {
  return fmt::format("{}{}", ColumnTypeName(field.type), field.nullable ? "?" : "");
}

std::unexpected<Error> NoSuchField(const std::string& name, const RowSchema& schema,
                                   const std::string& file) {
  std::string nearest = NearestName(name, NamesOf(schema));
  bool delimited = name.find_first_of(";\t|") != name.npos;
  if (delimited) {
    return Fail(ErrorKind::kInput,
                fmt::format("{} has one column, {}, where there seem to be several", file,
                            QuotedCell(name)),
                "say what stands between cells: csv(\"…\", delimiter: \";\")");
  }
  return Fail(
      ErrorKind::kInput,
      fmt::format("{} has a column {} that the row type does not have{}", file, QuotedCell(name),
                  nearest.empty() ? "" : fmt::format(" (near: `{}`)", nearest)),
      fmt::format("add it to the type, rename it, or leave such columns out with "
                  "`other_columns: \"ignore\"`"));
}

std::unexpected<Error> NoSuchColumn(const RowField& field, std::span<const std::string> names,
                                    const std::string& file) {
  std::string nearest = NearestName(field.name, names);
  return Fail(ErrorKind::kInput,
              fmt::format("{} has no column `{}`{}", file, field.name,
                          nearest.empty() ? "" : fmt::format(" (near: {})", QuotedCell(nearest))),
              fmt::format("its schema has changed, or the field may be missing: `{}: {}?`",
                          field.name, TypeText(field)));
}

}  // namespace

std::string NearestName(std::string_view name, std::span<const std::string> names) {
  constexpr size_t kMaxLength = 64;
  std::string nearest;
  size_t best = std::max<size_t>(name.size() / 3, 1) + 1;
  if (name.size() > kMaxLength || names.size() > 10'000) return nearest;
  for (const std::string& other : names) {
    if (other.size() > kMaxLength) continue;
    size_t distance = Distance(name, other);
    if (distance >= best || other == name) continue;
    best = distance;
    nearest = other;
  }
  return nearest;
}

Result<ColumnMatch> MatchColumns(std::span<const std::string> names, const RowSchema& schema,
                                 OtherColumns other, const std::string& file) {
  std::unordered_map<std::string_view, size_t> fields;
  for (size_t i = 0; i < schema.fields.size(); ++i) fields.emplace(schema.fields[i].name, i);
  ColumnMatch match;
  std::vector<bool> found(schema.fields.size());
  for (const std::string& name : names) {
    auto field = fields.find(name);
    if (field == fields.end()) {
      if (other == OtherColumns::kRefuse) return NoSuchField(name, schema, file);
      match.fields.push_back(SIZE_MAX);
      continue;
    }
    if (found[field->second]) {
      return Fail(ErrorKind::kInput, fmt::format("{} has two columns `{}`", file, name));
    }
    found[field->second] = true;
    match.fields.push_back(field->second);
  }
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i]) continue;
    if (!schema.fields[i].nullable) return NoSuchColumn(schema.fields[i], names, file);
    match.absent.push_back(i);
  }
  return match;
}

}  // namespace opsc
