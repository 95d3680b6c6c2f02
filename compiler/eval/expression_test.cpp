// Expressions: each operator and form, and how it fails.
#include <gtest/gtest.h>

#include "compiler/eval/test_program.h"

namespace opsc {
namespace {

// One program for all expressions, so that the prelude is checked once.
std::string E(const std::string& expression) {
  static auto* program = new TestProgram(R"(
    let one = 1
    let empty: [int] = []
    let maybe: int? = null
    let big = 9223372036854775807
    let base: { a: int, deep: { x: int, y: [int] } } = { a: 1, deep: { x: 1, y: [1, 2] } }
    let m: {string: int} = { a: 1, b: 2 }
    fn twice(n: int) -> int = n * 2
    fn deep(n: int) -> int = error("never ${n}")
    type Kind { name: "x" | "y", n: int(1..5) = 3 check self.n < 5 else "n is ${self.n}" }
  )");
  return program->Eval(expression);
}

TEST(Expression, Arithmetic) {
  EXPECT_EQ(E("1 + 2 * 3 - 4 / 2"), "5");
  EXPECT_EQ(E("-7 / 2"), "-3");
  EXPECT_EQ(E("-7 % 3"), "-1");
  EXPECT_EQ(E("7.5 / 2.5"), "3.0");
  EXPECT_EQ(E("2h + 30min"), "150min");
  EXPECT_EQ(E("10s * 3"), "30s");
  EXPECT_EQ(E("1min / 10s"), "6.0");
  EXPECT_EQ(E("1GiB / 4"), "256MiB");
  EXPECT_EQ(E("25% + 5%"), "30%");
  EXPECT_EQ(E("\"5\" + \"3\""), "\"53\"");
  EXPECT_EQ(E("[1] + [2, 3]"), "[1, 2, 3]");
  EXPECT_EQ(E("-one"), "-1");
}

TEST(Expression, NothingOverflowsInSilence) {
  EXPECT_EQ(E("big + 1"), "OPS0502 the result of `9223372036854775807 + 1` is too large");
  EXPECT_EQ(E("big * 2"), "OPS0502 the result of `9223372036854775807 * 2` is too large");
  EXPECT_EQ(E("-big - 2"), "OPS0502 the result of `-9223372036854775807 - 2` is too large");
  EXPECT_EQ(E("one / 0"), "OPS0503 division by zero: `1 / 0`");
  EXPECT_EQ(E("one % (one - 1)"), "OPS0503 division by zero: `1 % 0`");
  EXPECT_EQ(E("1.0 / 0.0"), "OPS0503 division by zero: `1.0 / 0.0`");
  EXPECT_EQ(E("fold(1..20, 1.0, (x, i) => x * to_float(big))").substr(0, 8), "OPS0502 ");
}

TEST(Expression, ComparisonAndLogic) {
  EXPECT_EQ(E("1 < 2 and not (2 <= 1)"), "true");
  EXPECT_EQ(E("\"a\" < \"b\""), "true");
  EXPECT_EQ(E("false and deep(1) == 1"), "false");
  EXPECT_EQ(E("true or deep(1) == 1"), "true");
  EXPECT_EQ(E("maybe ?? 5"), "5");
  EXPECT_EQ(E("[1, 2] == [1, 2]"), "true");
  EXPECT_EQ(E("{ a: 1, b: 2 } == { b: 2, a: 1 }"), "true");
  EXPECT_EQ(E("2 in [1, 2]"), "true");
  EXPECT_EQ(E("2 in 3..5"), "false");
  EXPECT_EQ(E("\"a\" in m"), "true");
}

TEST(Expression, Choices) {
  EXPECT_EQ(E("if one == 1 then \"yes\" else \"no\""), "\"yes\"");
  EXPECT_EQ(E("match one + 0 { 1 => \"one\", 2 => \"two\", else => \"many\" }"), "\"one\"");
  EXPECT_EQ(E("match one + 5 { 1 => \"one\", else => \"many\" }"), "\"many\"");
}

TEST(Expression, Collections) {
  EXPECT_EQ(E("1..3"), "[1, 2, 3]");
  EXPECT_EQ(E("3..1"), "[]");
  EXPECT_EQ(E("[for x in 1..4 if x % 2 == 0: x * x]"), "[4, 16]");
  EXPECT_EQ(E("[for i, x in [\"a\", \"b\"]: \"${i}${x}\"]"), "[\"0a\", \"1b\"]");
  EXPECT_EQ(E("{for k, v in m: \"${k}!\": v + 1}"), "{ \"a!\": 2, \"b!\": 3 }");
  EXPECT_EQ(E("{for x in [1, 1]: \"k\": x}"), "OPS0516 the key `k` is made twice");
  EXPECT_EQ(E("[0, ...[1, 2], 3]"), "[0, 1, 2, 3]");
  EXPECT_EQ(E("{ ...base, a: 2 }"), "{ a: 2, deep: { x: 1, y: [1, 2] } }");
  EXPECT_EQ(E("[1, 2][1]"), "2");
  EXPECT_EQ(E("[1, 2][2]"), "OPS0505 index 2 is outside of a list of 2");
  EXPECT_EQ(E("m[\"b\"]"), "2");
  EXPECT_EQ(E("m[\"c\"]"), "OPS0506 there is no `c` in a record");
}

TEST(Expression, WithIsDeepOnRecords) {
  EXPECT_EQ(E("base with { deep: { y: [9] } }"), "{ a: 1, deep: { x: 1, y: [9] } }");
}

TEST(Expression, Functions) {
  EXPECT_EQ(E("twice(twice(3))"), "12");
  EXPECT_EQ(E("[1, 2].map(twice)"), "[2, 4]");
  EXPECT_EQ(E("[1, 2].map(x => [10, 20].map(y => x + y))"), "[[11, 21], [12, 22]]");
  EXPECT_EQ(E("deep(3)"), "OPS0511 never 3");
}

TEST(Expression, Interpolation) {
  EXPECT_EQ(E("\"${one}-${true}-${1.0}-${30s}-${\"t\"}\""), "\"1-true-1.0-30s-t\"");
}

TEST(Expression, SelfReadsSiblingsInAnyOrder) {
  EXPECT_EQ(E("{ a: self.b + 1, b: 2 }.a"), "3");
}

TEST(Expression, Limits) {
  EXPECT_EQ(E("1..100000000"), "OPS0509 a list or map of more than 10000000 elements");
  EXPECT_EQ(E("length(1..1000000)"), "1000000");
}

TEST(Builtins, Lists) {
  EXPECT_EQ(E("fold(1..10, 0, (sum, x) => sum + x)"), "55");
  EXPECT_EQ(E("[3, 1, 2].sort()"), "[1, 2, 3]");
  EXPECT_EQ(E("[\"bb\", \"a\"].sort_by(x => length(x))"), "[\"a\", \"bb\"]");
  EXPECT_EQ(E("[1, 2, 3].filter(x => x > 1)"), "[2, 3]");
  EXPECT_EQ(E("[1, 2].flat_map(x => [x, x])"), "[1, 1, 2, 2]");
  EXPECT_EQ(E("flatten([[1], [2]])"), "[1, 2]");
  EXPECT_EQ(E("[1, 2].any(x => x == 2)"), "true");
  EXPECT_EQ(E("[1, 2].every(x => x == 2)"), "false");
  EXPECT_EQ(E("[1, 2].find(x => x == 2)"), "2");
  EXPECT_EQ(E("[1, 2].find(x => x == 3)"), "null");
  EXPECT_EQ(E("[1, 2, 1].distinct()"), "[1, 2]");
  EXPECT_EQ(E("[1, 2, 3].reverse()"), "[3, 2, 1]");
  EXPECT_EQ(E("first(empty)"), "null");
  EXPECT_EQ(E("[1, 2, 3].take(2)"), "[1, 2]");
  EXPECT_EQ(E("[1, 2, 3].drop(2)"), "[3]");
  EXPECT_EQ(E("zip([1, 2], [\"a\", \"b\"])"),
            "[{ first: 1, second: \"a\" }, { first: 2, second: \"b\" }]");
  EXPECT_EQ(E("[1, 2, 3].group_by(x => if x > 1 then \"big\" else \"small\")"),
            "{ small: [1], big: [2, 3] }");
  EXPECT_EQ(E("sum([1.5, 2.5])"), "4.0");
  EXPECT_EQ(E("sum(empty)"), "0");
  EXPECT_EQ(E("max(1, 2)"), "2");
  EXPECT_EQ(E("keys(m)"), "[\"a\", \"b\"]");
  EXPECT_EQ(E("values(m)"), "[1, 2]");
  EXPECT_EQ(E("merge(m, { b: 3 })"), "{ a: 1, b: 3 }");
  EXPECT_EQ(E("range(0, 3)"), "[0, 1, 2]");
}

TEST(Builtins, Strings) {
  EXPECT_EQ(E("\"abc\".contains(\"b\")"), "true");
  EXPECT_EQ(E("\"a,b\".split(\",\")"), "[\"a\", \"b\"]");
  EXPECT_EQ(E("[\"a\", \"b\"].join(\"-\")"), "\"a-b\"");
  EXPECT_EQ(E("\"aXbX\".replace(\"X\", \"\")"), "\"ab\"");
  EXPECT_EQ(E("\"héllo\".slice(1, 3)"), "\"él\"");
  EXPECT_EQ(E("\" a \".trim()"), "\"a\"");
  EXPECT_EQ(E("\"aB\".upper()"), "\"AB\"");
  EXPECT_EQ(E("\"aB\".lower()"), "\"ab\"");
  EXPECT_EQ(E("\"v1\".matches(r\"v\\d+\")"), "true");
  EXPECT_EQ(E("\"a\\nb\\n\".lines()"), "[\"a\", \"b\"]");
  EXPECT_EQ(E("\"a\\n\\nb\".indent(2)"), "\"  a\\n\\n  b\"");
  EXPECT_EQ(E("length(\"é\")"), "1");
  EXPECT_EQ(E("base64(\"hi\")"), "\"aGk=\"");
  EXPECT_EQ(E("to_json({ a: [1, 2.5, null] })"), R"("{\"a\":[1,2.5,null]}")");
  EXPECT_EQ(E("sha256(\"\")"),
            "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"");
}

TEST(Builtins, Numbers) {
  EXPECT_EQ(E("abs(-3)"), "3");
  EXPECT_EQ(E("round(2.5)"), "3");
  EXPECT_EQ(E("floor(-2.5)"), "-3");
  EXPECT_EQ(E("ceil(to_float(big) * 2.0)").substr(0, 8), "OPS0502 ");
  EXPECT_EQ(E("to_float(2)"), "2.0");
  EXPECT_EQ(E("parse_int(\"12\")"), "12");
  EXPECT_EQ(E("parse_int(\"1x\")"), "null");
  EXPECT_EQ(E("parse_float(\"1.5\")"), "1.5");
  EXPECT_EQ(E("seconds(90s)"), "90.0");
  EXPECT_EQ(E("bytes_of(1KiB)"), "1024");
}

}  // namespace
}  // namespace opsc
