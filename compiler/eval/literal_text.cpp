#include "compiler/eval/literal_text.h"

#include "compiler/syntax/parse.h"

namespace opsc::eval {
namespace {

std::optional<Value> ValueOf(const ast::File& file, ast::ExprId id);

std::optional<Value> Negated(const std::optional<Value>& value) {
  if (!value || (value->AsInt() == INT64_MIN)) return std::nullopt;
  switch (value->kind()) {
    case ValueKind::kInt:
      return Value::Int(-value->AsInt());
    case ValueKind::kDuration:
      return Value::Duration(-value->AsInt());
    case ValueKind::kSize:
      return Value::Size(-value->AsInt());
    case ValueKind::kFloat:
      return Value::Float(-value->AsFloat());
    case ValueKind::kRatio:
      return Value::Ratio(-value->AsFloat());
    default:
      return std::nullopt;
  }
}

std::optional<Value> Quantity(const ast::QuantityLit& quantity) {
  switch (quantity.unit) {
    case ast::Unit::kDuration:
      return Value::Duration(quantity.integer);
    case ast::Unit::kSize:
      return Value::Size(quantity.integer);
    case ast::Unit::kRatio:
      return Value::Ratio(quantity.number);
  }
  return std::nullopt;
}

std::optional<Value> ListOf(const ast::File& file, const ast::ListLit& list) {
  std::vector<Value> items;
  for (const ast::ListElement& element : list.elements) {
    auto item = element.spread ? std::nullopt : ValueOf(file, element.value);
    if (!item) return std::nullopt;
    items.push_back(*std::move(item));
  }
  return Value::List(std::move(items));
}

std::optional<Value> RecordOf(const ast::File& file, const ast::RecordLit& record) {
  std::vector<Field> fields;
  for (const ast::RecordEntry& entry : record.entries) {
    bool plain = !entry.spread && !entry.key;
    auto field = plain ? ValueOf(file, entry.value) : std::nullopt;
    if (!field) return std::nullopt;
    for (const Field& other : fields) {
      if (other.first == entry.name.text) return std::nullopt;
    }
    fields.emplace_back(entry.name.text, *std::move(field));
  }
  return Value::Record(std::move(fields));
}

std::optional<Value> ValueOf(const ast::File& file, ast::ExprId id) {
  using Result = std::optional<Value>;
  return Match(
      file.exprs[id].node, [](const ast::NullLit&) { return Result(Value::Null()); },
      [](const ast::BoolLit& e) { return Result(Value::Bool(e.value)); },
      [](const ast::IntLit& e) { return Result(Value::Int(e.value)); },
      [](const ast::FloatLit& e) { return Result(Value::Float(e.value)); },
      [](const ast::QuantityLit& e) { return Quantity(e); },
      [](const ast::StringLit& e) {
        return e.parts.empty() ? Result(Value::String(e.texts[0])) : std::nullopt;
      },
      [&](const ast::UnaryExpr& e) {
        return e.op == ast::UnaryOp::kNegate ? Negated(ValueOf(file, e.operand)) : std::nullopt;
      },
      [&](const ast::ListLit& e) { return ListOf(file, e); },
      [&](const ast::RecordLit& e) { return RecordOf(file, e); },
      [](const auto&) { return Result(); });
}

}  // namespace

std::optional<Value> ParseLiteral(std::string_view text) {
  Sources sources;
  Diagnostics diagnostics;
  FileId id = sources.Add("parameter", std::string(text));
  ast::File file = ParseExpression(sources, id, {}, diagnostics);
  if (diagnostics.has_errors() || file.exprs.empty()) return std::nullopt;
  return ValueOf(file, static_cast<ast::ExprId>(file.exprs.size() - 1));
}

}  // namespace opsc::eval
