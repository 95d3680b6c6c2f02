#include "compiler/kernel/exact_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace opsc::kernel {
namespace {

// Shewchuk's sum of non-overlapping parts, as Python's math.fsum has it: another way to the same.
double Fsum(const std::vector<double>& values) {
  std::vector<double> parts;
  for (double x : values) {
    size_t kept = 0;
    for (double y : parts) {
      if (std::abs(x) < std::abs(y)) std::swap(x, y);
      double high = x + y;
      double low = y - (high - x);
      if (low != 0) parts[kept++] = low;
      x = high;
    }
    parts.resize(kept);
    parts.push_back(x);
  }
  if (parts.empty()) return 0;
  double high = parts.back();
  double low = 0;
  size_t n = parts.size() - 1;
  while (n > 0) {
    double x = high;
    double y = parts[--n];
    high = x + y;
    low = y - (high - x);
    if (low != 0) break;
  }
  if (n > 0 && ((low < 0 && parts[n - 1] < 0) || (low > 0 && parts[n - 1] > 0))) {
    double twice = low * 2;
    double x = high + twice;
    if (twice == x - high) high = x;
  }
  return high;
}

double SumOf(const std::vector<double>& values) {
  ExactSum sum;
  for (double x : values) sum.Add(x);
  return sum.Round();
}

double RandomDouble(std::mt19937_64& random, int spread) {
  double x = std::ldexp(static_cast<double>(random() >> 11),
                        -53 + static_cast<int>(random() % spread) - spread / 2);
  return random() % 2 == 0 ? x : -x;
}

TEST(ExactSum, IsTheNearestDouble) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::vector<double> values;
    size_t count = random() % 40;
    int spread = round % 3 == 0 ? 8 : round % 3 == 1 ? 200 : 1900;
    for (size_t i = 0; i < count; ++i) values.push_back(RandomDouble(random, spread));
    EXPECT_EQ(SumOf(values), Fsum(values)) << round;
  }
}

TEST(ExactSum, NoOrderAndNoRemovalMatters) {
  std::mt19937_64 random(8);
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(RandomDouble(random, 300));
  double expected = SumOf(values);
  std::ranges::shuffle(values, random);
  EXPECT_EQ(SumOf(values), expected);
  ExactSum sum;
  for (int i = 0; i < 100; ++i) sum.Add(RandomDouble(random, 900));
  std::mt19937_64 again(8);
  ExactSum window;
  std::vector<double> gone;
  for (int i = 0; i < 5000; ++i) gone.push_back(RandomDouble(again, 1900));
  for (double x : gone) window.Add(x);
  for (double x : values) window.Add(x);
  for (double x : gone) window.Remove(x);
  EXPECT_EQ(window.Round(), expected);
}

TEST(ExactSum, TheEdges) {
  using Limits = std::numeric_limits<double>;
  EXPECT_EQ(SumOf({}), 0.0);
  EXPECT_EQ(SumOf({1e308, 1e308, -1e308}), 1e308);  // no overflow on the way
  EXPECT_EQ(SumOf({1e308, 1e308}), Limits::infinity());
  EXPECT_EQ(SumOf({-1e308, -1e308}), -Limits::infinity());
  EXPECT_EQ(SumOf({1.0, 1e-16, 1e-16}), 1.0000000000000002);
  EXPECT_EQ(SumOf({0.1, 0.2, -0.3}), Fsum({0.1, 0.2, -0.3}));
  EXPECT_EQ(SumOf({Limits::denorm_min(), Limits::denorm_min()}), 2 * Limits::denorm_min());
  EXPECT_EQ(SumOf({Limits::min(), -Limits::denorm_min()}), Limits::min() - Limits::denorm_min());
  EXPECT_EQ(SumOf({Limits::infinity(), 1.0}), Limits::infinity());
  EXPECT_TRUE(std::isnan(SumOf({Limits::infinity(), -Limits::infinity()})));
  EXPECT_TRUE(std::isnan(SumOf({Limits::quiet_NaN(), 1.0})));
  EXPECT_FALSE(std::signbit(SumOf({-0.0})));
  ExactSum sum;
  sum.Add(Limits::quiet_NaN());
  sum.Add(2.5);
  sum.Remove(Limits::quiet_NaN());
  EXPECT_EQ(sum.Round(), 2.5);
}

TEST(FixedSum, IsTheSameWhereItIsEnough) {
  std::mt19937_64 random(9);
  int enough = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<double> values;
    std::vector<int64_t> bits;
    const int spread = round % 3 == 0 ? 8 : round % 3 == 1 ? 60 : 1900;
    for (size_t i = random() % 200; i > 0; --i) {
      values.push_back(random() % 20 == 0 ? -0.0 : RandomDouble(random, spread));
      bits.push_back(std::bit_cast<int64_t>(values.back()));
    }
    const auto lowest = FixedSum::LowestFor(bits);
    if (!lowest) continue;
    ++enough;
    FixedSum fixed(*lowest);
    ExactSum exact;
    for (double x : values) fixed.Add(x);
    for (double x : values) exact.Add(x);
    EXPECT_EQ(std::bit_cast<uint64_t>(fixed.Round()), std::bit_cast<uint64_t>(exact.Round()));
    for (size_t i = 0; i < values.size() / 2; ++i) {
      fixed.Remove(values[i]);
      exact.Remove(values[i]);
      EXPECT_EQ(std::bit_cast<uint64_t>(fixed.Round()), std::bit_cast<uint64_t>(exact.Round()));
    }
  }
  EXPECT_GT(enough, 1000);
}

TEST(FixedSum, IsNotForExtremes) {
  using Limits = std::numeric_limits<double>;
  const auto fits = [](std::vector<double> values) {
    std::vector<int64_t> bits;
    for (double x : values) bits.push_back(std::bit_cast<int64_t>(x));
    return FixedSum::LowestFor(bits).has_value();
  };
  EXPECT_TRUE(fits({}));
  EXPECT_TRUE(fits({0.0, -0.0}));
  EXPECT_TRUE(fits({0.001, 1e6, -3}));
  EXPECT_FALSE(fits({1, Limits::infinity()}));
  EXPECT_FALSE(fits({1, Limits::quiet_NaN()}));
  EXPECT_FALSE(fits({1, Limits::denorm_min()}));
  EXPECT_FALSE(fits({1, 1e40}));
  EXPECT_FALSE(fits({1e308, 1.7e308}));
  EXPECT_FALSE(fits({Limits::min()}));
}

TEST(ExactIntSum, FailsOnlyWhereTheSumHasNoInt) {
  ExactIntSum sum;
  int64_t out = 0;
  sum.Add(INT64_MAX);
  sum.Add(INT64_MAX);
  EXPECT_FALSE(sum.Read(out));
  sum.Remove(INT64_MAX);
  EXPECT_TRUE(sum.Read(out));
  EXPECT_EQ(out, INT64_MAX);
}

}  // namespace
}  // namespace opsc::kernel
