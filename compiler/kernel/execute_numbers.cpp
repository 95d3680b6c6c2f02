// Operations on numbers and truth values, a block at a time. Built with loop vectorisation; no
// operation may be reordered, contracted or approximated.
#include <cmath>

#include "compiler/kernel/block.h"
#include "compiler/kernel/math.h"
#include "compiler/kernel/scalar.h"
#include "runtime/base/check.h"

namespace opsc::kernel {
namespace {

// One node of a block that is being computed.
struct Running {
  Block& block;
  NodeId id;
  const Node& node;
  void* out;

  template <typename T>
  const T* Arg(size_t i) const {
    return block.Values<T>(node.args[i]);
  }
  size_t rows() const { return block.rows; }
  // On which rows it is evaluated; null: on all.
  const uint8_t* Guard() const {
    return IsNone(node.guard) ? nullptr : block.Values<uint8_t>(node.guard);
  }
};

template <typename R, typename A, typename F>
void Map1(const Running& r, F f) {
  auto* __restrict out = static_cast<R*>(r.out);
  const A* a = r.Arg<A>(0);
  for (size_t i = 0; i < r.rows(); ++i) out[i] = f(a[i]);
}

template <typename R, typename A, typename B, typename F>
void Map2(const Running& r, F f) {
  auto* __restrict out = static_cast<R*>(r.out);
  const A* a = r.Arg<A>(0);
  const B* b = r.Arg<B>(1);
  for (size_t i = 0; i < r.rows(); ++i) out[i] = f(a[i], b[i]);
}

template <typename T>
void SelectOf(const Running& r) {
  auto* __restrict out = static_cast<T*>(r.out);
  const auto* condition = r.Arg<uint8_t>(0);
  const T* then = r.Arg<T>(1);
  const T* otherwise = r.Arg<T>(2);
  for (size_t i = 0; i < r.rows(); ++i) out[i] = condition[i] != 0 ? then[i] : otherwise[i];
}

void NoteFailures(const Running& r, const uint8_t* fails) {
  const uint8_t* guard = r.Guard();
  for (size_t i = 0; i < r.rows(); ++i) {
    if (fails[i] == 0 || (guard != nullptr && guard[i] == 0)) continue;
    r.block.Fail(r.id, i);
    return;
  }
}

// `f(a, out)` is false where there is no result.
template <typename R, typename A, typename F>
void Try1(const Running& r, F f) {
  auto* out = static_cast<R*>(r.out);
  const A* a = r.Arg<A>(0);
  uint8_t fails[kBlockRows];
  uint8_t any = 0;
  for (size_t i = 0; i < r.rows(); ++i) {
    fails[i] = f(a[i], out[i]) ? 0 : 1;
    any |= fails[i];
  }
  if (any != 0) NoteFailures(r, fails);
}

template <typename R, typename A, typename B, typename F>
void Try2(const Running& r, F f) {
  auto* out = static_cast<R*>(r.out);
  const A* a = r.Arg<A>(0);
  const B* b = r.Arg<B>(1);
  uint8_t fails[kBlockRows];
  uint8_t any = 0;
  for (size_t i = 0; i < r.rows(); ++i) {
    fails[i] = f(a[i], b[i], out[i]) ? 0 : 1;
    any |= fails[i];
  }
  if (any != 0) NoteFailures(r, fails);
}

using Int = int64_t;
using Bool = uint8_t;

bool Divide(Int a, Int b, Int& out) {
  bool fits = b != 0 && !(a == INT64_MIN && b == -1);
  out = fits ? a / b : 0;
  return fits;
}
bool Rest(Int a, Int b, Int& out) {
  bool fits = b != 0 && !(a == INT64_MIN && b == -1);
  out = fits ? a % b : 0;
  return fits;
}

bool RunTruth(const Running& r) {
  switch (r.node.op) {
    case Op::kAnd:
      Map2<Bool, Bool, Bool>(r, [](Bool a, Bool b) { return static_cast<Bool>(a & b); });
      return true;
    case Op::kOr:
      Map2<Bool, Bool, Bool>(r, [](Bool a, Bool b) { return static_cast<Bool>(a | b); });
      return true;
    case Op::kNot:
      Map1<Bool, Bool>(r, [](Bool a) { return static_cast<Bool>(a ^ 1); });
      return true;
    case Op::kEqBool:
      Map2<Bool, Bool, Bool>(r, [](Bool a, Bool b) { return static_cast<Bool>(a == b); });
      return true;
    case Op::kSelectBool:
      SelectOf<Bool>(r);
      return true;
    case Op::kSelectInt:
      SelectOf<Int>(r);
      return true;
    case Op::kSelectFloat:
      SelectOf<double>(r);
      return true;
    case Op::kRequire:
      Try1<Bool, Bool>(r, [](Bool a, Bool& out) {
        out = a;
        return a != 0;
      });
      return true;
    default:
      return false;
  }
}

bool RunInts(const Running& r) {
  switch (r.node.op) {
    case Op::kAddInt:
      Try2<Int, Int, Int>(r,
                          [](Int a, Int b, Int& o) { return !__builtin_add_overflow(a, b, &o); });
      return true;
    case Op::kSubInt:
      Try2<Int, Int, Int>(r,
                          [](Int a, Int b, Int& o) { return !__builtin_sub_overflow(a, b, &o); });
      return true;
    case Op::kMulInt:
      Try2<Int, Int, Int>(r,
                          [](Int a, Int b, Int& o) { return !__builtin_mul_overflow(a, b, &o); });
      return true;
    case Op::kDivInt:
      Try2<Int, Int, Int>(r, Divide);
      return true;
    case Op::kModInt:
      Try2<Int, Int, Int>(r, Rest);
      return true;
    case Op::kNegInt:
      Try1<Int, Int>(r, [](Int a, Int& o) { return !__builtin_sub_overflow(Int{0}, a, &o); });
      return true;
    case Op::kAbsInt:
      Try1<Int, Int>(r, [](Int a, Int& o) {
        if (a >= 0) return o = a, true;
        return !__builtin_sub_overflow(Int{0}, a, &o);
      });
      return true;
    case Op::kEqInt:
      Map2<Bool, Int, Int>(r, [](Int a, Int b) { return static_cast<Bool>(a == b); });
      return true;
    case Op::kLtInt:
      Map2<Bool, Int, Int>(r, [](Int a, Int b) { return static_cast<Bool>(a < b); });
      return true;
    case Op::kLeInt:
      Map2<Bool, Int, Int>(r, [](Int a, Int b) { return static_cast<Bool>(a <= b); });
      return true;
    default:
      return false;
  }
}

bool RunFloats(const Running& r) {
  switch (r.node.op) {
    case Op::kAdd:
      Map2<double, double, double>(r, [](double a, double b) { return a + b; });
      return true;
    case Op::kSub:
      Map2<double, double, double>(r, [](double a, double b) { return a - b; });
      return true;
    case Op::kMul:
      Map2<double, double, double>(r, [](double a, double b) { return a * b; });
      return true;
    case Op::kDiv:
      Map2<double, double, double>(r, [](double a, double b) { return a / b; });
      return true;
    case Op::kMod:
      Map2<double, double, double>(r, [](double a, double b) { return std::fmod(a, b); });
      return true;
    case Op::kNeg:
      Map1<double, double>(r, [](double a) { return -a; });
      return true;
    case Op::kAbs:
      Map1<double, double>(r, [](double a) { return std::fabs(a); });
      return true;
    case Op::kEq:
      Map2<Bool, double, double>(r, [](double a, double b) { return static_cast<Bool>(a == b); });
      return true;
    case Op::kLt:
      Map2<Bool, double, double>(r, [](double a, double b) { return static_cast<Bool>(a < b); });
      return true;
    case Op::kLe:
      Map2<Bool, double, double>(r, [](double a, double b) { return static_cast<Bool>(a <= b); });
      return true;
    case Op::kIsNan:
      Map1<Bool, double>(r, [](double a) { return static_cast<Bool>(a != a); });
      return true;
    case Op::kIsFinite:
      Map1<Bool, double>(r, [](double a) { return static_cast<Bool>(std::isfinite(a)); });
      return true;
    default:
      return false;
  }
}

bool RunConversions(const Running& r) {
  switch (r.node.op) {
    case Op::kToFloat:
      Map1<double, Int>(r, [](Int a) { return static_cast<double>(a); });
      return true;
    case Op::kFloor:
      Try1<Int, double>(r, [](double a, Int& o) { return ToInt(std::floor(a), o); });
      return true;
    case Op::kCeil:
      Try1<Int, double>(r, [](double a, Int& o) { return ToInt(std::ceil(a), o); });
      return true;
    case Op::kRound:
      Try1<Int, double>(r, [](double a, Int& o) { return ToInt(std::round(a), o); });
      return true;
    case Op::kScale:
      Try2<Int, Int, double>(r, [](Int a, double b, Int& o) { return Scale(a, b, o); });
      return true;
    default:
      return false;
  }
}

bool RunFunctions(const Running& r) {
  switch (r.node.op) {
    case Op::kSqrt:
      Map1<double, double>(r, [](double a) { return std::sqrt(a); });
      return true;
    case Op::kLog:
      Map1<double, double>(r, [](double a) { return math::Log(a); });
      return true;
    case Op::kLog1p:
      Map1<double, double>(r, [](double a) { return math::Log1p(a); });
      return true;
    case Op::kExp:
      Map1<double, double>(r, [](double a) { return math::Exp(a); });
      return true;
    case Op::kExpm1:
      Map1<double, double>(r, Expm1);
      return true;
    case Op::kSin:
      Map1<double, double>(r, Sin);
      return true;
    case Op::kCos:
      Map1<double, double>(r, Cos);
      return true;
    case Op::kPow:
      Map2<double, double, double>(r, Pow);
      return true;
    default:
      return false;
  }
}

bool RunTimes(const Running& r) {
  switch (r.node.op) {
    case Op::kYear:
      Map1<Int, Int>(r, YearOf);
      return true;
    case Op::kMonth:
      Map1<Int, Int>(r, MonthOf);
      return true;
    case Op::kDay:
      Map1<Int, Int>(r, DayOf);
      return true;
    case Op::kWeekday:
      Map1<Int, Int>(r, WeekdayOf);
      return true;
    case Op::kHour:
      Map1<Int, Int>(r, HourOf);
      return true;
    case Op::kMinute:
      Map1<Int, Int>(r, MinuteOf);
      return true;
    default:
      return false;
  }
}

}  // namespace

void RunNumbers(Block& block, NodeId id, void* out) {
  Running r{block, id, block.function.nodes[id], out};
  bool done = RunTruth(r) || RunInts(r) || RunFloats(r) || RunConversions(r) || RunFunctions(r) ||
              RunTimes(r);
  OPS_CHECK(done, "an operation that the executor does not know");
}

}  // namespace opsc::kernel
