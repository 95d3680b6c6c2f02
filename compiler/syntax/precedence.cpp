#include "compiler/syntax/precedence.h"

#include "OpsParser.h"

namespace opsc::syntax {
namespace {

using antlr::OpsParser;
using ast::BinaryOp;

constexpr Operator kOperators[] = {
    {OpsParser::K_OR, BinaryOp::kOr, 1, Operator::Chains::kLeft},
    {OpsParser::K_AND, BinaryOp::kAnd, 2, Operator::Chains::kLeft},
    {OpsParser::EQ, BinaryOp::kEq, 4, Operator::Chains::kNever},
    {OpsParser::NE, BinaryOp::kNe, 4, Operator::Chains::kNever},
    {OpsParser::LT, BinaryOp::kLt, 4, Operator::Chains::kNever},
    {OpsParser::LE, BinaryOp::kLe, 4, Operator::Chains::kNever},
    {OpsParser::GT, BinaryOp::kGt, 4, Operator::Chains::kNever},
    {OpsParser::GE, BinaryOp::kGe, 4, Operator::Chains::kNever},
    {OpsParser::K_IN, BinaryOp::kIn, 4, Operator::Chains::kNever},
    {OpsParser::COALESCE, BinaryOp::kCoalesce, 5, Operator::Chains::kRight},
    {OpsParser::RANGE, BinaryOp::kRange, 6, Operator::Chains::kNever},
    {OpsParser::PLUS, BinaryOp::kAdd, 7, Operator::Chains::kLeft},
    {OpsParser::MINUS, BinaryOp::kSub, 7, Operator::Chains::kLeft},
    {OpsParser::STAR, BinaryOp::kMul, 8, Operator::Chains::kLeft},
    {OpsParser::SLASH, BinaryOp::kDiv, 8, Operator::Chains::kLeft},
    {OpsParser::PERCENT, BinaryOp::kMod, 8, Operator::Chains::kLeft},
};

}  // namespace

const Operator& OperatorOf(size_t kind) {
  for (const Operator& row : kOperators) {
    if (row.kind == kind) return row;
  }
  OPS_CHECK(false, "an operator of the grammar has no row");
  return kOperators[0];
}

}  // namespace opsc::syntax
