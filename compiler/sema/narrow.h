// Flow typing: what a test shows of a value holds where the test does.
#pragma once

#include "compiler/sema/context.h"

namespace opsc::sema {

// Adds to `env.facts` what is known where the condition is true (or false); see FactScope.
enum class Outcome : uint8_t { kTrue, kFalse };
void Assume(Context& c, Env& env, ast::ExprId condition, Outcome outcome);

// Takes the facts away again that were added while it lived.
class FactScope {
 public:
  explicit FactScope(Env& env) : env_(env), size_(env.facts.size()) {}
  ~FactScope() {
    env_.facts.erase(env_.facts.begin() + static_cast<ptrdiff_t>(size_), env_.facts.end());
  }
  FactScope(const FactScope&) = delete;
  FactScope& operator=(const FactScope&) = delete;

 private:
  Env& env_;
  size_t size_;
};

// The path that an expression is; nullopt: it is none.
std::optional<Path> PathOf(Context& c, const Env& env, ast::ExprId id);
// The type of the path with all facts; nullopt: it has none.
std::optional<TypeId> TypeOfPath(Context& c, const Env& env, ast::ExprId id);
// What is known of exactly this path beyond its declared type.
std::optional<TypeId> FactOf(const Env& env, const Path& path);

// `type` where it equals (or does not equal) a constant. Null is a constant too.
TypeId NarrowEqual(Context& c, TypeId type, const Value& constant);
TypeId NarrowUnequal(Context& c, TypeId type, const Value& constant);
// `type` without the members that fit `part`.
TypeId Without(Context& c, TypeId type, TypeId part);

// Adds a fact on the value an expression names, if it names one; and, for a discriminating field,
// on the union that it is read from.
void AssumeEqual(Context& c, Env& env, ast::ExprId id, const Value& constant, Outcome outcome);
void AssumeType(Context& c, Env& env, ast::ExprId id, TypeId type);

// The constant that an expression is.
std::optional<Value> ConstantOf(const ast::File& file, ast::ExprId id);

}  // namespace opsc::sema
