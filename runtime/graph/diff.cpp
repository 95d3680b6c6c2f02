#include "runtime/graph/diff.h"

#include <algorithm>
#include <unordered_map>

#include "runtime/graph/field_path.h"

namespace opsc {
namespace {

bool IsIdentifier(std::string_view name) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// Fields of a record by name, in constant time whatever its size.
class FieldIndex {
 public:
  explicit FieldIndex(const Value& record) : record_(record) {
    if (record.AsRecord().size() <= kScanned) return;
    for (const auto& [name, value] : record.AsRecord()) index_.emplace(name, &value);
  }
  const Value* Find(Symbol name) const {
    if (index_.empty()) return record_.Find(name);
    auto found = index_.find(name);
    return found == index_.end() ? nullptr : found->second;
  }

 private:
  static constexpr size_t kScanned = 16;
  const Value& record_;
  std::unordered_map<Symbol, const Value*> index_;
};

// The walk of DiffFields.
class Differ {
 public:
  Differ(const std::vector<std::string>& ignore, size_t limit, std::vector<FieldDiff>& out)
      : ignore_(ignore), limit_(limit), out_(out) {}

  void Compare(const Value& before, const Value& after) {
    if (out_.size() >= limit_) return;
    if (!path_.text().empty() && AnyCovers(ignore_, path_.text())) return;
    if (!after.secret() && !before.secret()) {
      if (before.is(ValueKind::kRecord) && after.is(ValueKind::kRecord)) {
        return CompareRecords(before, after);
      }
      if (before.is(ValueKind::kList) && after.is(ValueKind::kList)) {
        return CompareLists(before, after);
      }
    }
    bool pending = after.has_pending() || before.has_pending();
    if (!pending && before == after) return;
    out_.push_back({.path = path_.text(),
                    .before = before,
                    .after = after,
                    .pending = pending,
                    .secret = before.has_secret() || after.has_secret()});
  }

 private:
  void CompareRecords(const Value& before, const Value& after) {
    FieldIndex old_fields(before);
    FieldIndex new_fields(after);
    for (const auto& [name, value] : after.AsRecord()) {
      FieldPath::Step step(path_, name.text());
      const Value* old_value = old_fields.Find(name);
      Compare(old_value == nullptr ? Value::Null() : *old_value, value);
    }
    for (const auto& [name, value] : before.AsRecord()) {
      if (new_fields.Find(name) != nullptr) continue;
      FieldPath::Step step(path_, name.text());
      Compare(value, Value::Null());
    }
  }

  void CompareLists(const Value& before, const Value& after) {
    auto old_items = before.AsList();
    auto new_items = after.AsList();
    for (size_t i = 0; i < std::max(old_items.size(), new_items.size()); ++i) {
      FieldPath::Step step(path_, i);
      Compare(i < old_items.size() ? old_items[i] : Value::Null(),
              i < new_items.size() ? new_items[i] : Value::Null());
    }
  }

  const std::vector<std::string>& ignore_;
  size_t limit_;
  std::vector<FieldDiff>& out_;
  FieldPath path_;
};

Value KeepAt(const Value& desired, const Value& actual, const std::vector<std::string>& ignore,
             FieldPath& path) {
  if (!path.text().empty() && AnyCovers(ignore, path.text())) {
    return actual.has_secret() ? desired : actual;  // of a secret only a digest is known
  }
  if (!desired.is(ValueKind::kRecord) || !actual.is(ValueKind::kRecord) || desired.secret()) {
    return desired;
  }
  std::vector<Field> fields;
  FieldIndex actual_fields(actual);
  for (const auto& [name, value] : desired.AsRecord()) {
    FieldPath::Step step(path, name.text());
    const Value* other = actual_fields.Find(name);
    fields.emplace_back(name, other == nullptr ? value : KeepAt(value, *other, ignore, path));
  }
  FieldIndex desired_fields(desired);
  for (const auto& [name, value] : actual.AsRecord()) {
    if (desired_fields.Find(name) != nullptr) continue;
    FieldPath::Step step(path, name.text());
    if (AnyCovers(ignore, path.text())) fields.emplace_back(name, value);
  }
  return Value::Record(std::move(fields));
}

}  // namespace

void FieldPath::AppendName(std::string_view name) {
  if (!IsIdentifier(name)) {
    text_ += '[' + Quote(name) + ']';
    return;
  }
  if (!text_.empty()) text_ += '.';
  text_ += name;
}

std::vector<FieldDiff> DiffFields(const Value& before, const Value& after,
                                  const std::vector<std::string>& ignore, size_t limit) {
  std::vector<FieldDiff> diff;
  if (!before.has_pending() && !after.has_pending() && before == after) return diff;
  const Value nothing = Value::Record({});
  Differ(ignore, limit, diff)
      .Compare(before.is_null() ? nothing : before, after.is_null() ? nothing : after);
  return diff;
}

bool PathCovers(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || path[prefix.size()] == '.' || path[prefix.size()] == '[';
}

bool AnyCovers(const std::vector<std::string>& prefixes, std::string_view path) {
  return std::ranges::any_of(prefixes,
                             [&](const auto& prefix) { return PathCovers(prefix, path); });
}

Value Overlay(const Value& base, const Value& top) {
  if (!base.is(ValueKind::kRecord) || !top.is(ValueKind::kRecord)) return top;
  std::vector<Field> fields;
  FieldIndex top_fields(top);
  for (const auto& [name, value] : base.AsRecord()) {
    const Value* over = top_fields.Find(name);
    fields.emplace_back(name, over == nullptr ? value : Overlay(value, *over));
  }
  FieldIndex base_fields(base);
  for (const auto& [name, value] : top.AsRecord()) {
    if (base_fields.Find(name) == nullptr) fields.emplace_back(name, value);
  }
  return Value::Record(std::move(fields));
}

Value Restrict(const Value& base, const Value& shape) {
  if (!base.is(ValueKind::kRecord) || !shape.is(ValueKind::kRecord)) return base;
  std::vector<Field> fields;
  FieldIndex shape_fields(shape);
  for (const auto& [name, value] : base.AsRecord()) {
    const Value* counterpart = shape_fields.Find(name);
    if (counterpart != nullptr) fields.emplace_back(name, Restrict(value, *counterpart));
  }
  return Value::Record(std::move(fields));
}

Value KeepIgnored(const Value& desired, const Value& actual,
                  const std::vector<std::string>& ignore) {
  if (ignore.empty()) return desired;
  FieldPath path;
  return KeepAt(desired, actual, ignore, path);
}

}  // namespace opsc
