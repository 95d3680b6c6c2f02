// Builtin functions over rows.
#include <algorithm>

#include "compiler/kernel/lowering.h"

namespace opsc::kernel {
namespace {

// What is one operation on values of fixed types.
constexpr std::pair<std::string_view, Op> kFunctions[] = {
    {"sqrt", Op::kSqrt},
    {"log", Op::kLog},
    {"log1p", Op::kLog1p},
    {"exp", Op::kExp},
    {"expm1", Op::kExpm1},
    {"sin", Op::kSin},
    {"cos", Op::kCos},
    {"pow", Op::kPow},
    {"is_nan", Op::kIsNan},
    {"is_finite", Op::kIsFinite},
    {"to_float", Op::kToFloat},
    {"floor", Op::kFloor},
    {"ceil", Op::kCeil},
    {"round", Op::kRound},
    {"year", Op::kYear},
    {"month", Op::kMonth},
    {"day", Op::kDay},
    {"weekday", Op::kWeekday},
    {"hour", Op::kHour},
    {"minute", Op::kMinute},
    {"length", Op::kLength},
    {"lower", Op::kLower},
    {"upper", Op::kUpper},
    {"trim", Op::kTrim},
    {"contains", Op::kContains},
    {"starts_with", Op::kStartsWith},
    {"ends_with", Op::kEndsWith},
    {"replace", Op::kReplace},
    {"slice", Op::kSlice},
    {"matches", Op::kMatches},
    {"hash_bucket", Op::kHashBucket},
};

ColumnType ColumnTypeOf(Type type) {
  constexpr ColumnType kTypes[] = {ColumnType::kBool, ColumnType::kInt, ColumnType::kFloat,
                                   ColumnType::kString};
  return kTypes[static_cast<size_t>(type)];
}

using Args = std::vector<Scalar>;

std::optional<Args> LowerArgs(Lowering& l, Place& place, const CallBuiltinExpr& call) {
  Args args;
  bool good = true;
  for (ExprId id : call.args) {
    auto arg = PresentOf(l, LowerExpr(l, place, id), id);
    good = good && arg;
    if (arg) args.push_back(*arg);
  }
  return good ? std::optional(std::move(args)) : std::nullopt;
}

bool FitsSignature(const OpInfo& info, const Args& args) {
  if (args.size() != info.arity()) return false;
  for (size_t i = 0; i < args.size(); ++i) {
    if (info.signature[i] != "bifs"[static_cast<size_t>(TypeOf(args[i].type))]) return false;
  }
  return true;
}

Lowered LowerOperation(Lowering& l, Op op, const Args& args, ExprId at) {
  if (!FitsSignature(InfoOf(op), args)) return Refuse(l, at, "this call");
  Builder& b = l.builder();
  NodeId node = kNone<NodeId>;
  if (args.size() == 1) node = b.Make(op, {args[0].value});
  if (args.size() == 2) node = b.Make(op, {args[0].value, args[1].value});
  if (args.size() == 3) node = b.Make(op, {args[0].value, args[1].value, args[2].value});
  bool constant_pattern =
      op != Op::kMatches || b.function().nodes[args[1].value].op == Op::kConstant;
  if (!constant_pattern) return Refuse(l, at, "a pattern that differs from row to row");
  return Scalar{ColumnTypeOf(b.function().nodes[node].type), node};
}

// The first, unless the second is less (`smallest`) or more.
std::optional<Scalar> Extreme(Lowering& l, const Scalar& a, const Scalar& b, bool smallest,
                              ExprId at) {
  auto second = smallest ? Less(l, b, a, at) : Less(l, a, b, at);
  if (!second) return std::nullopt;
  return Scalar{a.type, l.builder().Select(*second, b.value, a.value)};
}

Lowered LowerByType(Lowering& l, std::string_view name, const Args& args, ExprId at) {
  Builder& b = l.builder();
  if (name == "abs" && TypeOf(args[0].type) == Type::kFloat) {
    return Scalar{args[0].type, b.Make(Op::kAbs, {args[0].value})};
  }
  if (name == "abs" && TypeOf(args[0].type) == Type::kInt) {
    return Scalar{args[0].type, b.Make(Op::kAbsInt, {args[0].value})};
  }
  if (name == "seconds") {
    NodeId amount = b.Make(Op::kToFloat, {args[0].value});
    return Scalar{ColumnType::kFloat, b.Make(Op::kDiv, {amount, b.Constant(1e9)})};
  }
  if (name == "bytes_of") return Scalar{ColumnType::kInt, args[0].value};
  std::optional<Scalar> result;
  if (name == "min" || name == "max") result = Extreme(l, args[0], args[1], name == "min", at);
  if (name == "clamp") {
    result = Extreme(l, args[0], args[1], false, at);
    if (result) result = Extreme(l, *result, args[2], true, at);
  }
  if (result) return *result;
  return Refuse(l, at, "`" + std::string(name) + "`");
}

}  // namespace

Lowered LowerBuiltin(Lowering& l, Place& place, const CallBuiltinExpr& call, ExprId at) {
  std::string_view name = l.in.builtins->names[static_cast<size_t>(call.builtin)];
  if (auto column = LowerColumnCall(l, place, name, call, at)) return *std::move(column);
  if (auto window = LowerWindowCall(l, place, name, call, at)) return *std::move(window);
  const auto* row = std::ranges::find(kFunctions, name, &std::pair<std::string_view, Op>::first);
  constexpr std::string_view kByType[] = {"abs", "min", "max", "clamp", "seconds", "bytes_of"};
  bool by_type = std::ranges::find(kByType, name) != std::end(kByType);
  if (row == std::end(kFunctions) && !by_type) {
    return Refuse(l, at, "`" + std::string(name) + "`");
  }
  auto args = LowerArgs(l, place, call);
  if (!args) return Broken{};
  return by_type ? LowerByType(l, name, *args, at) : LowerOperation(l, row->second, *args, at);
}

}  // namespace opsc::kernel
