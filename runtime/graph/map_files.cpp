#include "runtime/graph/map_files.h"

#include <algorithm>
#include <span>
#include <vector>

namespace opsc {
namespace {

using FileChange = std::function<Result<Value>(const Value&)>;

bool HoldsFile(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kFile:
      return true;
    case ValueKind::kList:
      return std::ranges::any_of(value.AsList(), HoldsFile);
    case ValueKind::kRecord:
      return std::ranges::any_of(value.AsRecord(), HoldsFile, &Field::second);
    case ValueKind::kTemplate:
      return std::ranges::any_of(value.AsTemplate().holes, HoldsFile);
    case ValueKind::kFiles:
      return std::ranges::any_of(value.AsFiles().files, HoldsFile);
    default:
      return false;
  }
}

Result<std::vector<Value>> MapItems(std::span<const Value> items, const FileChange& change) {
  std::vector<Value> mapped;
  for (const Value& item : items) {
    OPS_ASSIGN(Value made, MapFiles(item, change));
    mapped.push_back(std::move(made));
  }
  return mapped;
}

Result<Value> MapRecord(const Value& record, const FileChange& change) {
  std::vector<Field> fields;
  for (const auto& [name, field] : record.AsRecord()) {
    OPS_ASSIGN(Value made, MapFiles(field, change));
    fields.emplace_back(name, std::move(made));
  }
  return Value::Record(std::move(fields));
}

Result<Value> MapHolder(const Value& value, const FileChange& change) {
  switch (value.kind()) {
    case ValueKind::kList: {
      OPS_ASSIGN(std::vector<Value> items, MapItems(value.AsList(), change));
      return Value::List(std::move(items));
    }
    case ValueKind::kRecord:
      return MapRecord(value, change);
    case ValueKind::kTemplate: {
      TemplateRep text = value.AsTemplate();
      OPS_ASSIGN(text.holes, MapItems(text.holes, change));
      return Value::Template(std::move(text));
    }
    case ValueKind::kFiles: {
      FilesRep files = value.AsFiles();
      OPS_ASSIGN(files.files, MapItems(files.files, change));
      return Value::Files(std::move(files));
    }
    default:
      return change(value);
  }
}

}  // namespace

Result<Value> MapFiles(const Value& value, const FileChange& change) {
  if (!HoldsFile(value)) return value;
  OPS_ASSIGN(Value mapped, MapHolder(value, change));
  if (value.secret()) mapped = mapped.WithSecret();
  return mapped.WithOrigin(value.origin());
}

}  // namespace opsc
