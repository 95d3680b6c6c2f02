// Records over rows: of columns, and what is read from them.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/kernel/lowering.h"

namespace opsc::kernel {
namespace {

Lowered FieldOfKnown(Lowering& l, const Known& object, const MemberExpr& member, ExprId at) {
  if (object.value.is_null() && member.optional) return Known{};
  const Value* field = object.value.Find(member.name);
  if (field != nullptr) return Known{*field};
  auto value = l.in.constants->Of(at, kNone<FnId>, {});
  return value ? Lowered(Known{*std::move(value)}) : Lowered(Broken{});
}

void SetField(RecordOf& record, Symbol name, Lowered value) {
  for (auto& [field, old] : record.fields) {
    if (field != name) continue;
    old = std::move(value);
    return;
  }
  record.fields.emplace_back(name, std::move(value));
}

bool AddSpread(Lowering& l, RecordOf& record, const Lowered& spread, ExprId at) {
  if (const auto* row = std::get_if<RowOf>(&spread)) {
    for (const RowField& field : row->table->schema.fields) {
      if (!field.name.starts_with(row->prefix)) continue;
      SetField(record, Symbol(field.name.substr(row->prefix.size())),
               ReadColumn(l, *row->table, Symbol(field.name), at));
    }
    return true;
  }
  if (const auto* other = std::get_if<std::shared_ptr<const RecordOf>>(&spread)) {
    for (const auto& [name, value] : (*other)->fields) SetField(record, name, value);
    return true;
  }
  const auto* known = std::get_if<Known>(&spread);
  if (known == nullptr || !known->value.is(ValueKind::kRecord)) {
    if (!IsBroken(spread)) Refuse(l, at, "spreading this");
    return false;
  }
  for (const auto& [name, value] : known->value.AsRecord()) SetField(record, name, Known{value});
  return true;
}

// A column of the row, or the record that columns of it make up.
Lowered FieldOfRow(Lowering& l, const RowOf& row, Symbol name, ExprId at) {
  std::string column = row.prefix + name.str();
  std::string prefix = column + ".";
  bool record = std::ranges::any_of(row.table->schema.fields, [&](const RowField& field) {
    return field.name.starts_with(prefix);
  });
  if (record) return RowOf{row.table, std::move(prefix)};
  return ReadColumn(l, *row.table, Symbol(column), at);
}

}  // namespace

Lowered LowerMember(Lowering& l, Place& place, const MemberExpr& member, ExprId at) {
  Lowered object = LowerExpr(l, place, member.object);
  if (const auto* row = std::get_if<RowOf>(&object)) return FieldOfRow(l, *row, member.name, at);
  if (const auto* record = std::get_if<std::shared_ptr<const RecordOf>>(&object)) {
    return FieldOfRecord(**record, member.name);
  }
  const auto* window = std::get_if<std::shared_ptr<const WindowOf>>(&object);
  if (window != nullptr && (*window)->one) return FieldOfLast(l, **window, member.name, at);
  if (const auto* known = std::get_if<Known>(&object)) return FieldOfKnown(l, *known, member, at);
  if (IsBroken(object)) return object;
  return Refuse(l, at, "reading a field of this");
}

Lowered LowerSelf(Lowering& l, Place& place, Symbol name, ExprId at) {
  SelfOf* self = place.self;
  for (size_t i = 0; self != nullptr && i < self->record->entries.size(); ++i) {
    const RecordEntry& entry = self->record->entries[i];
    if (entry.spread || entry.name != name) continue;
    auto known = self->done.find(i);
    if (known != self->done.end()) return known->second;
    Builder& b = l.builder();
    NodeId outer = b.guard();
    b.set_guard(self->guard);
    Lowered value = LowerExpr(l, *self->place, entry.value);
    b.set_guard(outer);
    return self->done[i] = std::move(value);
  }
  auto value = l.in.constants->Of(at, place.fn, place.lambda);
  return value ? Lowered(Known{*std::move(value)}) : Lowered(Broken{});
}

Lowered LowerRecord(Lowering& l, Place& place, const RecordExpr& expr, ExprId at) {
  auto record = std::make_shared<RecordOf>();
  SelfOf self{&expr, &place, l.builder().guard(), {}};
  SelfOf* outer = std::exchange(place.self, &self);
  bool good = true;
  for (size_t i = 0; i < expr.entries.size(); ++i) {
    const RecordEntry& entry = expr.entries[i];
    if (entry.key) {
      good = false;
      Refuse(l, at, "a computed name of a column");
      continue;
    }
    auto known = self.done.find(i);
    Lowered value = known != self.done.end() ? known->second : LowerExpr(l, place, entry.value);
    if (entry.spread) {
      good = AddSpread(l, *record, value, entry.value) && good;
      continue;
    }
    good = good && !IsBroken(value);
    self.done[i] = value;
    SetField(*record, entry.name, std::move(value));
  }
  place.self = outer;
  if (!good) return Broken{};
  return std::shared_ptr<const RecordOf>(std::move(record));
}

Lowered FieldOfRecord(const RecordOf& record, Symbol name) {
  for (const auto& [field, value] : record.fields) {
    if (field == name) return value;
  }
  return Known{};  // an optional field that was not given
}

}  // namespace opsc::kernel
