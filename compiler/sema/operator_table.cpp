#include "compiler/sema/operator_table.h"

#include <array>

namespace opsc::sema {
namespace {

using Op = BinaryOp;

// Nothing else combines: units that are not here do not mix.
struct Row {
  Op op;
  Prim left;
  Prim right;
  Prim result;
};
constexpr std::array kRows{
    Row{Op::kAdd, Prim::kInt, Prim::kInt, Prim::kInt},
    Row{Op::kAdd, Prim::kFloat, Prim::kFloat, Prim::kFloat},
    Row{Op::kAdd, Prim::kRatio, Prim::kRatio, Prim::kRatio},
    Row{Op::kAdd, Prim::kString, Prim::kString, Prim::kString},
    Row{Op::kAdd, Prim::kDuration, Prim::kDuration, Prim::kDuration},
    Row{Op::kAdd, Prim::kSize, Prim::kSize, Prim::kSize},
    Row{Op::kAdd, Prim::kTime, Prim::kDuration, Prim::kTime},
    Row{Op::kAdd, Prim::kDuration, Prim::kTime, Prim::kTime},
    Row{Op::kSub, Prim::kInt, Prim::kInt, Prim::kInt},
    Row{Op::kSub, Prim::kFloat, Prim::kFloat, Prim::kFloat},
    Row{Op::kSub, Prim::kRatio, Prim::kRatio, Prim::kRatio},
    Row{Op::kSub, Prim::kDuration, Prim::kDuration, Prim::kDuration},
    Row{Op::kSub, Prim::kSize, Prim::kSize, Prim::kSize},
    Row{Op::kSub, Prim::kTime, Prim::kTime, Prim::kDuration},
    Row{Op::kSub, Prim::kTime, Prim::kDuration, Prim::kTime},
    Row{Op::kMul, Prim::kInt, Prim::kInt, Prim::kInt},
    Row{Op::kMul, Prim::kFloat, Prim::kFloat, Prim::kFloat},
    Row{Op::kMul, Prim::kRatio, Prim::kRatio, Prim::kRatio},
    Row{Op::kMul, Prim::kRatio, Prim::kInt, Prim::kFloat},
    Row{Op::kMul, Prim::kInt, Prim::kRatio, Prim::kFloat},
    Row{Op::kMul, Prim::kRatio, Prim::kFloat, Prim::kFloat},
    Row{Op::kMul, Prim::kFloat, Prim::kRatio, Prim::kFloat},
    Row{Op::kMul, Prim::kDuration, Prim::kInt, Prim::kDuration},
    Row{Op::kMul, Prim::kInt, Prim::kDuration, Prim::kDuration},
    Row{Op::kMul, Prim::kDuration, Prim::kFloat, Prim::kDuration},
    Row{Op::kMul, Prim::kFloat, Prim::kDuration, Prim::kDuration},
    Row{Op::kMul, Prim::kDuration, Prim::kRatio, Prim::kDuration},
    Row{Op::kMul, Prim::kRatio, Prim::kDuration, Prim::kDuration},
    Row{Op::kMul, Prim::kSize, Prim::kInt, Prim::kSize},
    Row{Op::kMul, Prim::kInt, Prim::kSize, Prim::kSize},
    Row{Op::kMul, Prim::kSize, Prim::kFloat, Prim::kSize},
    Row{Op::kMul, Prim::kFloat, Prim::kSize, Prim::kSize},
    Row{Op::kMul, Prim::kSize, Prim::kRatio, Prim::kSize},
    Row{Op::kMul, Prim::kRatio, Prim::kSize, Prim::kSize},
    Row{Op::kDiv, Prim::kInt, Prim::kInt, Prim::kInt},
    Row{Op::kDiv, Prim::kFloat, Prim::kFloat, Prim::kFloat},
    Row{Op::kDiv, Prim::kRatio, Prim::kRatio, Prim::kFloat},
    Row{Op::kDiv, Prim::kRatio, Prim::kInt, Prim::kRatio},
    Row{Op::kDiv, Prim::kRatio, Prim::kFloat, Prim::kFloat},
    Row{Op::kDiv, Prim::kFloat, Prim::kRatio, Prim::kFloat},
    Row{Op::kDiv, Prim::kDuration, Prim::kInt, Prim::kDuration},
    Row{Op::kDiv, Prim::kDuration, Prim::kFloat, Prim::kDuration},
    Row{Op::kDiv, Prim::kDuration, Prim::kRatio, Prim::kDuration},
    Row{Op::kDiv, Prim::kDuration, Prim::kDuration, Prim::kFloat},
    Row{Op::kDiv, Prim::kSize, Prim::kInt, Prim::kSize},
    Row{Op::kDiv, Prim::kSize, Prim::kFloat, Prim::kSize},
    Row{Op::kDiv, Prim::kSize, Prim::kRatio, Prim::kSize},
    Row{Op::kDiv, Prim::kSize, Prim::kSize, Prim::kFloat},
    Row{Op::kMod, Prim::kInt, Prim::kInt, Prim::kInt},
    Row{Op::kMod, Prim::kDuration, Prim::kDuration, Prim::kDuration},
    Row{Op::kMod, Prim::kSize, Prim::kSize, Prim::kSize},
};

}  // namespace

std::optional<Prim> ResultOf(BinaryOp op, Prim left, Prim right) {
  for (const Row& row : kRows) {
    if (row.op == op && row.left == left && row.right == right) return row.result;
  }
  return std::nullopt;
}

bool IsOrdered(Prim prim) {
  switch (prim) {
    case Prim::kInt:
    case Prim::kFloat:
    case Prim::kRatio:
    case Prim::kDuration:
    case Prim::kSize:
    case Prim::kTime:
    case Prim::kString:
      return true;
    default:
      return false;
  }
}

bool HasUnit(Prim prim) {
  return prim == Prim::kDuration || prim == Prim::kSize || prim == Prim::kTime ||
         prim == Prim::kRatio;
}

std::string_view NameOf(Op op) {
  constexpr std::array<std::string_view, 16> kNames{
      "*", "/", "%", "+", "-", "..", "==", "!=", "<", "<=", ">", ">=", "in", "and", "or", "??"};
  return kNames[static_cast<size_t>(op)];
}

BinaryOp OpOf(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::kMul:
      return Op::kMul;
    case ast::BinaryOp::kDiv:
      return Op::kDiv;
    case ast::BinaryOp::kMod:
      return Op::kMod;
    case ast::BinaryOp::kAdd:
      return Op::kAdd;
    case ast::BinaryOp::kSub:
      return Op::kSub;
    case ast::BinaryOp::kRange:
      return Op::kRange;
    case ast::BinaryOp::kCoalesce:
      return Op::kCoalesce;
    case ast::BinaryOp::kEq:
      return Op::kEq;
    case ast::BinaryOp::kNe:
      return Op::kNe;
    case ast::BinaryOp::kLt:
      return Op::kLt;
    case ast::BinaryOp::kLe:
      return Op::kLe;
    case ast::BinaryOp::kGt:
      return Op::kGt;
    case ast::BinaryOp::kGe:
      return Op::kGe;
    case ast::BinaryOp::kIn:
      return Op::kIn;
    case ast::BinaryOp::kAnd:
      return Op::kAnd;
    case ast::BinaryOp::kOr:
      return Op::kOr;
  }
  return Op::kAdd;
}

}  // namespace opsc::sema
