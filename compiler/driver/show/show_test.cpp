#include <gtest/gtest.h>

#include "compiler/driver/live/block_text.h"
#include "compiler/driver/show/diff_text.h"
#include "compiler/driver/show/duration_text.h"
#include "compiler/driver/show/junit.h"
#include "compiler/driver/show/plan_text.h"
#include "compiler/driver/show/table_text.h"

namespace opsc {
namespace {

TEST(Durations, TwoDigitsThatMatter) {
  using namespace std::chrono_literals;
  EXPECT_EQ(RoundedDuration(85ms), "85ms");
  EXPECT_EQ(RoundedDuration(1230ms), "1.2s");
  EXPECT_EQ(RoundedDuration(9960ms), "10s");
  EXPECT_EQ(RoundedDuration(42s), "42s");
  EXPECT_EQ(RoundedDuration(185s), "3min 5s");
  EXPECT_EQ(RoundedDuration(7800s), "2h 10min");
}

TEST(Diffs, OneField) {
  FieldDiff diff{"replicas", Value::Int(1), Value::Int(3), false, false, false};
  EXPECT_EQ(DiffText(diff, {}), "      replicas: 1 → 3\n");
  diff.replaces = true;
  EXPECT_EQ(DiffText(diff, {}), "      replicas: 1 → 3 (forces replacement)\n");
}

TEST(Diffs, SecretsAreNeverShown) {
  FieldDiff diff{"key", Value::String("a"), Value::String("b"), false, false, true};
  EXPECT_EQ(DiffText(diff, {}), "      key: (secret, changed)\n");
}

TEST(Diffs, TextsByLine) {
  EXPECT_EQ(LineDiff("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nX\ne\nf\n", {}),
            "        …\n        b\n        c\n      - d\n      + X\n        e\n        f\n");
}

TEST(Tables, ColumnsAlignByCharacters) {
  EXPECT_EQ(TableText({{"ä", "x"}, {"abc", "y"}}), "ä    x\nabc  y\n");
}

TEST(Block, OneLineANodeAndNeverTooWide) {
  std::vector<BlockLine> lines = {
      {"build", "compiling a great many files", std::chrono::seconds(3), std::chrono::seconds(6)}};
  auto wide = BlockText(lines, {.width = 80, .ended = 1, .total = 4});
  ASSERT_EQ(wide.size(), 2u);
  EXPECT_TRUE(wide[0].contains("████████░░░░░░░░ 3s of about 6.0s")) << wide[0];
  auto block = BlockText(lines, {.width = 40, .ended = 1, .total = 4});
  ASSERT_EQ(block.size(), 2u);
  EXPECT_EQ(CutToWidth(block[0], 40), block[0]);
  EXPECT_EQ(block[1], "  1 of 4 done");
  EXPECT_TRUE(BlockText({}, {}).empty());
}

TEST(JUnit, EscapesWhatXmlCannotHold) {
  JUnitCase test{"a<b", 0.5, JUnitCase::Result::kFailed, "x & \"y\"", "\x1b[31mred"};
  std::string xml = JUnitXml("s", {test});
  EXPECT_TRUE(xml.contains("name=\"a&lt;b\" time=\"0.500\""));
  EXPECT_TRUE(xml.contains("message=\"x &amp; &quot;y&quot;\">\xEF\xBF\xBD[31mred</failure>"));
  EXPECT_TRUE(xml.contains("tests=\"1\" failures=\"1\" skipped=\"0\""));
}

Change ChangeOf(std::string address, Action action, ReasonKind reason, std::string detail) {
  Change change;
  change.address = std::move(address);
  change.type = "task";
  change.action = action;
  change.reasons.push_back({reason, std::move(detail)});
  return change;
}

TEST(PlanText, EveryChangeHasItsReasonAndTheFooterCounts) {
  Plan plan;
  plan.changes.push_back(ChangeOf("build", Action::kRun, ReasonKind::kInputChanged, "a.cpp"));
  plan.changes.push_back(ChangeOf("old", Action::kCached, ReasonKind::kNone, ""));
  std::string text = PlanText(plan, {});
  EXPECT_TRUE(text.starts_with("  ▶ task build (")) << text;
  EXPECT_TRUE(text.contains("a.cpp"));
  EXPECT_FALSE(text.contains("old"));
  EXPECT_TRUE(
      text.ends_with("Plan: 1 to run, 0 to create, 0 to change, 0 to destroy; 1 up to date.\n"))
      << text;
}

TEST(PlanText, ExpectedTimeIsTheLongestChain) {
  Plan plan;
  for (const char* name : {"a", "b", "c"}) {
    plan.changes.push_back(ChangeOf(name, Action::kRun, ReasonKind::kNeverRan, ""));
    plan.changes.back().expected_ns = 2'000'000'000;
  }
  plan.changes[1].depends_on = {"a"};
  EXPECT_EQ(ExpectedNanoseconds(plan), 4'000'000'000);
}

}  // namespace
}  // namespace opsc
