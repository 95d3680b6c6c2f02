// Typed ids into vectors: the shape of every tree and IR in opsc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/check.h"

namespace opsc {

// Values of one type, named by dense 32-bit ids in order of insertion.
// `Id` is an `enum class X : uint32_t {}`; kNone<Id> names nothing.
template <typename Id, typename T>
class Store {
 public:
  Id Add(T value) {
    items_.push_back(std::move(value));
    return static_cast<Id>(items_.size() - 1);
  }
  T& operator[](Id id) { return const_cast<T&>(std::as_const(*this)[id]); }
  const T& operator[](Id id) const {
    const T* item = items_.data() + static_cast<size_t>(id);
    // Compared as places: a number of items would be divided for on each look.
    OPS_CHECK(item < items_.data() + items_.size(), "id out of range");
    return *item;
  }
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  void reserve(size_t n) { items_.reserve(n); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<T> items_;
};

template <typename Id>
inline constexpr Id kNone = static_cast<Id>(0xFFFFFFFFu);

template <typename Id>
constexpr bool IsNone(Id id) {
  return id == kNone<Id>;
}

// Exhaustive dispatch over a std::variant: a missing alternative does not compile.
template <typename... Fs>
struct Overload : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overload(Fs...) -> Overload<Fs...>;

template <typename Variant, typename... Fs>
decltype(auto) Match(Variant&& variant, Fs&&... fs) {
  return std::visit(Overload{std::forward<Fs>(fs)...}, std::forward<Variant>(variant));
}

}  // namespace opsc
