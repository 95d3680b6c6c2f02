#include <fmt/format.h>

#include <algorithm>

#include "compiler/syntax/build.h"
#include "compiler/syntax/precedence.h"

namespace opsc::syntax {
namespace {

using antlr::OpsParser;
using ast::ExprId;

Span Joined(Span first, Span last) {
  return {first.file, first.begin, last.end};
}

ExprId BuildRecord(Builder& b, OpsParser::RecordContext& c) {
  if (c.names != nullptr) {
    ast::RecordComp comp{BuildBinder(b, *c.names), BuildExpr(b, *c.over), {}, {}, {}};
    uint32_t below = b.HeightOf(comp.over);
    auto part = [&](OpsParser::ExprContext& expr) {
      ExprId id = BuildExpr(b, expr);
      below = std::max(below, b.HeightOf(id));
      return id;
    };
    if (c.condition != nullptr) comp.condition = part(*c.condition);
    comp.key = part(*c.key);
    comp.value = part(*c.value);
    return b.Add(std::move(comp), b.SpanOf(c), below);
  }
  ast::RecordLit record;
  record.entries.reserve(c.entries.size());
  uint32_t below = 0;
  for (OpsParser::EntryContext* e : c.entries) {
    ast::RecordEntry& entry = record.entries.emplace_back();
    entry.spread = e->spread != nullptr;
    if (e->name != nullptr) entry.name = FieldNameOf(b, *e->name);
    if (e->key != nullptr) entry.key = BuildInterpolated(b, *e->key);
    entry.value = BuildExpr(b, *e->value);
    below = std::max(below, b.HeightOf(entry.value));
  }
  return b.Add(std::move(record), b.SpanOf(c), below);
}

ExprId BuildList(Builder& b, OpsParser::ListContext& c) {
  if (c.names != nullptr) {
    ast::ListComp comp{BuildBinder(b, *c.names), BuildExpr(b, *c.over), {}, {}};
    uint32_t below = b.HeightOf(comp.over);
    if (c.condition != nullptr) {
      comp.condition = BuildExpr(b, *c.condition);
      below = std::max(below, b.HeightOf(*comp.condition));
    }
    comp.value = BuildExpr(b, *c.value);
    below = std::max(below, b.HeightOf(comp.value));
    return b.Add(std::move(comp), b.SpanOf(c), below);
  }
  ast::ListLit list;
  list.elements.reserve(c.elements.size());
  uint32_t below = 0;
  for (OpsParser::ListElementContext* e : c.elements) {
    ExprId value = BuildExpr(b, *e->value);
    below = std::max(below, b.HeightOf(value));
    list.elements.push_back({e->spread != nullptr, value});
  }
  return b.Add(std::move(list), b.SpanOf(c), below);
}

ExprId BuildGroup(Builder& b, OpsParser::ParenthesisedContext& c) {
  if (c.items.size() == 1) return BuildExpr(b, *c.items[0]);
  return b.Error(b.SpanOf(c), c.items.empty()
                                  ? "expected an expression or the names of a lambda, got `()`"
                                  : "several expressions in parentheses: names of a lambda are "
                                    "followed by `=>`, lists are written in `[ ]`");
}

ExprId BuildToken(Builder& b, const antlr4::Token* token, bool negative) {
  Span span = b.SpanOf(token);
  switch (token->getType()) {
    case OpsParser::INT:
    case OpsParser::FLOAT:
    case OpsParser::QUANTITY:
      return b.Add(NumberOf(b, token, negative), span);
    case OpsParser::STRING:
    case OpsParser::RAW:
      return b.Add(ast::StringLit{{StringText(b, token)}, {}}, span);
    case OpsParser::REGEX:
      return b.Add(ast::RegexLit{PatternOf(b, token)}, span);
    case OpsParser::K_TRUE:
      return b.Add(ast::BoolLit{true}, span);
    case OpsParser::K_FALSE:
      return b.Add(ast::BoolLit{false}, span);
    case OpsParser::K_NULL:
      return b.Add(ast::NullLit{}, span);
    default:
      return b.Add(ast::NameRef{b.NameOf(token)}, span);
  }
}

ExprId BuildPostfix(Builder& b, ExprId object, uint32_t begin, OpsParser::PostfixContext& c) {
  Span span{b.file.file, begin, b.SpanOf(c).end};
  uint32_t below = b.HeightOf(object);
  if (c.call != nullptr) {
    ast::CallExpr call{object, BuildArgs(b, *c.call)};
    for (const ast::Arg& arg : call.args) below = std::max(below, b.HeightOf(arg.value));
    return b.Add(std::move(call), span, below);
  }
  switch (c.access->getType()) {
    case OpsParser::LBRACKET: {
      ExprId index = BuildExpr(b, *c.index);
      return b.Add(ast::IndexExpr{object, index}, span, std::max(below, b.HeightOf(index)));
    }
    case OpsParser::K_WITH: {
      ExprId changes = BuildRecord(b, *c.changes);
      if (c.changes->names != nullptr) {
        return b.Error(b.SpanOf(*c.changes),
                       "`with` takes a record of fields, not a comprehension");
      }
      return b.Add(ast::WithExpr{object, changes}, span, std::max(below, b.HeightOf(changes)));
    }
    default: {
      bool optional = c.access->getType() == OpsParser::OPT_DOT;
      return b.Add(ast::MemberExpr{object, b.NameOf(c.name), optional}, span, below);
    }
  }
}

bool IsNumber(const OpsParser::OperandContext& c) {
  if (c.token == nullptr || !c.postfixes.empty()) return false;
  size_t kind = c.token->getType();
  return kind == OpsParser::INT || kind == OpsParser::FLOAT || kind == OpsParser::QUANTITY;
}

// The operand without its prefixes.
ExprId BuildPostfixed(Builder& b, OpsParser::OperandContext& c) {
  ExprId id = c.token != nullptr   ? BuildToken(b, c.token, false)
              : c.text != nullptr  ? BuildInterpolated(b, *c.text)
              : c.group != nullptr ? BuildGroup(b, *c.group)
              : c.list_ != nullptr ? BuildList(b, *c.list_)
                                   : BuildRecord(b, *c.record_);
  uint32_t begin = c.token != nullptr   ? b.SpanOf(c.token).begin
                   : c.group != nullptr ? b.SpanOf(*c.group).begin
                                        : b.file.exprs[id].span.begin;
  for (OpsParser::PostfixContext* postfix : c.postfixes) {
    id = BuildPostfix(b, id, begin, *postfix);
  }
  return id;
}

// The flat `operand (operator operand)*` of one expression, read by precedence.
class Climber {
 public:
  Climber(Builder& b, OpsParser::ExprContext& c) : b_(b), c_(c) {}

