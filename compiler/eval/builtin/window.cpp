// Looking at the rows of another dataset, one row at a time: the reference, which looks at all of
// them for each.
#include <algorithm>
#include <cmath>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/builtin/arguments.h"
#include "compiler/eval/callee.h"
#include "compiler/eval/rows.h"
#include "compiler/kernel/exact_sum.h"

namespace opsc::eval::builtin {
namespace {

// A row with its clocks and its place in the dataset: the order in which windows add.
struct Seen {
  int64_t event = 0;
  int64_t known = 0;
  const Value* row = nullptr;
};

// What had happened and was known at the time of the row at hand, in order.
std::vector<Seen> Visible(const RowAtHand& at, const std::vector<Value>& rows, const Clocks& clocks,
                          const Value& last) {
  std::vector<Seen> seen;
  for (const Value& row : rows) {
    const Value* event = row.Find(clocks.event_time);
    const Value* known = row.Find(clocks.known_at);
    if (event == nullptr || known == nullptr || event->is_null() || known->is_null()) continue;
    int64_t age = 0;
    bool before = event->AsInt() <= at.time && known->AsInt() <= at.time;
    if (!before) continue;
    bool far = __builtin_sub_overflow(at.time, event->AsInt(), &age);
    if (!last.is_null() && (far || age >= last.AsInt())) continue;
    seen.push_back({event->AsInt(), known->AsInt(), &row});
  }
  std::ranges::stable_sort(seen, [](const Seen& a, const Seen& b) {
    return std::pair(a.event, a.known) < std::pair(b.event, b.known);
  });
  return seen;
}

// The rows of the window, in order; after a failure: nothing.
std::vector<Value> RowsOfWindow(Call& call, const Value& by, const Value& last) {
  std::vector<Value> kept;
  const RowAtHand* at = call.in.row();
  auto clocks = call.args[0].is(ValueKind::kInstance)
                    ? ClocksOf(call.in, call.args[0].AsInstance().address)
                    : std::nullopt;
  auto table = clocks && at != nullptr ? at->tables.find(call.args[0].AsInstance().address)
                                       : RowTables::const_iterator();
  if (!clocks || at == nullptr || table == at->tables.end()) {
    BadArgument(call, "other rows are looked at in functions over rows");
    return kept;
  }
  Callee callee(call.in, by, 1, call.span);
  for (const Seen& seen : Visible(*at, table->second, *clocks, last)) {
    Value belongs = callee.Call(*seen.row);
    if (call.in.failed()) return {};
    if (belongs.AsBool()) kept.push_back(*seen.row);
  }
  return kept;
}

// The value of each row, in order.
std::vector<Value> ValuesOf(Call& call) {
  std::vector<Value> values;
  Callee callee(call.in, call.args[1], 1, call.span);
  for (const Value& row : call.args[0].AsList()) {
    values.push_back(callee.Call(row));
    if (call.in.failed()) return {};
  }
  return values;
}

bool IsReal(const Value& value) {
  return value.is(ValueKind::kFloat) || value.is(ValueKind::kRatio);
}

double ExactlyAdded(const std::vector<Value>& values) {
  kernel::ExactSum sum;
  for (const Value& value : values) sum.Add(value.AsFloat());
  return sum.Round();
}

// Exact, then rounded once; a sum of ints that does not fit is refused.
Value Added(Call& call, const std::vector<Value>& values) {
  if (IsReal(values[0])) {
    double sum = ExactlyAdded(values);
    return values[0].is(ValueKind::kFloat) ? Value::Float(sum) : Value::Ratio(sum);
  }
  kernel::ExactIntSum sum;
  for (const Value& value : values) sum.Add(value.AsInt());
  int64_t result = 0;
  if (!sum.Read(result)) return call.in.Fail(Diag::kOverflow, call.span, {"the sum of the window"});
  if (values[0].is(ValueKind::kDuration)) return Value::Duration(result);
  return values[0].is(ValueKind::kSize) ? Value::Size(result) : Value::Int(result);
}

// Before the other in the order in which -0.0 comes before 0.0.
bool Before(const Value& a, const Value& b) {
  if (!IsReal(a)) return a.AsInt() < b.AsInt();
  if (a.AsFloat() != b.AsFloat()) return a.AsFloat() < b.AsFloat();
  return std::signbit(a.AsFloat()) && !std::signbit(b.AsFloat());
}

// NaN where one is, null of none.
Value Best(Call& call, bool least) {
  Value best;
  for (const Value& value : ValuesOf(call)) {
    if (IsReal(value) && std::isnan(value.AsFloat())) return value;
    bool better = best.is_null() || (least ? Before(value, best) : Before(best, value));
    if (better) best = value;
  }
  return best;
}

}  // namespace

Value Window(Call& call) {
  std::vector<Value> rows = RowsOfWindow(call, call.args[1], call.args[2]);
  return call.in.failed() ? Value() : Value::List(std::move(rows));
}

Value AsOf(Call& call) {
  std::vector<Value> rows = RowsOfWindow(call, call.args[1], Value());
  return call.in.failed() || rows.empty() ? Value() : rows.back();
}

Value RowsCount(Call& call) {
  return Value::Int(static_cast<int64_t>(call.args[0].AsList().size()));
}

Value RowsSum(Call& call) {
  std::vector<Value> values = ValuesOf(call);
  if (call.in.failed()) return {};
  if (!values.empty()) return Added(call, values);
  call.args[0] = Value::List({});
  return Sum(call);
}

Value RowsMean(Call& call) {
  std::vector<Value> values = ValuesOf(call);
  if (call.in.failed() || values.empty()) return {};
  return Value::Float(ExactlyAdded(values) / static_cast<double>(values.size()));
}

Value RowsMin(Call& call) {
  return Best(call, true);
}
Value RowsMax(Call& call) {
  return Best(call, false);
}

Value RowsLast(Call& call) {
  std::vector<Value> values = ValuesOf(call);
  return call.in.failed() || values.empty() ? Value() : values.back();
}

}  // namespace opsc::eval::builtin
