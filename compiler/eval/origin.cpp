#include "compiler/eval/origin.h"

namespace opsc::eval {

OriginId Origins::Link(std::string_view what, Span span, OriginId from) {
  entries_.push_back(Entry{Symbol(what), span, from});
  return static_cast<OriginId>(entries_.size() << 1);
}

std::vector<Evaluation::OriginStep> Origins::Chain(OriginId id) const {
  std::vector<Evaluation::OriginStep> steps;
  while (id != OriginId::kUnknown) {
    auto raw = static_cast<uint32_t>(id);
    if ((raw & 1) != 0) {
      const Expr& expr = model_.exprs[static_cast<ExprId>(raw >> 1)];
      bool literal = std::holds_alternative<ConstExpr>(expr.node);
      steps.push_back({literal ? "literal" : "expression", expr.span});
      break;
    }
    const Entry& entry = entries_[(raw >> 1) - 1];
    steps.push_back({entry.what.str(), entry.span});
    id = entry.from;
  }
  return steps;
}

}  // namespace opsc::eval
