// Logarithms and exponentials as sequences of IEEE operations without a branch: run on doubles by
// the evaluator and the executor, emitted as vector code by the compiler of kernels. One text, so
// one result, bit for bit, on every processor.
//
// After FreeBSD's msun (e_log.c, s_log1p.c, e_exp.c: Copyright 1993 Sun Microsystems; "Permission
// to use, copy, modify, and distribute this software is freely granted, provided that this notice
// is preserved"), with selections for its branches. The error is below one unit in the last place.
//
// The types: F a float, I an int64 and B a truth value, with the operators of C++ (>> of I is
// arithmetic) and the functions below.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace opsc::kernel::math {

// --- what the templates need, for plain numbers
inline double Choose(bool condition, double then, double otherwise) {
  return condition ? then : otherwise;
}
inline int64_t Choose(bool condition, int64_t then, int64_t otherwise) {
  return condition ? then : otherwise;
}
inline int64_t BitsOf(double x) {
  return std::bit_cast<int64_t>(x);
}
inline double FromBits(int64_t bits) {
  return std::bit_cast<double>(bits);
}
inline double AsFloat(int64_t x) {
  return static_cast<double>(x);
}
// REQUIRES: it fits; the fraction is cut off.
inline int64_t AsInt(double x) {
  return static_cast<int64_t>(x);
}
inline double Magnitude(double x) {
  return std::fabs(x);
}
// A constant of the type of `like`.
inline double Number(double, double value) {
  return value;
}
inline int64_t Whole(double, int64_t value) {
  return value;
}

inline constexpr double kLn2High = 6.93147180369123816490e-01;
inline constexpr double kLn2Low = 1.90821492927058770002e-10;
// Bits of 1.0 and of sqrt(2)/2: what turns a number's exponent and mantissa into 2^k and 1 + f with
// 1 + f between sqrt(2)/2 and sqrt(2).
inline constexpr int64_t kOneBits = 0x3FF0000000000000;
inline constexpr int64_t kHalfRootBits = 0x3FE6A09E00000000;
inline constexpr int64_t kMantissa = 0x000FFFFFFFFFFFFF;

// log(1 + f) + k ln 2 + c.
template <typename F>
F LogOfParts(F f, F k, F c) {
  auto n = [&](double value) { return Number(f, value); };
  F half = n(0.5) * f * f;
  F s = f / (n(2.0) + f);
  F z = s * s;
  F w = z * z;
  F even = w * (n(3.999999999940941908e-01) +
                w * (n(2.222219843214978396e-01) + w * n(1.531383769920937332e-01)));
  F odd = z * (n(6.666666666666735130e-01) +
               w * (n(2.857142874366239149e-01) +
                    w * (n(1.818357216161805012e-01) + w * n(1.479819860511658591e-01))));
  return s * (half + (even + odd)) + (k * n(kLn2Low) + c) - half + f + k * n(kLn2High);
}

template <typename F>
F Log(F x) {
  auto n = [&](double value) { return Number(x, value); };
  auto whole = [&](int64_t value) { return Whole(x, value); };
  F finite = Choose(x < n(HUGE_VAL), x, n(1.0));
  auto tiny = finite < n(0x1p-1022);
  F scaled = Choose(tiny, finite * n(0x1p54), finite);
  auto bits = BitsOf(scaled) + whole(kOneBits - kHalfRootBits);
  auto k = (bits >> whole(52)) - whole(1023) - Choose(tiny, whole(54), whole(0));
  F f = FromBits((bits & whole(kMantissa)) + whole(kHalfRootBits)) - n(1.0);
  F result = LogOfParts(f, AsFloat(k), n(0.0));
  result = Choose(x == n(0.0), n(-HUGE_VAL), result);
  result = Choose(x < n(0.0), n(__builtin_nan("")), result);
  return Choose(x < n(HUGE_VAL), result, x);  // infinity and what is no number
}

template <typename F>
F Log1p(F x) {
  auto n = [&](double value) { return Number(x, value); };
  auto whole = [&](int64_t value) { return Whole(x, value); };
  F finite = Choose(x < n(HUGE_VAL), x, n(1.0));
  F u = n(1.0) + finite;
  auto bits = BitsOf(u) + whole(kOneBits - kHalfRootBits);
  auto k = (bits >> whole(52)) - whole(1023);
  // What rounding took from 1 + x.
  F lost = Choose(k >= whole(2), n(1.0) - (u - finite), finite - (u - n(1.0)));
  F c = Choose(k < whole(54), lost / u, n(0.0));
  F f = FromBits((bits & whole(kMantissa)) + whole(kHalfRootBits)) - n(1.0);
  auto near = k == whole(0);  // 1 + x is 1 + f
  F result = LogOfParts(Choose(near, finite, f), AsFloat(k), Choose(near, n(0.0), c));
  result = Choose(Magnitude(x) < n(0x1p-53), x, result);
  result = Choose(x == n(-1.0), n(-HUGE_VAL), result);
  result = Choose(x < n(-1.0), n(__builtin_nan("")), result);
  return Choose(x < n(HUGE_VAL), result, x);
}

template <typename F>
F Exp(F x) {
  auto n = [&](double value) { return Number(x, value); };
  auto whole = [&](int64_t value) { return Whole(x, value); };
  auto inside = Magnitude(x) < n(746.0);
  F bounded = Choose(inside, x, n(0.0));
  F turn = bounded * n(1.44269504088896338700e+00);
  auto k = AsInt(turn + Choose(turn < n(0.0), n(-0.5), n(0.5)));
  F high = bounded - AsFloat(k) * n(kLn2High);
  F low = AsFloat(k) * n(kLn2Low);
  F r = high - low;
  F rr = r * r;
  F c = r - rr * (n(1.66666666666666019037e-01) +
                  rr * (n(-2.77777777770155933842e-03) +
                        rr * (n(6.61375632143793436117e-05) +
                              rr * (n(-1.65339022054652515390e-06) +
                                    rr * n(4.13813679705723846039e-08)))));
  F y = n(1.0) + (r * c / (n(2.0) - c) - low + high);
  // y * 2^k in two steps: each is a number, also where the result is small.
  auto first = k >> whole(1);
  auto power = [&](auto exponent) { return FromBits((exponent + whole(1023)) << whole(52)); };
  F result = y * power(first) * power(k - first);
  F outside = Choose(x < n(0.0), n(0.0), n(HUGE_VAL));
  result = Choose(inside, result, outside);
  return Choose(x == x, result, x);
}

// floor(a / by) for by > 0 and |a / by| < 2^52, where the quotient of doubles is off by at most
// one; the remainder says so. `like` is any float.
template <typename I, typename F>
I FloorDiv(I a, int64_t by, F like) {
  auto whole = [&](int64_t value) { return Whole(like, value); };
  I guess = AsInt(AsFloat(a) * Number(like, 1.0 / static_cast<double>(by)));
  I rest = a - guess * whole(by);
  I over = Choose(rest >= whole(by), whole(1), whole(0));
  return guess + over - Choose(rest < whole(0), whole(1), whole(0));
}

}  // namespace opsc::kernel::math
