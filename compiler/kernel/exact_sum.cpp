#include "compiler/kernel/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace opsc::kernel {
namespace {

constexpr int kDigitBits = 32;
constexpr int64_t kDigitMask = (int64_t{1} << kDigitBits) - 1;

// The digits as a non-negative number, rounded to a double: the top 64 bits, with the lowest of
// them set where anything is below, then once to 53.
double RoundDigits(const int64_t* digits, int low, int high) {
  int top = high - 1;
  while (top >= low && digits[top] == 0) --top;
  if (top < low) return 0;
  auto digit = [&](int at) { return at >= low ? static_cast<uint64_t>(digits[at]) : uint64_t{0}; };
  uint64_t head = digit(top) << kDigitBits | digit(top - 1);
  int shift = std::countl_zero(head);
  uint64_t rest = digit(top - 2) << kDigitBits | digit(top - 3);
  bool below = false;
  if (shift > 0) {
    head = head << shift | rest >> (64 - shift);
    rest <<= shift;
  }
  below = rest != 0;
  for (int at = top - 4; at >= low && !below; --at) below = digits[at] != 0;
  // head * 2^exponent, where digit 0 begins at 2^-1074.
  int exponent = (top - 1) * kDigitBits - 1074 - shift;
  constexpr int kLowest = -1074;
  int drop = std::max(11, kLowest - exponent);  // bits that do not fit
  if (drop > 63) drop = 64;
  uint64_t kept = drop == 64 ? 0 : head >> drop;
  uint64_t cut = drop == 64 ? head : head << (64 - drop);
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  bool up = cut > kHalf || (cut == kHalf && (below || (kept & 1) != 0));
  return std::ldexp(static_cast<double>(kept + (up ? 1 : 0)), exponent + drop);
}

}  // namespace

void ExactSum::Change(double x, int64_t sign) {
  auto bits = std::bit_cast<uint64_t>(x);
  auto exponent = static_cast<int>(bits >> 52 & 0x7FF);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  if (exponent == 0x7FF) {
    int64_t& count = mantissa != 0 ? nans_ : std::signbit(x) ? minus_infinities_ : infinities_;
    count += sign;
    return;
  }
  if (exponent != 0) mantissa |= uint64_t{1} << 52;
  int at = std::max(exponent - 1, 0);  // the mantissa's lowest bit, from 2^-1074 on
  if ((bits >> 63) != 0) sign = -sign;
  int digit = at / kDigitBits;
  int shift = at % kDigitBits;
  __extension__ using Wide = unsigned __int128;
  Wide wide = Wide{mantissa} << shift;
  for (int i = 0; i < 3; ++i) {
    digits_[static_cast<size_t>(digit + i)] +=
        sign * static_cast<int64_t>(static_cast<uint64_t>(wide >> (kDigitBits * i)) & kDigitMask);
  }
  low_ = std::min(low_, digit);
  high_ = std::max(high_, digit + 3);
  if (++changes_ >= kCarryAfter) Carry();
}

void ExactSum::Carry() {
  changes_ = 0;
  int64_t carry = 0;
  int at = low_;
  for (; at < high_ || (carry != 0 && carry != -1 && at < kDigits); ++at) {
    auto i = static_cast<size_t>(at);
    digits_[i] += carry;
    carry = digits_[i] >> kDigitBits;
    digits_[i] &= kDigitMask;
  }
  if (carry != 0) digits_[static_cast<size_t>(at - 1)] += carry << kDigitBits;
  high_ = std::max(high_, at);
}

double ExactSum::Round() const {
  if (nans_ > 0 || (infinities_ > 0 && minus_infinities_ > 0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (infinities_ > 0) return std::numeric_limits<double>::infinity();
  if (minus_infinities_ > 0) return -std::numeric_limits<double>::infinity();
  if (low_ >= high_) return 0;
  int64_t whole[kDigits + 2];
  int64_t carry = 0;
  int end = std::min(high_ + 2, kDigits + 2);
  for (int at = low_; at < end; ++at) {
    int64_t sum = (at < kDigits ? digits_[static_cast<size_t>(at)] : 0) + carry;
    whole[at] = sum & kDigitMask;
    carry = sum >> kDigitBits;
  }
  if (carry >= 0) return RoundDigits(whole, low_, end);
  // Negative: the digits of its absolute value.
  int64_t borrow = 1;
  for (int at = low_; at < end; ++at) {
    int64_t flipped = (~whole[at] & kDigitMask) + borrow;
    whole[at] = flipped & kDigitMask;
    borrow = flipped >> kDigitBits;
  }
  return -RoundDigits(whole, low_, end);
}

std::optional<int> FixedSum::LowestFor(std::span<const int64_t> values) {
  int least = 0x7FF, most = 0;
  for (const int64_t value : values) {
    const auto bits = static_cast<uint64_t>(value);
    if (bits << 1 == 0) continue;
    const auto exponent = static_cast<int>(bits >> 52 & 0x7FF);
    least = std::min(least, exponent);
    most = std::max(most, exponent);
  }
  if (most == 0 && least == 0x7FF) return 0x3FF;  // nothing but zeros
  // Neither a sum nor its lowest bit leaves the normal numbers, and all bits have room.
  constexpr int kMantissa = 53, kRoom = 126;
  const auto more = static_cast<int>(std::bit_width(values.size()));
  const bool fits =
      least > kMantissa && most + more < 0x7FF && most - least + kMantissa + more < kRoom;
  return fits ? std::optional(least) : std::nullopt;
}

// The 63 highest bits are rounded once, to the nearest, ties to even, where the lowest of them says
// whether something stands behind; the factor is a power of two.
double FixedSum::Round() const {
  __extension__ using UnsignedWide = unsigned __int128;
  const auto size = static_cast<UnsignedWide>(sum_ < 0 ? -sum_ : sum_);  // below 2^126
  const auto high = static_cast<uint64_t>(size >> 64);
  const auto low = static_cast<uint64_t>(size);
  const int bits = high != 0 ? 128 - std::countl_zero(high) : 64 - std::countl_zero(low);
  const int shift = std::max(0, bits - 63);
  uint64_t head = low;
  if (shift > 0) {
    const uint64_t behind = low << (64 - shift);
    head = high << (64 - shift) | low >> shift | static_cast<uint64_t>(behind != 0);
  }
  const double rounded = static_cast<double>(static_cast<int64_t>(head)) *
                         std::bit_cast<double>(static_cast<uint64_t>(lowest_ - 52 + shift) << 52);
  return sum_ < 0 ? -rounded : rounded;
}

}  // namespace opsc::kernel
