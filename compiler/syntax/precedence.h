// The one precedence table; grammar/README.md shows it.
#pragma once

#include <cstddef>

#include "compiler/syntax/ast.h"

namespace opsc::syntax {

// A row of the table: what binds tighter has the higher level.
struct Operator {
  size_t kind;  // of its token
  ast::BinaryOp op;
  int level;
  enum class Chains { kLeft, kRight, kNever } chains;
};

inline constexpr int kNotLevel = 3;
inline constexpr int kNegateLevel = 9;

// REQUIRES: `kind` is a binary operator of the grammar.
const Operator& OperatorOf(size_t kind);

}  // namespace opsc::syntax
