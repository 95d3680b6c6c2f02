#include <fmt/format.h>

#include <limits>

#include "compiler/eval/random_kernel.h"

namespace opsc {
namespace {

// Makes expressions of a type; below depth 0 only leaves.
class Expressions {
 public:
  explicit Expressions(Choices& choices) : c_(choices) {}

  std::string Float(int depth) {
    if (depth <= 0) return Leaf({"r.a", "r.b", "0.0", "1.5", "-2.25", "1e300", "(r.x ?? 0.5)"});
    switch (c_.Below(14)) {
      case 0:
      case 1:
      case 2: {
        std::string op = Leaf({"+", "-", "*", "/"});
        return fmt::format("({} {} {})", Float(depth - 1), op, Float(depth - 1));
      }
      case 3:
        return fmt::format("(-{})", Float(depth - 1));
      case 4: {
        std::string f = Leaf({"log", "log1p", "exp", "expm1", "sqrt", "sin", "cos", "abs"});
        return fmt::format("{}({})", f, Float(depth - 1));
      }
      case 5:
        return fmt::format("{}({}, {})", Leaf({"min", "max", "pow"}), Float(depth - 1),
                           Float(depth - 1));
      case 6:
        return fmt::format("clamp({}, -3.0, 3.0)", Float(depth - 1));
      case 7:
        return fmt::format("to_float({})", Int(depth - 1));
      case 8:
        return fmt::format("seconds({})", Duration(depth - 1));
      case 9:
        return fmt::format("(r.x ?? {})", Float(depth - 1));
      case 10:
        return fmt::format("(match r.s {{ \"a\" => {}, \"Abc\" => {}, else => {} }})",
                           Float(depth - 1), Float(depth - 1), Float(depth - 1));
      case 11:
        return fmt::format("plus(r.x, {}, {})", Float(depth - 1), Float(depth - 1));
      case 12:
        return fmt::format("twice({})", Float(depth - 1));
      default:
        return fmt::format("(if {} then {} else {})", Bool(depth - 1), Float(depth - 1),
                           Float(depth - 1));
    }
  }

  std::string Int(int depth) {
    if (depth <= 0) return Leaf({"r.n", "r.id", "0", "7", "-3", "(r.m ?? 1)"});
    switch (c_.Below(12)) {
      case 0:
      case 1: {
        std::string op = Leaf({"+", "-", "*", "/", "%"});
        return fmt::format("({} {} {})", Int(depth - 1), op, Int(depth - 1));
      }
      case 2:
        return fmt::format("({} % 1000)", Int(depth - 1));
      case 3:
        return fmt::format("(-{})", Int(depth - 1));
      case 4:
        return fmt::format("{}(clamp({}, -9.0, 9.0))", Leaf({"floor", "ceil", "round"}),
                           Float(depth - 1));
      case 5:
        return fmt::format("{}({})", Leaf({"year", "month", "day", "weekday", "hour", "minute"}),
                           Time(depth - 1));
      case 6:
        return fmt::format("length({})", Text(depth - 1));
      case 7:
        return fmt::format("hash_bucket({}, 7)", Text(depth - 1));
      case 8:
        return fmt::format("{}({}, {})", Leaf({"min", "max"}), Int(depth - 1), Int(depth - 1));
      case 9:
        return fmt::format("abs({})", Int(depth - 1));
      case 10:
        return fmt::format("or_else(r.m, {})", Int(depth - 1));
      default:
        return fmt::format("(if {} then {} else {})", Bool(depth - 1), Int(depth - 1),
                           Int(depth - 1));
    }
  }

