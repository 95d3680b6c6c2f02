// The value stack: where the locals of every running expression stand.
#pragma once

#include <memory>
#include <vector>

#include "runtime/value/value.h"

namespace opsc::eval {

struct Activation;
struct Instance;
struct RecordSelf;

// Chunks of null values that never move, handed out from the bottom and given back in order.
class ValueStack {
 public:
  struct Mark {
    size_t chunk = 0;
    size_t used = 0;
  };

  Mark mark() const { return top_; }

  // `count` null values, valid until Pop of a mark taken before.
  Value* Push(size_t count) {
    if (top_.chunk >= chunks_.size() || top_.used + count > chunks_[top_.chunk].size) Grow(count);
    Value* slots = chunks_[top_.chunk].values.get() + top_.used;
    top_.used += count;
    return slots;
  }
  void Pop(Mark mark, Value* slots, size_t count) {
    for (size_t i = 0; i < count; ++i) slots[i] = Value();
    top_ = mark;
  }

 private:
  struct Chunk {
    std::unique_ptr<Value[]> values;
    size_t size = 0;
  };
  void Grow(size_t count);

  std::vector<Chunk> chunks_;
  Mark top_;
};

// Some slots of the stack for as long as it lives.
class Slots {
 public:
  Slots(ValueStack& stack, size_t count)
      : stack_(stack), mark_(stack.mark()), values_(stack.Push(count)), count_(count) {}
  ~Slots() { stack_.Pop(mark_, values_, count_); }
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  Value* data() { return values_; }
  Value& operator[](size_t i) { return values_[i]; }
  std::span<Value> all() { return {values_, count_}; }

 private:
  ValueStack& stack_;
  ValueStack::Mark mark_;
  Value* values_;
  size_t count_;
};

// What `self` means: the record being made, or else the instance.
struct Self {
  Instance* instance = nullptr;
  RecordSelf* record = nullptr;
};

// Where an expression runs: its locals, the activation its names count from, and `self`.
struct Frame {
  Value* slots = nullptr;
  Activation* activation = nullptr;
  Self self;
};

}  // namespace opsc::eval
