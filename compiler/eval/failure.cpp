// How an evaluation fails.
#include <fmt/format.h>

#include "compiler/eval/interpreter.h"

namespace opsc::eval {

Value Interpreter::Fail(Diag id, Span span, std::initializer_list<std::string_view> args) {
  failed_ = true;
  last_ = &diagnostics_->Add(id, span, args);
  constexpr size_t kShown = 3;
  size_t shown = std::min(calls_.size() - std::min(call_base_, calls_.size()), kShown);
  for (size_t i = 0; i < shown; ++i) {
    last_->related.push_back({calls_[calls_.size() - 1 - i], "called from here"});
  }
  return {};
}

void Interpreter::Relate(Span span, std::string message) {
  if (last_ != nullptr) last_->related.push_back({span, std::move(message)});
}

SourceLocation Interpreter::Location(Span span) const {
  if (!span.valid()) return {};
  LineColumn at = sources_.Locate(span.file, span.begin);
  return {sources_[span.file].path, at.line, at.column};
}

std::string Interpreter::Where(Span span) const {
  SourceLocation at = Location(span);
  return fmt::format("{}:{}:{}", at.file, at.line, at.column);
}

Value Interpreter::TooManyElements(Span span) {
  return Fail(Diag::kTooManyElements, span, {fmt::format("{}", options_.max_elements)});
}

Value Interpreter::Checked(Value made, Span span) {
  if (made.depth() <= Value::kMaxDepth) return made;
  return Fail(Diag::kTooDeep, span, {"data", fmt::format("{}", Value::kMaxDepth)});
}

}  // namespace opsc::eval