  std::string Bool(int depth) {
    if (depth <= 0)
      return Leaf({"r.flag", "missing(r.x)", "(r.kind in [\"red\", \"blue\"])", "true"});
    switch (c_.Below(11)) {
      case 0:
        return fmt::format("({} {} {})", Float(depth - 1), Order(), Float(depth - 1));
      case 1:
        return fmt::format("({} {} {})", Int(depth - 1), Order(), Int(depth - 1));
      case 2:
        return fmt::format("({} {} {})", Text(depth - 1), Order(), Text(depth - 1));
      case 3:
        return fmt::format("({} {} {})", Bool(depth - 1), Leaf({"and", "or"}), Bool(depth - 1));
      case 4:
        return fmt::format("(not {})", Bool(depth - 1));
      case 5:
        return fmt::format("{}({})", Leaf({"is_nan", "is_finite"}), Float(depth - 1));
      case 6:
        return fmt::format("{}({}, {})", Leaf({"contains", "starts_with", "ends_with"}),
                           Text(depth - 1), Leaf({"\"a\"", "\"\"", "\"ß\"", "r.kind"}));
      case 7:
        return fmt::format("(or_else(r.m, {}) in [1, 7, -3])", Int(depth - 1));
      case 8:
        return fmt::format("matches({}, \"[a-z]*\")", Text(depth - 1));
      case 9:
        return fmt::format("(r.t == {})", Text(depth - 1));
      default:
        return fmt::format("({} {} {})", Duration(depth - 1), Order(), Duration(depth - 1));
    }
  }

  std::string Text(int depth) {
    if (depth <= 0) return Leaf({"r.s", "(r.kind + \"\")", "(r.t ?? \"none\")", "\"a\"", "\"\""});
    switch (c_.Below(8)) {
      case 0:
        return fmt::format("{}({})", Leaf({"lower", "upper", "trim"}), Text(depth - 1));
      case 1:
        return fmt::format("({} + {})", Text(depth - 1), Text(depth - 1));
      case 2:
        return fmt::format("replace({}, \"a\", {})", Text(depth - 1), Text(depth - 1));
      case 3:
        return fmt::format("slice({}, 0, 2)", Text(depth - 1));
      case 4:
        return fmt::format("slice({}, {}, 9)", Text(depth - 1), Int(depth - 1));
      case 5:
        return fmt::format("\"<${{{}}}>\"", Text(depth - 1));
      default:
        return fmt::format("(if {} then {} else {})", Bool(depth - 1), Text(depth - 1),
                           Text(depth - 1));
    }
  }

  std::string Duration(int depth) {
    if (depth <= 0) return Leaf({"r.d", "5min", "1ns"});
    switch (c_.Below(5)) {
      case 0:
        return fmt::format("({} {} {})", Duration(depth - 1), Leaf({"+", "-"}),
                           Duration(depth - 1));
      case 1:
        return fmt::format("({} {} {})", Duration(depth - 1), Leaf({"*", "/"}), Float(depth - 1));
      case 2:
        return fmt::format("({} * {})", Duration(depth - 1), Int(depth - 1));
      case 3:
        return fmt::format("({} - r.at)", Time(depth - 1));
      default:
        return fmt::format("({} / 3)", Duration(depth - 1));
    }
  }

  std::string Time(int depth) {
    if (depth <= 0) return "r.at";
    return fmt::format("({} {} {})", Time(depth - 1), Leaf({"+", "-"}), Duration(depth - 1));
  }

  std::string Any(int depth) {
    switch (c_.Below(9)) {
      case 0:
      case 1:
        return Float(depth);
      case 2:
        return Int(depth);
      case 3:
        return Bool(depth);
      case 4:
        return Text(depth);
      case 5:
        return Duration(depth);
      case 6:
        return fmt::format("(if {} then {} else null)", Bool(depth - 1), Float(depth - 1));
      case 7:
        return fmt::format("(if {} then r.t else null)", Bool(depth - 1));
      default:
        return Leaf({"r.x", "r.m", "r.t", "r.kind", "r.at"});
    }
  }

 private:
  std::string Leaf(std::initializer_list<std::string_view> items) {
    return std::string(items.begin()[c_.Below(items.size())]);
  }
  std::string Order() { return Leaf({"<", "<=", ">", ">=", "==", "!="}); }

