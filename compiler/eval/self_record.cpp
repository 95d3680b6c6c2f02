// Records whose fields read each other through `self`: made field by field, on demand.
#include "compiler/eval/interpreter.h"
#include "compiler/eval/memoise.h"
#include "compiler/eval/record_builder.h"
#include "compiler/model/walk.h"

namespace opsc::eval {

bool Interpreter::UsesSelf(ExprId id) {
  constexpr uint8_t kNo = 1;
  constexpr uint8_t kYes = 2;
  auto at = static_cast<size_t>(id);
  if (at >= uses_self_.size()) uses_self_.resize(model_.exprs.size(), 0);
  if (uses_self_[at] != 0) return uses_self_[at] == kYes;
  const Expr& expr = model_.exprs[id];
  bool uses = std::holds_alternative<SelfFieldExpr>(expr.node);
  ForEachChild(expr, [&](ExprId child) { uses = UsesSelf(child) || uses; });
  uses_self_[at] = uses ? kYes : kNo;
  return uses;
}

Value Interpreter::SelfRecordField(RecordSelf& self, size_t entry) {
  const RecordEntry& field = self.record->entries[entry];
  Span span = model_.exprs[field.value].span;
  Frame inner = self.frame;
  inner.self.record = &self;
  return Memoise(
      self.fields[entry], span, [&] { return "self." + field.name.str(); },
      [&] { return Eval(field.value, inner); });
}

Value Interpreter::EvalSelfRecord(const RecordExpr& e, const Expr& expr, Frame& frame) {
  auto self = std::make_unique<RecordSelf>();
  self->record = &e;
  self->frame = frame;
  self->fields.resize(e.entries.size());
  RecordBuilder record;
  std::vector<Value> unknown;
  for (size_t i = 0; i < e.entries.size() && !failed_; ++i) {
    const RecordEntry& entry = e.entries[i];
    Value name = entry.key ? Eval(*entry.key, frame) : Value();
    if (failed_) break;
    Value field = SelfRecordField(*self, i);
    if (failed_) break;
    if (field.origin() == OriginId::kUnknown) field.SetOrigin(Origins::OfExpr(entry.value));
    if (entry.spread && field.is(ValueKind::kRecord)) {
      for (const auto& [part, value] : field.AsRecord()) record.Set(part, value);
    } else if (entry.spread && !IsPending(field)) {
      FailSpread(entry.value, field, "a record");
    } else if (entry.spread || IsPending(name)) {
      unknown.push_back(PendingOn({name, field}));
    } else {
      record.Set(entry.key ? Symbol(name.AsString()) : entry.name, std::move(field));
    }
  }
  if (self->escaped) kept_selves_.push_back(std::move(self));
  if (failed_) return {};
  Value result = Checked(record.Finish(), expr.span);
  if (unknown.empty()) return result;
  unknown.push_back(result);
  return PendingOn(unknown);
}

Value Interpreter::EvalNode(const SelfFieldExpr& e, const Expr& expr, Frame& frame) {
  for (RecordSelf* self = frame.self.record; self != nullptr; self = self->frame.self.record) {
    const auto& entries = self->record->entries;
    for (size_t i = entries.size(); i-- > 0;) {
      if (!entries[i].spread && !entries[i].key && entries[i].name == e.name) {
        return SelfRecordField(*self, i);
      }
    }
    for (size_t i = entries.size(); i-- > 0;) {
      if (!entries[i].spread) continue;
      Value spread = SelfRecordField(*self, i);
      if (failed_ || IsPending(spread)) return spread;
      if (const Value* field = spread.Find(e.name)) return *field;
    }
  }
  if (frame.self.instance != nullptr) {
    auto value = Member(*frame.self.instance, e.name, expr.span);
    if (value || failed_) return value.value_or(Value());
  }
  if (model_.types.As<OptionalType>(expr.type) != nullptr) return Value::Null();
  return Fail(Diag::kNoSuchKey, expr.span, {e.name.text(), "`self`"});
}

}  // namespace opsc::eval
