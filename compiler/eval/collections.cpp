// Lists and records: literals, comprehensions, `with`.
#include <fmt/format.h>

#include "compiler/eval/interpreter.h"
#include "compiler/eval/record_builder.h"

namespace opsc::eval {
namespace {

void MarkOrigin(Value& value, ExprId expr) {
  if (value.origin() == OriginId::kUnknown) value.SetOrigin(Origins::OfExpr(expr));
}

}  // namespace

Value Interpreter::EvalNode(const ListExpr& e, const Expr& expr, Frame& frame) {
  size_t mark = items_.size();
  Value unknown;  // pending, where a spread is
  for (const ListElement& element : e.elements) {
    Value item = Eval(element.value, frame);
    if (failed_) break;
    MarkOrigin(item, element.value);
    if (!element.spread) {
      items_.push_back(std::move(item));
    } else if (IsPending(item)) {
      unknown = unknown.is_null() ? item : PendingOn({unknown, item});
    } else if (item.is(ValueKind::kList)) {
      for (const Value& part : item.AsList()) items_.push_back(part);
    } else {
      FailSpread(element.value, item, "a list");
      break;
    }
  }
  return FinishList(mark, unknown, expr.span);
}

Value Interpreter::FailSpread(ExprId spread, const Value& value, std::string_view into) {
  return Fail(Diag::kNoSuchOperation, model_.exprs[spread].span,
              {fmt::format("`...` spreads {} into {}", KindName(value), into)});
}

// The list of all items from `mark` on, or what it waits for.
Value Interpreter::FinishList(size_t mark, const Value& unknown, Span span) {
  Value result;
  if (!failed_ && CheckSize(items_.size() - mark, span)) {
    std::span<Value> items = std::span(items_).subspan(mark);
    if (IsPending(unknown)) {
      Value rest = PendingOn(items);
      result = PendingOn({unknown, rest});
    } else {
      result = Checked(Value::ListOf(items), span);
    }
  }
  items_.erase(items_.begin() + static_cast<ptrdiff_t>(mark), items_.end());
  return result;
}

Value Interpreter::EvalNode(const RecordExpr& e, const Expr& expr, Frame& frame) {
  bool plain = true;
  for (const RecordEntry& entry : e.entries) plain = plain && !entry.spread && !entry.key;
  if (UsesSelf(IdOf(expr))) return EvalSelfRecord(e, expr, frame);
  return plain ? EvalPlainRecord(e, expr, frame) : EvalMixedRecord(e, expr, frame);
}

Value Interpreter::EvalPlainRecord(const RecordExpr& e, const Expr& expr, Frame& frame) {
  size_t mark = fields_.size();
  for (const RecordEntry& entry : e.entries) {
    Value field = Eval(entry.value, frame);
    if (failed_) break;
    MarkOrigin(field, entry.value);
    fields_.emplace_back(entry.name, std::move(field));
  }
  Value result;
  if (!failed_) result = Checked(Value::RecordOf(std::span(fields_).subspan(mark)), expr.span);
  fields_.erase(fields_.begin() + static_cast<ptrdiff_t>(mark), fields_.end());
  return result;
}

// Spreads and computed names: the later one wins.
Value Interpreter::EvalMixedRecord(const RecordExpr& e, const Expr& expr, Frame& frame) {
  RecordBuilder record;
  std::vector<Value> unknown;
  for (const RecordEntry& entry : e.entries) {
    Value name = entry.key ? Eval(*entry.key, frame) : Value();
    if (failed_) return {};
    Value field = Eval(entry.value, frame);
    if (failed_) return {};
    MarkOrigin(field, entry.value);
    if (entry.spread && field.is(ValueKind::kRecord)) {
      for (const auto& [part, value] : field.AsRecord()) record.Set(part, value);
    } else if (entry.spread || IsPending(name)) {
      if (entry.spread && !IsPending(field)) return FailSpread(entry.value, field, "a record");
      unknown.push_back(PendingOn({name, field}));
    } else {
      record.Set(entry.key ? Symbol(name.AsString()) : entry.name, std::move(field));
    }
  }
  if (!CheckSize(record.size(), expr.span)) return {};
  Value result = Checked(record.Finish(), expr.span);
  if (unknown.empty()) return result;
  unknown.push_back(result);
  return PendingOn(unknown);
}

template <typename Body>
bool Interpreter::ForEachElement(const Value& over, uint32_t slot, std::optional<uint32_t> second,
                                 Frame& frame, Span span, Body&& body) {
  auto round = [&](Value first, const Value& element) {
    Value& own = frame.slots[second ? *second : slot];
    if (second) frame.slots[slot] = std::move(first);
    own = over.secret() ? element.WithSecret() : element;
    return body() && !failed_;
  };
  if (over.is(ValueKind::kList)) {
    auto items = over.AsList();
    for (size_t i = 0; i < items.size(); ++i) {
      if (!round(Value::Int(static_cast<int64_t>(i)), items[i])) return false;
    }
  } else if (over.is(ValueKind::kRecord)) {
    for (const auto& [name, value] : over.AsRecord()) {
      Value key = second ? Value::String(name.text()) : Value();
      if (!round(over.secret() ? key.WithSecret() : std::move(key), value)) return false;
    }
  } else {
    Fail(Diag::kNoSuchOperation, span, {fmt::format("`for` cannot go over {}", KindName(over))});
  }
  return !failed_;
}

Value Interpreter::PendingLoop(const Value& over, uint32_t slot, std::optional<uint32_t> second,
                               std::initializer_list<std::optional<ExprId>> parts, Frame& frame) {
  std::vector<std::string> waits;
  AddWaits(over, waits);
  frame.slots[slot] = over;
  if (second) frame.slots[*second] = over;
  for (const std::optional<ExprId>& part : parts) {
    if (part) SpeculateWith(waits, [&] { return Eval(*part, frame); });
  }
  Value pending = Value::Pending(std::move(waits));
  return over.secret() ? pending.WithSecret() : pending;
}

Value Interpreter::EvalNode(const ListCompExpr& e, const Expr& expr, Frame& frame) {
  Value over = Eval(e.over, frame);
  if (failed_) return {};
  if (IsPending(over))
    return PendingLoop(over, e.slot, e.second_slot, {e.condition, e.value}, frame);
  size_t mark = items_.size();
  Value unknown;
  ForEachElement(over, e.slot, e.second_slot, frame, expr.span, [&] {
    if (e.condition) {
      Value keep = Eval(*e.condition, frame);
      if (failed_) return false;
      if (IsPending(keep)) {
        unknown = unknown.is_null() ? keep : PendingOn({unknown, keep});
      } else if (!keep.AsBool()) {
        return true;
      }
    }
    Value item = Eval(e.value, frame);
    if (failed_) return false;
    MarkOrigin(item, e.value);
    items_.push_back(std::move(item));
    return CheckSize(items_.size() - mark, expr.span);
  });
  Value result = FinishList(mark, unknown, expr.span);
  return over.secret() ? result.WithSecret() : result;
}

Value Interpreter::EvalNode(const RecordCompExpr& e, const Expr& expr, Frame& frame) {
  Value over = Eval(e.over, frame);
  if (failed_) return {};
  if (IsPending(over)) {
    return PendingLoop(over, e.slot, e.second_slot, {e.condition, e.key, e.value}, frame);
  }
  RecordBuilder record;
  std::vector<Value> unknown;
  bool done = ForEachElement(over, e.slot, e.second_slot, frame, expr.span, [&] {
    Value keep = e.condition ? Eval(*e.condition, frame) : Value::Bool(true);
    if (failed_) return false;
    if (!IsPending(keep) && !keep.AsBool()) return true;
    Value key = Eval(e.key, frame);
    if (failed_) return false;
    Value value = Eval(e.value, frame);
    if (failed_) return false;
    if (IsPending(keep) || IsPending(key)) {
      unknown.push_back(PendingOn({keep, key, value}));
      return true;
    }
    MarkOrigin(value, e.value);
    Symbol name(key.AsString());
    if (record.Find(name) != nullptr) {
      Fail(Diag::kDuplicateKey, model_.exprs[e.key].span, {name.text()});
      return false;
    }
    record.Add(name, std::move(value));
    return CheckSize(record.size(), expr.span);
  });
  if (!done || failed_) return {};
  Value result = Checked(record.Finish(), expr.span);
  if (over.secret()) result = result.WithSecret();
  if (unknown.empty()) return result;
  unknown.push_back(result);
  return PendingOn(unknown);
}

// Deep on records, replacing on everything else.
Value Interpreter::Overridden(const Value& base, const Value& changes, Span with) {
  RecordBuilder record;
  for (const auto& [name, value] : base.AsRecord()) record.Add(name, value);
  for (const auto& [name, change] : changes.AsRecord()) {
    const Value* own = record.Find(name);
    bool deep = own != nullptr && own->is(ValueKind::kRecord) && change.is(ValueKind::kRecord);
    Value value = deep ? Overridden(*own, change, with) : change;
    if (!deep) value.SetOrigin(origins_.Link("`with` sets " + name.str(), with, value.origin()));
    record.Set(name, std::move(value));
  }
  Value result = record.Finish();
  result.SetOrigin(base.origin());
  return result;
}

Value Interpreter::EvalNode(const WithExpr& e, const Expr& expr, Frame& frame) {
  Value base = Eval(e.base, frame);
  if (failed_) return {};
  Value changes = Eval(e.changes, frame);
  if (failed_) return {};
  if (IsPending(base) || IsPending(changes)) return PendingOn({base, changes});
  bool records = base.is(ValueKind::kRecord) && changes.is(ValueKind::kRecord);
  if (!records) {
    return Fail(Diag::kNoSuchOperation, expr.span,
                {fmt::format("`with` has no meaning for {}", KindName(base))});
  }
  return Checked(Overridden(base, changes, model_.exprs[e.changes].span), expr.span);
}

}  // namespace opsc::eval
