// For tests and fuzzing: random functions over rows, as source text, and random rows for them.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "runtime/value/value.h"

namespace opsc {

// A stream of choices: of a generator with a seed, or of a fuzzer's bytes (then 0 at their end).
class Choices {
 public:
  explicit Choices(uint64_t seed) : engine_(seed) {}
  explicit Choices(std::string_view bytes) : bytes_(bytes), from_bytes_(true) {}

  // 0 to count - 1.
  size_t Below(size_t count);
  template <typename T, size_t kCount>
  const T& OneOf(const T (&items)[kCount]) {
    return items[Below(kCount)];
  }

 private:
  std::mt19937_64 engine_{0};
  std::string_view bytes_;
  bool from_bytes_ = false;
};

// `type Row …`, `dataset rows …`.
std::string RowDeclarations();
// "features f0 { of: rows, columns: r => { … } }", with some columns of random types.
std::string RandomFeatures(Choices& choices, const std::string& name, int depth);
// A record of the row type: NaN, infinities, denormals, -0.0, extremes, nulls, empty and odd texts.
Value RandomRow(Choices& choices, int64_t id);

}  // namespace opsc
