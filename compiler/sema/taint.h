// Which values wait for apply, and why. Internal to compiler/sema.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "compiler/sema/context.h"

namespace opsc::sema {

// How much of a value waits for apply.
enum class Wait : uint8_t {
  kNone,
  kInside,  // its elements or fields, not their number
  kWhole,
};

// Why an expression waits: by way of another one, or (none) on its own.
struct Taint {
  Wait wait = Wait::kNone;
  ExprId via = kNone<ExprId>;
};

// The analysis of one program: each item, function and field once, on demand.
struct Flow {
  Context& c;
  std::unordered_map<uint32_t, Taint> items;
  std::unordered_map<uint32_t, Taint> functions;
  std::vector<std::optional<Taint>> memo;                   // by ExprId: defaults are shared
  std::unordered_map<uint32_t, std::vector<ExprId>> given;  // what is passed to a component's param
  const InstanceItem* self = nullptr;
  int depth = 0;
};

Taint TaintOf(Flow& flow, ExprId id);
Taint TaintOfItem(Flow& flow, ItemId id);
Taint TaintOfFunction(Flow& flow, FnId id);
// The value of a field or out of an instance.
Taint TaintOfField(Flow& flow, const InstanceItem& instance, ExprId value);
// What others see of an instance by this name.
Taint TaintOfInstanceMember(Flow& flow, const InstanceItem& instance, Symbol name);
Taint TaintOfComponentOut(Flow& flow, const InstanceItem& instance, Symbol name);

}  // namespace opsc::sema
