// Records made field by field, where names may repeat.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "runtime/value/value.h"

namespace opsc::eval {

// Fields in order of insertion; finding a name stays fast for maps of any size.
class RecordBuilder {
 public:
  Value* Find(Symbol name) {
    if (index_.empty()) {
      auto at = std::ranges::find(fields_, name, &Field::first);
      return at == fields_.end() ? nullptr : &at->second;
    }
    auto at = index_.find(name);
    return at == index_.end() ? nullptr : &fields_[at->second].second;
  }
  // REQUIRES: the name is new.
  void Add(Symbol name, Value value) {
    fields_.emplace_back(name, std::move(value));
    if (!index_.empty()) {
      index_.emplace(name, fields_.size() - 1);
    } else if (fields_.size() > kLinear) {
      for (size_t i = 0; i < fields_.size(); ++i) index_.emplace(fields_[i].first, i);
    }
  }
  // The later one wins, in the place of the earlier.
  void Set(Symbol name, Value value) {
    if (Value* own = Find(name)) {
      *own = std::move(value);
    } else {
      Add(name, std::move(value));
    }
  }
  size_t size() const { return fields_.size(); }
  Value Finish() { return Value::Record(std::move(fields_)); }

 private:
  static constexpr size_t kLinear = 16;
  std::vector<Field> fields_;
  std::unordered_map<Symbol, size_t> index_;
};

}  // namespace opsc::eval
