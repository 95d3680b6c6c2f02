// What has been evaluated of a program: activations of scopes, their items, and instances.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/eval/frames.h"
#include "compiler/model/model.h"

namespace opsc::eval {

// A value computed once. Where it is pending, it is computed again when more is known (`epoch`).
struct Memo {
  enum class State : uint8_t { kNew, kRunning, kDone, kFailed };
  Value value;
  std::vector<Instance*> touched;  // the instances it uses, for the edges of who uses it
  uint32_t epoch = 0;
  State state = State::kNew;
  bool uses_known = false;  // results of applied nodes are in it, which the next epoch may change
};

// The activations that a `for` or `if` makes in one activation around it.
struct Rounds {
  std::vector<Activation*> activations;
  Memo::State state = Memo::State::kNew;
};

// All instances that one declaration makes in a module or component.
struct Created {
  std::vector<Instance*> all;  // in source order
  // Of declarations with a key: by "[key]", as their addresses end.
  std::unique_ptr<std::unordered_map<std::string_view, Instance*>> by_key;
  Memo::State state = Memo::State::kNew;
};

// One item of an activation.
struct ItemState {
  Memo memo;                       // let, param, loop variable, out
  Instance* instance = nullptr;    // of an instance declared here; null: not made
  std::unique_ptr<Rounds> rounds;  // for, if
};

// One run of a scope: of a module, a component instance, a loop round or a branch taken.
struct Activation {
  ScopeId scope;
  Activation* parent = nullptr;   // the lexical one
  Activation* owner = nullptr;    // the module or component activation around it, or itself
  Instance* component = nullptr;  // of a component's: the instance
  std::string prefix;             // of the addresses of instances in it: "web/"
  std::vector<ItemState> items;   // by position in the scope
  std::unordered_map<ItemId, Created> created;  // of owners: by every declaration in them
};

// What an instance is in the graph, by its type.
enum class InstanceKind : uint8_t { kNode, kComponent, kPolicy, kTest, kEnvironment, kPipeline };

// One instance of the program.
struct Instance {
  ItemId item;
  const InstanceItem* decl = nullptr;
  const NominalType* type = nullptr;
  InstanceKind kind = InstanceKind::kNode;
  Activation* around = nullptr;  // where it is declared
  Activation* body = nullptr;    // of a component
  std::string address;
  std::vector<Memo> members;  // decl->fields, then decl->outs; empty: none is computed
  Value reference;            // it as a value
};

// A record that is being made and whose fields read each other through `self`.
struct RecordSelf {
  const RecordExpr* record = nullptr;
  Frame frame;  // of its expressions; `frame.self` is what `self` means outside
  std::vector<Memo> fields;
  bool escaped = false;  // a lambda in it was made: it has to stay
};

// A function value: what it runs and what it is closed over.
struct Closure {
  enum class Kind : uint8_t { kLambda, kFunction, kBuiltin } kind = Kind::kLambda;
  ExprId lambda = kNone<ExprId>;
  FnId fn = kNone<FnId>;
  BuiltinId builtin = kNone<BuiltinId>;
  Activation* activation = nullptr;
  Self self;
  std::vector<Value> captured;
};

}  // namespace opsc::eval
