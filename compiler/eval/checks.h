// `assert` and `policy`: decided now, or when what they wait for is known.
#pragma once

#include "compiler/eval/interpreter.h"

namespace opsc::eval {

// One assert, or one policy on one instance.
struct OpenCheck {
  Activation* activation = nullptr;  // of an assert
  ItemId assertion = kNone<ItemId>;
  Instance* policy = nullptr;
  Instance* subject = nullptr;
};

// How a check came out. `message` is set where it failed or is pending.
struct Verdict {
  enum class State : uint8_t { kHolds, kBroken, kPending } state = State::kHolds;
  std::string message;
  std::vector<std::string> waits;  // where it is pending
  bool warning = false;
};

// All asserts below an activation, and the policies among `instances`.
std::vector<OpenCheck> FindChecks(Interpreter& in, const std::vector<Instance*>& instances);

// Decides one; nullopt after a failure of its own, which is reported.
std::optional<Verdict> Decide(Interpreter& in, const OpenCheck& check);

GraphCheck ToGraphCheck(Interpreter& in, const OpenCheck& check, const Verdict& verdict);
Span SpanOf(const Interpreter& in, const OpenCheck& check);

}  // namespace opsc::eval
