// Lists and maps, without functions as arguments.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/builtin/arguments.h"
#include "compiler/eval/interpreter.h"
#include "compiler/eval/record_builder.h"

namespace opsc::eval::builtin {
namespace {

// How many of `count` elements `n` asks for; a negative number is refused.
std::optional<size_t> Clamped(Call& call, const Value& n, size_t count) {
  if (n.AsInt() < 0) {
    BadArgument(call, fmt::format("{} elements cannot be taken", n.AsInt()));
    return std::nullopt;
  }
  return std::min<size_t>(static_cast<size_t>(n.AsInt()), count);
}

Value ListOf(std::span<const Value> items) {
  return Value::List(std::vector<Value>(items.begin(), items.end()));
}

// The sum of nothing, in the type of the result.
Value Zero(Call& call) {
  const Types& types = call.in.model().types;
  if (IsNone(call.type)) return Value::Int(0);
  if (types.Is(call.type, Prim::kFloat)) return Value::Float(0);
  if (types.Is(call.type, Prim::kRatio)) return Value::Ratio(0);
  if (types.Is(call.type, Prim::kDuration)) return Value::Duration(0);
  if (types.Is(call.type, Prim::kSize)) return Value::Size(0);
  return Value::Int(0);
}

// The first, unless the second is less (`smallest`) or more; what is no number is neither.
Value Extreme(Call& call, const Value& a, const Value& b, bool smallest) {
  Outcome second = smallest ? ApplyBinary(BinaryOp::kLt, b, a) : ApplyBinary(BinaryOp::kLt, a, b);
  if (!second) return call.in.Fail(second.error(), call.span);
  return second->AsBool() ? b : a;
}

}  // namespace

Value Length(Call& call) {
  const Value& of = call.args[0];
  switch (of.kind()) {
    case ValueKind::kList:
      return Value::Int(static_cast<int64_t>(of.AsList().size()));
    case ValueKind::kRecord:
      return Value::Int(static_cast<int64_t>(of.AsRecord().size()));
    case ValueKind::kString: {
      auto text = of.AsString();
      return Value::Int(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
    }
    case ValueKind::kBytes:
      return Value::Int(static_cast<int64_t>(of.AsString().size()));
    default:
      return BadArgument(call, fmt::format("{} has no length", KindName(of)));
  }
}

Value Flatten(Call& call) {
  std::vector<Value> items;
  std::vector<Value> unknown;
  for (const Value& part : call.args[0].AsList()) {
    if (IsPending(part)) {
      unknown.push_back(part);
    } else if (RequireKind(call, part, ValueKind::kList)) {
      items.insert(items.end(), part.AsList().begin(), part.AsList().end());
    } else {
      return {};
    }
  }
  if (!call.in.CheckSize(items.size(), call.span)) return {};
  return unknown.empty() ? Value::List(std::move(items)) : PendingOn(unknown);
}

Value Reverse(Call& call) {
  auto items = call.args[0].AsList();
  return Value::List(std::vector<Value>(items.rbegin(), items.rend()));
}

Value Distinct(Call& call) {
  std::vector<Value> kept;
  std::unordered_multimap<size_t, size_t> by_hash;
  for (const Value& item : call.args[0].AsList()) {
    size_t hash = HashOf(item);
    auto [begin, end] = by_hash.equal_range(hash);
    bool known = std::any_of(begin, end, [&](const auto& at) { return kept[at.second] == item; });
    if (known) continue;
    by_hash.emplace(hash, kept.size());
    kept.push_back(item);
  }
  return Value::List(std::move(kept));
}

Value First(Call& call) {
  auto items = call.args[0].AsList();
  return items.empty() ? Value::Null() : items.front();
}

Value Last(Call& call) {
  auto items = call.args[0].AsList();
  return items.empty() ? Value::Null() : items.back();
}

Value Take(Call& call) {
  auto items = call.args[0].AsList();
  auto count = Clamped(call, call.args[1], items.size());
  return count ? ListOf(items.first(*count)) : Value();
}

Value Drop(Call& call) {
  auto items = call.args[0].AsList();
  auto count = Clamped(call, call.args[1], items.size());
  return count ? ListOf(items.subspan(*count)) : Value();
}

Value Zip(Call& call) {
  auto xs = call.args[0].AsList();
  auto ys = call.args[1].AsList();
  const Symbol first("first");
  const Symbol second("second");
  std::vector<Value> pairs;
  for (size_t i = 0; i < std::min(xs.size(), ys.size()); ++i) {
    Field fields[] = {{first, xs[i]}, {second, ys[i]}};
    pairs.push_back(Value::RecordOf(fields));
  }
  return call.in.Checked(Value::List(std::move(pairs)), call.span);
}

Value Sum(Call& call) {
  auto items = call.args[0].AsList();
  if (items.empty()) return Zero(call);
  Value total = items[0];
  for (const Value& item : items.subspan(1)) {
    Outcome next = AddValues(total, item);
    if (!next) return call.in.Fail(next.error(), call.span);
    total = *std::move(next);
  }
  return total;
}

Value Min(Call& call) {
  return Extreme(call, call.args[0], call.args[1], true);
}
Value Max(Call& call) {
  return Extreme(call, call.args[0], call.args[1], false);
}
Value Clamp(Call& call) {
  Value above = Extreme(call, call.args[0], call.args[1], false);
  return call.in.failed() ? Value() : Extreme(call, above, call.args[2], true);
}

Value Keys(Call& call) {
  std::vector<Value> names;
  for (const auto& [name, unused] : call.args[0].AsRecord()) {
    names.push_back(Value::String(name.text()));
  }
  return Value::List(std::move(names));
}

Value Values(Call& call) {
  std::vector<Value> values;
  for (const auto& [name, value] : call.args[0].AsRecord()) values.push_back(value);
  return Value::List(std::move(values));
}

Value Merge(Call& call) {
  RecordBuilder merged;
  for (const Value& part : call.args) {
    for (const auto& [name, value] : part.AsRecord()) merged.Set(name, value);
  }
  return Value(merged.Finish());
}

Value Range(Call& call) {
  int64_t from = call.args[0].AsInt();
  int64_t to = call.args[1].AsInt();
  if (to <= from) return Value::List({});
  uint64_t count = static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
  if (count > call.in.options().max_elements) return call.in.TooManyElements(call.span);
  return Value::Ints(from, count);
}

}  // namespace opsc::eval::builtin