  // What stands from the current operand on, as long as operators have at least this level.
  ExprId Climb(int level, size_t prefix = 0) {
    ExprId left = Prefixed(prefix);
    while (next_ < c_.rest.size()) {
      const antlr4::Token* token = c_.rest[next_]->op;
      const Operator& row = OperatorOf(token->getType());
      if (row.level < level) break;
      ++next_;
      bool from_right = row.chains == Operator::Chains::kRight;
      ExprId right = Climb(from_right ? row.level : row.level + 1);
      uint32_t below = std::max(b_.HeightOf(left), b_.HeightOf(right));
      Span span = Joined(SpanAt(left), SpanAt(right));
      left = b_.Add(ast::BinaryExpr{row.op, b_.SpanOf(token), left, right}, span, below);
      if (row.chains == Operator::Chains::kNever && RefusesChain(row.level)) {
        left = b_.Add(ast::ErrorExpr{}, span);  // it has no type: nothing more is said of it
      }
    }
    return left;
  }

 private:
  OpsParser::OperandContext& Current() const {
    return next_ == 0 ? *c_.first : *c_.rest[next_ - 1]->right;
  }

  Span SpanAt(ExprId id) const { return b_.file.exprs[id].span; }

  ExprId Prefixed(size_t prefix) {
    OpsParser::OperandContext& operand = Current();
    if (prefix == operand.prefixes.size()) return BuildPostfixed(b_, operand);
    const antlr4::Token* token = operand.prefixes[prefix];
    bool is_not = token->getType() == OpsParser::K_NOT;
    bool is_last = prefix + 1 == operand.prefixes.size();
    if (!is_not && is_last && IsNumber(operand)) {
      ExprId id = BuildToken(b_, operand.token, true);
      b_.file.exprs[id].span.begin = b_.SpanOf(token).begin;
      return id;
    }
    ExprId inner = Climb(is_not ? kNotLevel : kNegateLevel, prefix + 1);
    ast::UnaryOp op = is_not ? ast::UnaryOp::kNot : ast::UnaryOp::kNegate;
    Span span = Joined(b_.SpanOf(token), SpanAt(inner));
    return b_.Add(ast::UnaryExpr{op, inner}, span, b_.HeightOf(inner));
  }

  bool RefusesChain(int level) {
    if (next_ >= c_.rest.size()) return false;
    const antlr4::Token* token = c_.rest[next_]->op;
    if (OperatorOf(token->getType()).level != level) return false;
    b_.diagnostics.Add(Diag::kChainedOperator, b_.SpanOf(token), {b_.TextOf(token)});
    return true;
  }

