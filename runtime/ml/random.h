// Random choices that come out the same on every machine: from a seed, by formulas written here.
#pragma once

#include <cstdint>
#include <string_view>

namespace opsc {

// One round of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
// OOPSLA 2014): a bijection that spreads every bit over all.
constexpr uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// The SplitMix64 generator.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    const uint64_t value = Mix(state_);
    state_ += 0x9e3779b97f4a7c15;
    return value;
  }
  // Uniform in [0, bound), but for a bias below bound / 2^64. REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound) { return Next() % bound; }

 private:
  uint64_t state_;
};

// A number in [0, 1) that depends on these bytes and the seed only (FNV-1a, then mixed).
inline double UniformOf(std::string_view bytes, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325 ^ Mix(seed);
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return static_cast<double>(Mix(hash) >> 11) * 0x1.0p-53;
}

}  // namespace opsc
