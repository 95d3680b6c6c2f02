// Sums that are exact, then rounded once.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>

namespace opsc::kernel {

// The sum of any number of doubles: exact until it is read, so that no order, no batch and no
// removal matters. A fixed-point number wide enough for all finite doubles (Kulisch, "Computer
// Arithmetic and Validity"), in digits of 32 bits whose carries wait. Infinities and what is no
// number are counted apart.
class ExactSum {
 public:
  void Add(double x) { Change(x, 1); }
  // REQUIRES: it was added.
  void Remove(double x) { Change(x, -1); }
  // The nearest double, ties to even; an infinity or NaN as IEEE 754 adds them. The sum of nothing,
  // and each that is exactly zero, is 0.0.
  double Round() const;

 private:
  static constexpr int kDigits = 70;  // of 32 bits, from 2^-1074 on
  static constexpr int64_t kCarryAfter = int64_t{1} << 29;

  void Change(double x, int64_t sign);
  void Carry();

  std::array<int64_t, kDigits> digits_{};
  int low_ = kDigits;  // digits in [low_, high_) may be other than 0
  int high_ = 0;
  int64_t changes_ = 0;  // since carries were passed on
  int64_t nans_ = 0;
  int64_t infinities_ = 0;
  int64_t minus_infinities_ = 0;
};

// The same for doubles whose bits lie near one another, as those of one column mostly do: a
// fixed-point number of 128 bits, whose lowest bit is that of 2^(lowest - 1075), where `lowest` is
// an exponent as a double has it.
class FixedSum {
 public:
  // For sums of up to all of these doubles (their bits); nullopt: they need an ExactSum.
  static std::optional<int> LowestFor(std::span<const int64_t> values);

  explicit FixedSum(int lowest) : lowest_(lowest) {}
  // REQUIRES: one of the values that `lowest` is for.
  void Add(double x) { sum_ += Scaled(x); }
  void Remove(double x) { sum_ -= Scaled(x); }
  double Round() const;

 private:
  __extension__ using Wide = __int128;

  Wide Scaled(double x) const {
    const auto bits = std::bit_cast<uint64_t>(x);
    const auto exponent = static_cast<int>(bits >> 52 & 0x7FF);
    if (exponent == 0) return 0;  // of subnormal numbers there are none
    const auto mantissa =
        static_cast<int64_t>((bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52);
    const Wide shifted = Wide{mantissa} << (exponent - lowest_);
    return (bits >> 63) != 0 ? -shifted : shifted;
  }

  Wide sum_ = 0;
  int lowest_;
};

// The sum of any number of int64s.
class ExactIntSum {
 public:
  void Add(int64_t x) { sum_ += x; }
  void Remove(int64_t x) { sum_ -= x; }
  // False where it has no int64.
  bool Read(int64_t& out) const {
    out = static_cast<int64_t>(sum_);
    return sum_ == out;
  }

 private:
  __extension__ __int128 sum_ = 0;
};

}  // namespace opsc::kernel
