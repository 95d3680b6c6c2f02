// Where values came from.
#pragma once

#include <string>
#include <vector>

#include "compiler/eval/eval.h"

namespace opsc::eval {

// The table behind OriginId. Odd ids are expressions; even ones are links of a chain: a let, param,
// default or `with` that passed a value on.
class Origins {
 public:
  explicit Origins(const Model& model) : model_(model) {}

  static OriginId OfExpr(ExprId id) {
    return static_cast<OriginId>(static_cast<uint32_t>(id) << 1 | 1);
  }
  // `what` took the value whose origin is `from`.
  OriginId Link(std::string_view what, Span span, OriginId from);
  // Nearest first.
  std::vector<Evaluation::OriginStep> Chain(OriginId id) const;

 private:
  struct Entry {
    Symbol what;  // few and often the same
    Span span;
    OriginId from;
  };
  const Model& model_;
  std::vector<Entry> entries_;
};

}  // namespace opsc::eval
