// Lists with a function as argument. The function's frame is made once a call.
#include <algorithm>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/builtin/arguments.h"
#include "compiler/eval/callee.h"
#include "compiler/eval/record_builder.h"

namespace opsc::eval::builtin {
namespace {

// Calls `take(element, result)` for each element; false after a failure, or when it returned false.
template <typename Take>
bool ForEach(Call& call, Take&& take) {
  Value xs = call.args[0];
  Callee callee(call.in, call.args[1], 1, call.span);
  for (const Value& item : xs.AsList()) {
    Value result = callee.Call(item);
    if (call.in.failed() || !take(item, result)) return false;
  }
  return true;
}

// As ForEach, where the result is a bool. Pending results are collected: the answer waits for them.
template <typename Take>
Value ForEachTest(Call& call, Take&& take, const Value* stopped_with) {
  std::vector<Value> unknown;
  const Value* stopped = nullptr;
  ForEach(call, [&](const Value& item, const Value& holds) {
    if (IsPending(holds)) {
      unknown.push_back(holds);
      return true;
    }
    bool go_on = take(item, holds.AsBool());
    if (!go_on) stopped = stopped_with;
    return go_on;
  });
  if (stopped != nullptr) return *stopped;
  return unknown.empty() ? Value() : PendingOn(unknown);
}

// Elements with their keys, sorted; null after a failure.
Value Sorted(Call& call, std::vector<std::pair<Value, Value>> keyed) {
  std::vector<Value> unknown;
  for (const auto& [key, item] : keyed) {
    if (key.has_pending()) unknown.push_back(key);
  }
  if (!unknown.empty()) return PendingOn(unknown);
  for (size_t i = 1; i < keyed.size(); ++i) {  // all comparable with the first, so with each other
    auto order = Compare(keyed[0].first, keyed[i].first);
    if (!order) return call.in.Fail(order.error(), call.span);
  }
  std::ranges::stable_sort(keyed, [](const auto& a, const auto& b) {
    auto order = Compare(a.first, b.first);
    return order.has_value() && *order < 0;
  });
  std::vector<Value> items;
  items.reserve(keyed.size());
  for (auto& [key, item] : keyed) items.push_back(std::move(item));
  return Value::List(std::move(items));
}

}  // namespace

Value Map(Call& call) {
  std::vector<Value> items;
  items.reserve(call.args[0].AsList().size());
  bool done = ForEach(call, [&](const Value&, Value& result) {
    items.push_back(std::move(result));
    return true;
  });
  return done ? call.in.Checked(Value::List(std::move(items)), call.span) : Value();
}

Value Filter(Call& call) {
  std::vector<Value> kept;
  Value unknown = ForEachTest(
      call,
      [&](const Value& item, bool holds) {
        if (holds) kept.push_back(item);
        return true;
      },
      nullptr);
  return IsPending(unknown) ? unknown : Value::List(std::move(kept));
}

Value Fold(Call& call) {
  Value total = std::move(call.args[1]);
  Value xs = call.args[0];
  Callee callee(call.in, call.args[2], 2, call.span);
  auto step = [&](Value item) {
    total = callee.Call(std::move(total), std::move(item));
    return !call.in.failed();
  };
  if (call.range) {
    for (uint64_t i = 0; i < call.range->count; ++i) {
      if (!step(Value::Int(call.range->first + static_cast<int64_t>(i)))) return {};
    }
    return total;
  }
  for (const Value& item : xs.AsList()) {
    if (!step(item)) return {};
  }
  return total;
}

Value FlatMap(Call& call) {
  std::vector<Value> items;
  std::vector<Value> unknown;
  bool done = ForEach(call, [&](const Value&, const Value& part) {
    if (IsPending(part)) {
      unknown.push_back(part);
      return true;
    }
    if (!RequireKind(call, part, ValueKind::kList)) return false;
    items.insert(items.end(), part.AsList().begin(), part.AsList().end());
    return call.in.CheckSize(items.size(), call.span);
  });
  if (!done) return {};
  return unknown.empty() ? Value::List(std::move(items)) : PendingOn(unknown);
}

Value Any(Call& call) {
  const Value yes = Value::Bool(true);
  Value found = ForEachTest(call, [](const Value&, bool holds) { return !holds; }, &yes);
  return found.is_null() ? Value::Bool(false) : found;
}

Value Every(Call& call) {
  const Value no = Value::Bool(false);
  Value found = ForEachTest(call, [](const Value&, bool holds) { return holds; }, &no);
  return found.is_null() ? Value::Bool(true) : found;
}

Value Find(Call& call) {
  Value found;
  std::vector<Value> unknown;
  ForEach(call, [&](const Value& item, const Value& holds) {
    if (IsPending(holds)) {
      unknown.push_back(holds);
      return false;  // an earlier element may be the one
    }
    if (holds.AsBool()) found = item;
    return !holds.AsBool();
  });
  return unknown.empty() ? found : PendingOn(unknown);
}

Value SortBy(Call& call) {
  std::vector<std::pair<Value, Value>> keyed;
  bool done = ForEach(call, [&](const Value& item, Value& key) {
    keyed.emplace_back(std::move(key), item);
    return true;
  });
  return done ? Sorted(call, std::move(keyed)) : Value();
}

Value Sort(Call& call) {
  std::vector<std::pair<Value, Value>> keyed;
  for (const Value& item : call.args[0].AsList()) keyed.emplace_back(item, item);
  return Sorted(call, std::move(keyed));
}

Value GroupBy(Call& call) {
  std::vector<Symbol> names;
  std::unordered_map<Symbol, std::vector<Value>> groups;
  std::vector<Value> unknown;
  bool done = ForEach(call, [&](const Value& item, const Value& key) {
    if (IsPending(key)) {
      unknown.push_back(key);
      return true;
    }
    if (!RequireKind(call, key, ValueKind::kString)) return false;
    Symbol name(key.AsString());
    auto [group, fresh] = groups.try_emplace(name);
    if (fresh) names.push_back(name);
    group->second.push_back(item);
    return true;
  });
  if (!done) return {};
  if (!unknown.empty()) return PendingOn(unknown);
  std::vector<Field> fields;
  for (Symbol name : names) fields.emplace_back(name, Value::List(std::move(groups[name])));
  return call.in.Checked(Value::Record(std::move(fields)), call.span);
}

}  // namespace opsc::eval::builtin
