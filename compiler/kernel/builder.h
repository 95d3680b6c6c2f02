// Putting a function together: equal operations are one node.
#pragma once

#include <initializer_list>
#include <unordered_map>

#include "compiler/kernel/function.h"

namespace opsc::kernel {

// Adds nodes to a function, each once.
class Builder {
 public:
  explicit Builder(Function& function) : function_(function) {}

  Function& function() { return function_; }
  // REQUIRES: the operands have the types of the operation. Operations that cannot fail take no
  // guard; those that can fail take the one that is set.
  NodeId Make(Op op, std::initializer_list<NodeId> args);
  NodeId Leaf(Op op, Type type, uint32_t index);
  NodeId Constant(bool value);
  NodeId Constant(int64_t value);
  NodeId Constant(double value);
  NodeId Constant(std::string_view text);
  NodeId Zero(Type type);
  // kNone is "always".
  NodeId And(NodeId a, NodeId b);
  NodeId Or(NodeId a, NodeId b);
  NodeId Not(NodeId a);
  NodeId Select(NodeId condition, NodeId then, NodeId otherwise);

  NodeId guard() const { return guard_; }
  void set_guard(NodeId guard) { guard_ = guard; }

 private:
  NodeId Add(Node node);

  Function& function_;
  NodeId guard_ = kNone<NodeId>;
  std::unordered_multimap<size_t, NodeId> known_;
};

}  // namespace opsc::kernel