  Builder& b_;
  OpsParser::ExprContext& c_;
  size_t next_ = 0;  // operators read; the current operand follows the last of them
};

size_t LengthOf(const OpsParser::OperandContext& c) {
  return std::max(c.prefixes.size(), c.postfixes.size());
}

bool IsTooLong(Builder& b, OpsParser::ExprContext& c) {
  size_t longest = std::max(c.rest.size(), LengthOf(*c.first));
  for (OpsParser::OperationContext* operation : c.rest) {
    longest = std::max(longest, LengthOf(*operation->right));
  }
  if (longest < b.max_height) return false;
  b.diagnostics.Add(Diag::kNestedTooDeep, b.SpanOf(c),
                    {fmt::format("this expression has more than {} levels", b.max_height)});
  return true;
}

// The left side of `=>`, which the grammar takes for any expression.
ExprId BuildOperations(Builder& b, OpsParser::ExprContext& c) {
  if (IsTooLong(b, c)) return b.Add(ast::ErrorExpr{}, b.SpanOf(c));
  return Climber(b, c).Climb(0);
}

// The identifier that an expression consists of, or null.
const antlr4::Token* SoleName(OpsParser::OperandContext* operand) {
  bool is_plain = operand != nullptr && operand->token != nullptr && operand->prefixes.empty() &&
                  operand->postfixes.empty();
  if (!is_plain) return nullptr;
  switch (operand->token->getType()) {
    case OpsParser::IDENT:
    case OpsParser::K_CHECK:
    case OpsParser::K_SECRET:
    case OpsParser::K_TO:
      return operand->token;
    default:
      return nullptr;
  }
}

const antlr4::Token* SoleName(OpsParser::ExprContext& c) {
  return c.first != nullptr && c.rest.empty() && c.body == nullptr ? SoleName(c.first) : nullptr;
}

ExprId BuildLambda(Builder& b, OpsParser::ExprContext& c) {
  ast::LambdaExpr lambda;
  bool valid = c.rest.empty();
  if (const antlr4::Token* only = SoleName(c.first)) {
    lambda.params.push_back(b.NameOf(only));
  } else if (c.first->group != nullptr && c.first->prefixes.empty() && c.first->postfixes.empty()) {
    for (OpsParser::ExprContext* item : c.first->group->items) {
      const antlr4::Token* name = SoleName(*item);
      valid = valid && name != nullptr;
      if (name != nullptr) lambda.params.push_back(b.NameOf(name));
    }
  } else {
    valid = false;
  }
  if (!valid) {
    Span left{b.file.file, b.SpanOf(c).begin,
              b.SpanOf(*(c.rest.empty() ? c.first : c.rest.back()->right)).end};
    return b.Error(left, "expected a name or `(a, b)` before the `=>` of a lambda");
  }
  lambda.body = BuildExpr(b, *c.body);
  uint32_t below = b.HeightOf(lambda.body);
  return b.Add(std::move(lambda), b.SpanOf(c), below);
}

ExprId BuildMatch(Builder& b, OpsParser::MatchExprContext& c) {
  ast::MatchExpr match{BuildExpr(b, *c.subject), {}};
  uint32_t below = b.HeightOf(match.subject);
  auto grown = [&](ExprId id) {
    below = std::max(below, b.HeightOf(id));
    return id;
  };
  for (OpsParser::ArmContext* arm : c.arms) {
    if (arm->otherwise != nullptr) {
      match.arms.push_back({{}, grown(BuildExpr(b, *arm->value)), b.SpanOf(*arm)});
      continue;
    }
    if (arm->value->body == nullptr) {
      b.Error(b.SpanOf(*arm), "expected `pattern => value` in a `match`");
      continue;
    }
    ExprId pattern = grown(BuildOperations(b, *arm->value));
    ExprId value = grown(BuildExpr(b, *arm->value->body));
    match.arms.push_back({pattern, value, b.SpanOf(*arm)});
  }
  return b.Add(std::move(match), b.SpanOf(c), below);
}

ExprId BuildIf(Builder& b, OpsParser::IfExprContext& c) {
  ast::IfExpr node{BuildExpr(b, *c.condition), BuildExpr(b, *c.then), BuildExpr(b, *c.otherwise)};
  uint32_t below =
      std::max({b.HeightOf(node.condition), b.HeightOf(node.then), b.HeightOf(node.otherwise)});
  return b.Add(node, b.SpanOf(c), below);
}

}  // namespace

ExprId BuildExpr(Builder& b, OpsParser::ExprContext& c) {
  if (c.conditional != nullptr) return BuildIf(b, *c.conditional);
  if (c.selection != nullptr) return BuildMatch(b, *c.selection);
  return c.body != nullptr ? BuildLambda(b, c) : BuildOperations(b, c);
}

std::vector<ast::Arg> BuildArgs(Builder& b, OpsParser::ArgumentsContext& c) {
  std::vector<ast::Arg> args;
  args.reserve(c.args.size());
  for (OpsParser::ArgumentContext* a : c.args) {
    if (a->named == nullptr) {
      args.push_back({{}, BuildExpr(b, *a->value)});
      continue;
    }
    const antlr4::Token* name = SoleName(*a->value);
    if (name == nullptr) {
      args.push_back(
          {{}, b.Error(b.SpanOf(*a->value), "expected the name of an argument before `:`")});
      continue;
    }
    args.push_back({b.NameOf(name), BuildExpr(b, *a->named)});
  }
  return args;
}

}  // namespace opsc::syntax
