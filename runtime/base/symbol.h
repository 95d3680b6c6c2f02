// Interned names.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace opsc {

// A name, interned once a process: equal names have equal ids, comparing is one instruction.
// The table only grows and is safe to use from any thread; it is the one process-wide table that
// opsc has, because record keys are compared in every phase and across worker threads.
class Symbol {
 public:
  Symbol() = default;  // the empty name
  explicit Symbol(std::string_view text);

  std::string_view text() const;
  std::string str() const { return std::string(text()); }
  uint32_t index() const { return index_; }
  bool empty() const { return index_ == 0; }

  friend bool operator==(Symbol a, Symbol b) { return a.index_ == b.index_; }

 private:
  uint32_t index_ = 0;
};

// Orders by text, for canonical output.
inline bool TextLess(Symbol a, Symbol b) {
  return a.text() < b.text();
}

}  // namespace opsc

template <>
struct std::hash<opsc::Symbol> {
  size_t operator()(opsc::Symbol s) const noexcept { return s.index() * 0x9E3779B97F4A7C15ull; }
};
