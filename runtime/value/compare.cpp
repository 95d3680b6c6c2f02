// Equality and hashing of values.
#include <algorithm>
#include <bit>
#include <cmath>

#include "runtime/value/value.h"

namespace opsc {
namespace {

bool EqualNumbers(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

bool EqualRecords(const Value& a, const Value& b) {
  auto left = a.AsRecord();
  auto right = b.AsRecord();
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    const Value* other = left[i].first == right[i].first ? &right[i].second : b.Find(left[i].first);
    if (other == nullptr || !(left[i].second == *other)) return false;
  }
  return true;
}

bool EqualFiles(const FileRep& a, const FileRep& b) {
  return a.path == b.path && a.producer == b.producer && a.output == b.output &&
         a.digest == b.digest;
}

size_t Mix(size_t seed, size_t hash) {
  return (seed ^ hash) * 0x9E3779B97F4A7C15ull + (seed >> 29);
}

size_t HashText(std::string_view text) {
  return std::hash<std::string_view>{}(text);
}

size_t HashNumber(double number) {
  if (std::isnan(number)) return 1;
  return std::hash<uint64_t>{}(std::bit_cast<uint64_t>(number == 0 ? 0.0 : number));
}

size_t HashRange(std::span<const Value> values, size_t seed) {
  for (const Value& value : values) seed = Mix(seed, HashOf(value));
  return seed;
}

size_t HashRecord(const Value& value) {
  size_t sum = 0;  // of the fields in any order
  for (const auto& [name, field] : value.AsRecord()) sum += Mix(name.index() + 1, HashOf(field));
  return sum;
}

}  // namespace

bool operator==(const Value& a, const Value& b) {
  if (a.head_.kind() != b.head_.kind()) return false;
  if (a.on_heap() && a.payload_.rep == b.payload_.rep) return true;
  switch (a.head_.kind()) {
    case ValueKind::kNull:
      return true;
    case ValueKind::kFloat:
    case ValueKind::kRatio:
      return EqualNumbers(a.AsFloat(), b.AsFloat());
    case ValueKind::kString:
    case ValueKind::kBytes:
      return a.AsString() == b.AsString();
    case ValueKind::kFile:
      return EqualFiles(a.AsFile(), b.AsFile());
    case ValueKind::kFiles:
      return a.AsFiles().include == b.AsFiles().include &&
             a.AsFiles().exclude == b.AsFiles().exclude && a.AsFiles().files == b.AsFiles().files;
    case ValueKind::kTemplate:
      return a.AsTemplate().texts == b.AsTemplate().texts &&
             a.AsTemplate().holes == b.AsTemplate().holes;
    case ValueKind::kList:
      return std::ranges::equal(a.AsList(), b.AsList());
    case ValueKind::kRecord:
      return EqualRecords(a, b);
    case ValueKind::kFunction:
      return a.AsFunction() == b.AsFunction();
    case ValueKind::kInstance:
      return a.AsInstance().address == b.AsInstance().address;
    case ValueKind::kPending:
      return a.AsPending().waits_for == b.AsPending().waits_for;
    default:
      return a.payload_.integer == b.payload_.integer;
  }
}

size_t HashOf(const Value& value) {
  size_t seed = Mix(0x51ED270B, static_cast<size_t>(value.kind()));
  switch (value.kind()) {
    case ValueKind::kNull:
      return seed;
    case ValueKind::kFloat:
    case ValueKind::kRatio:
      return Mix(seed, HashNumber(value.AsFloat()));
    case ValueKind::kString:
    case ValueKind::kBytes:
      return Mix(seed, HashText(value.AsString()));
    case ValueKind::kFile:
      return Mix(seed, HashText(value.AsFile().path));
    case ValueKind::kFiles:
      return HashRange(value.AsFiles().files, seed);
    case ValueKind::kTemplate:
      return HashRange(value.AsTemplate().holes, seed);
    case ValueKind::kList:
      return HashRange(value.AsList(), seed);
    case ValueKind::kRecord:
      return Mix(seed, HashRecord(value));
    case ValueKind::kFunction:
      return Mix(seed, std::hash<const void*>{}(value.AsFunction().get()));
    case ValueKind::kInstance:
      return Mix(seed, HashText(value.AsInstance().address));
    case ValueKind::kPending:
      return Mix(seed, value.AsPending().waits_for.size());
    default:
      return Mix(seed, std::hash<int64_t>{}(value.AsInt()));
  }
}

}  // namespace opsc
