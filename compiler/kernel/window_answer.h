// What a window is asked for: rows come and go (by their place among those of the sweep), the
// answer is read. `Read` is false where there is none (null); a sum of ints that does not fit sets
// `fails`.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

#include "compiler/kernel/exact_sum.h"

namespace opsc::kernel {

struct Counted {
  int64_t count = 0;
  void Add(uint32_t, int64_t) { ++count; }
  void Remove(uint32_t, int64_t) { --count; }
};

struct CountOf : Counted {
  bool Read(int64_t& out, bool&) const {
    out = count;
    return true;
  }
};

// `Sum`: ExactSum, or FixedSum where the values of the window allow it. Both give the same bits.
template <typename Sum>
struct SumOfFloats : Counted {
  explicit SumOfFloats(Sum empty = {}) : sum(empty) {}
  Sum sum;
  void Add(uint32_t, int64_t bits) {
    ++count;
    sum.Add(std::bit_cast<double>(bits));
  }
  void Remove(uint32_t, int64_t bits) {
    --count;
    sum.Remove(std::bit_cast<double>(bits));
  }
  bool Read(int64_t& out, bool&) const {
    out = std::bit_cast<int64_t>(sum.Round());
    return true;
  }
};

template <typename Sum>
struct MeanOfFloats : SumOfFloats<Sum> {
  using SumOfFloats<Sum>::SumOfFloats;
  bool Read(int64_t& out, bool&) const {
    if (this->count == 0) return false;
    out = std::bit_cast<int64_t>(this->sum.Round() / static_cast<double>(this->count));
    return true;
  }
};

struct SumOfInts : Counted {
  ExactIntSum sum;
  void Add(uint32_t, int64_t value) { sum.Add(value); }
  void Remove(uint32_t, int64_t value) { sum.Remove(value); }
  bool Read(int64_t& out, bool& fails) const {
    fails = !sum.Read(out);
    return true;
  }
};

// An order of int64s in which floats stand as they should, -0.0 before 0.0.
inline int64_t Ordered(int64_t bits, bool is_float) {
  return is_float && bits < 0 ? bits ^ INT64_MAX : bits;
}

// The least or greatest; NaN where one is.
template <bool kLeast, bool kFloat>
struct BestOf : Counted {
  int64_t nans = 0;
  // By value, with the place; those that went are taken off the top when it is read.
  std::priority_queue<std::pair<int64_t, uint32_t>> best;
  std::vector<bool> gone;  // by place

  static bool IsNan(int64_t bits) { return kFloat && std::isnan(std::bit_cast<double>(bits)); }
  void Add(uint32_t at, int64_t bits) {
    ++count;
    if (IsNan(bits)) {
      ++nans;
      return;
    }
    int64_t key = Ordered(bits, kFloat);
    best.emplace(kLeast ? ~key : key, at);
  }
  void Remove(uint32_t at, int64_t bits) {
    --count;
    if (IsNan(bits)) {
      --nans;
      return;
    }
    if (gone.size() <= at) gone.resize(size_t{at} + 1);
    gone[at] = true;
  }
  bool Read(int64_t& out, bool&) {
    while (!best.empty() && best.top().second < gone.size() && gone[best.top().second]) best.pop();
    if (count == 0) return false;
    if (nans > 0) {
      out = std::bit_cast<int64_t>(std::numeric_limits<double>::quiet_NaN());
      return true;
    }
    int64_t key = kLeast ? ~best.top().first : best.top().first;
    out = Ordered(key, kFloat);
    return true;
  }
};

}  // namespace opsc::kernel