  Choices& c_;
};

Value RandomFloat(Choices& c) {
  using Limits = std::numeric_limits<double>;
  constexpr double kOdd[] = {0.0,
                             -0.0,
                             1.0,
                             -1.0,
                             0.5,
                             3.25,
                             -7.5,
                             Limits::infinity(),
                             -Limits::infinity(),
                             Limits::quiet_NaN(),
                             Limits::denorm_min(),
                             -Limits::min() / 4,
                             Limits::max(),
                             1e-300,
                             1e17,
                             9.3e18};
  if (c.Below(3) == 0) return Value::Float(c.OneOf(kOdd));
  return Value::Float((static_cast<double>(c.Below(2'000'001)) - 1e6) / 1000);
}

Value RandomInt(Choices& c) {
  constexpr int64_t kOdd[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_MAX - 1, 1'000'000'007};
  if (c.Below(8) == 0) return Value::Int(c.OneOf(kOdd));
  return Value::Int(static_cast<int64_t>(c.Below(201)) - 100);
}

Value RandomText(Choices& c) {
  constexpr std::string_view kTexts[] = {"",     "a",   "Abc",  " a ", "straße",
                                         "日本", "aaa", "none", "zz"};
  return Value::String(c.OneOf(kTexts));
}

}  // namespace

size_t Choices::Below(size_t count) {
  if (!from_bytes_) return engine_() % count;
  if (bytes_.empty()) return 0;
  auto byte = static_cast<unsigned char>(bytes_.front());
  bytes_.remove_prefix(1);
  return byte % count;
}

std::string RowDeclarations() {
  return R"(type Row {
  @key id: int
  a: float
  b: float
  x: float?
  n: int
  m: int?
  s: string
  t: string?
  kind: "red" | "green" | "blue"
  d: duration
  flag: bool
  @event_time @known_at at: time
}
fn twice(x: float) -> float = x + x
fn plus(x: float?, y: float, z: float) -> float = if x != null then x + y else z
fn or_else(m: int?, n: int) -> int = if m == null then n else m
fn missing(x: float?) -> bool = x == null
dataset rows { rows: Row }
)";
}

std::string RandomFeatures(Choices& choices, const std::string& name, int depth) {
  Expressions expressions(choices);
  std::string columns;
  size_t count = 1 + choices.Below(3);
  for (size_t i = 0; i < count; ++i) {
    columns += fmt::format("    c{}: {}\n", i, expressions.Any(depth));
  }
  columns += "    first: self.c0\n";
  return fmt::format("features {} {{\n  of: rows\n  columns: r => {{\n{}  }}\n}}\n", name, columns);
}

Value RandomRow(Choices& choices, int64_t id) {
  constexpr std::string_view kKinds[] = {"red", "green", "blue"};
  auto maybe = [&](Value value) { return choices.Below(3) == 0 ? Value::Null() : value; };
  int64_t day = 86'400'000'000'000;
  auto some_day = static_cast<int64_t>(choices.Below(40'000)) - 10'000;
  std::vector<Field> fields;
  fields.emplace_back(Symbol("id"), Value::Int(id));
  fields.emplace_back(Symbol("a"), RandomFloat(choices));
  fields.emplace_back(Symbol("b"), RandomFloat(choices));
  fields.emplace_back(Symbol("x"), maybe(RandomFloat(choices)));
  fields.emplace_back(Symbol("n"), RandomInt(choices));
  fields.emplace_back(Symbol("m"), maybe(RandomInt(choices)));
  fields.emplace_back(Symbol("s"), RandomText(choices));
  fields.emplace_back(Symbol("t"), maybe(RandomText(choices)));
  fields.emplace_back(Symbol("kind"), Value::String(choices.OneOf(kKinds)));
  fields.emplace_back(Symbol("d"), Value::Duration(RandomInt(choices).AsInt() / 1000));
  fields.emplace_back(Symbol("flag"), Value::Bool(choices.Below(2) == 1));
  fields.emplace_back(
      Symbol("at"),
      Value::Time(some_day * day + static_cast<int64_t>(choices.Below(1'000'000)) * 86'400'000));
  return Value::Record(std::move(fields));
}

}  // namespace opsc
