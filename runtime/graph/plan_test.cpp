#include "runtime/graph/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "runtime/graph/base64.h"
#include "runtime/graph/diff.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

Value Rec(std::vector<std::pair<const char*, Value>> fields) {
  std::vector<Field> out;
  for (auto& [name, value] : fields) out.emplace_back(Symbol(name), value);
  return Value::Record(std::move(out));
}

std::string Show(const std::vector<FieldDiff>& diff) {
  std::string text;
  for (const FieldDiff& field : diff) {
    text += field.path + ": " + ToText(field.before) + " -> " + ToText(field.after);
    if (field.pending) text += " pending";
    if (field.secret) text += " secret";
    text += "; ";
  }
  return text;
}

TEST(DiffFields, ByPath) {
  Value before = Rec({{"spec", Rec({{"replicas", Value::Int(1)}, {"a.b", Value::Int(1)}})},
                      {"run", Value::List({Value::String("a"), Value::String("b")})},
                      {"gone", Value::Bool(true)}});
  Value after = Rec({{"run", Value::List({Value::String("a"), Value::String("c"), Value::Int(3)})},
                     {"spec", Rec({{"replicas", Value::Int(2)}, {"a.b", Value::Int(2)}})},
                     {"none", Value::Null()}});
  EXPECT_EQ(Show(DiffFields(before, after, {})),
            "run[1]: \"b\" -> \"c\"; run[2]: null -> 3; spec.replicas: 1 -> 2; "
            "spec[\"a.b\"]: 1 -> 2; gone: true -> null; ");
  EXPECT_EQ(Show(DiffFields(before, after, {"run", "spec[\"a.b\"]", "gon"})),
            "spec.replicas: 1 -> 2; gone: true -> null; ");
  EXPECT_EQ(DiffFields(before, after, {}, 2).size(), 2u);
  EXPECT_TRUE(DiffFields(after, after, {}).empty());
}

TEST(DiffFields, PendingAlwaysDiffersAndSecretsAreMarked) {
  Value pending = Rec({{"x", Value::Pending({"a"})}, {"s", Value::String("k").WithSecret()}});
  EXPECT_EQ(Show(DiffFields(pending, pending, {})),
            "x: (after apply: a) -> (after apply: a) pending; ");
  auto sealed = Seal(Rec({{"s", Value::String("k").WithSecret()}}), "salt");
  auto other = Seal(Rec({{"s", Value::String("l").WithSecret()}}), "salt");
  EXPECT_EQ(Show(DiffFields(*sealed, *other, {})), "s: (secret) -> (secret) secret; ");
  EXPECT_TRUE(DiffFields(*sealed, *Seal(*sealed, "salt"), {}).empty());
}

TEST(DiffFields, TenThousandNamesInOneMap) {
  std::vector<Field> fields;
  for (int i = 0; i < 10'000; ++i)
    fields.emplace_back(Symbol("k" + std::to_string(i)), Value::Int(i));
  Value before = Value::Record(fields);
  std::reverse(fields.begin(), fields.end());
  fields[17].second = Value::Int(-1);
  EXPECT_EQ(DiffFields(before, Value::Record(fields), {}).size(), 1u);
}

TEST(Fields, OverlayRestrictKeepIgnored) {
  Value recorded =
      Rec({{"a", Rec({{"x", Value::Int(1)}, {"y", Value::Int(2)}})}, {"b", Value::Int(3)}});
  Value observed = Rec({{"a", Rec({{"x", Value::Int(9)}})}});
  EXPECT_EQ(Overlay(recorded, observed),
            Rec({{"a", Rec({{"x", Value::Int(9)}, {"y", Value::Int(2)}})}, {"b", Value::Int(3)}}));
  EXPECT_EQ(Restrict(recorded, observed), Rec({{"a", Rec({{"x", Value::Int(1)}})}}));
  Value desired = Rec({{"a", Rec({{"x", Value::Int(4)}, {"y", Value::Int(5)}})}});
  EXPECT_EQ(KeepIgnored(desired, observed, {"a.x"}),
            Rec({{"a", Rec({{"x", Value::Int(9)}, {"y", Value::Int(5)}})}}));
}

TEST(Fields, MarkedPaths) {
  Value fields = Rec({{"a", Value::List({Value::Int(1), Value::Pending({"t", "u"})})},
                      {"b", Rec({{"c", Value::Int(1).WithSecret()}})}});
  EXPECT_EQ(PendingPaths(fields), std::vector<std::string>{"a[1]"});
  EXPECT_EQ(SecretPaths(fields), std::vector<std::string>{"b.c"});
  std::vector<std::string> waits;
  CollectWaits(fields, waits);
  EXPECT_EQ(waits, (std::vector<std::string>{"t", "u"}));
  EXPECT_FALSE(Seal(Rec({{"f", Value::Function(std::make_shared<int>(1))}}), "salt"));
}

Plan Everything() {
  FileRep file;
  file.path = "out/\xFFx";
  file.producer = "build";
  file.output = "server";
  file.digest = Sha256("x");
  TemplateRep shell;
  shell.texts = {"echo ", "\n"};
  shell.holes = {Value::Duration(1'500'000'000)};
  Value fields = Rec({{"file", Value::File(file)},
                      {"shell", Value::Template(shell)},
                      {"ratio", Value::Ratio(0.1 + 0.2)},
                      {"nan", Value::Float(std::nan(""))},
                      {"size", Value::Size(2048)},
                      {"time", Value::Time(-1)},
                      {"big", Value::Int(std::numeric_limits<int64_t>::min())},
                      {"bytes", Value::Bytes(std::string_view("\0\xFF", 2))},
                      {"text", Value::String("ünïcode \"x\"")},
                      {"wait", Value::Pending({"build"})},
                      {"nothing", Value::Null()},
                      {"$secret", Value::List({Value::Bool(true)})},
                      {"key", Value::String("hunter2").WithSecret()}});
  Value sealed = *Seal(fields, "salt");
  Plan plan;
  for (int action = 0; action <= static_cast<int>(Action::kForget); ++action) {
    Change change;
    change.address = "a[" + std::to_string(action) + "]";
    change.type = "file";
    change.action = static_cast<Action>(action);
    change.before = sealed;
    change.after = sealed;
    change.depends_on = {"b", "c"};
    change.origin = {"ops.ops", 3, 7};
    change.doc = "words";
    change.expected_ns = 12;
    change.observed = Sha256("o");
    change.key = Sha256("k");
    change.moved_from = "old";
    change.diff = DiffFields(Value::Null(), sealed, {});
    plan.changes.push_back(std::move(change));
  }
  for (int kind = 0; kind <= static_cast<int>(ReasonKind::kOutputLost); ++kind) {
    plan.changes[0].reasons.push_back({static_cast<ReasonKind>(kind), "detail"});
  }
  plan.drift = {{.address = "a", .diff = plan.changes[0].diff, .gone = true}};
  plan.checks = {{.address = "p",
                  .message = "m",
                  .failed = true,
                  .pending = false,
                  .warning = true,
                  .origin = {"f", 1, 2}}};
  plan.outs = {{"url", Value::Duration(5)}};
  plan.sources = {{"main.ops", Sha256("s")}};
  plan.params = {{"env", Value::String("prod")}};
  plan.targets = {"a"};
  plan.excludes = {"b"};
  plan.notes = {"note"};
  plan.state_serial = ~uint64_t{0};
  return plan;
}

TEST(PlanDocument, RoundTripIsExact) {
  Plan plan = Everything();
  std::string text = EncodePlan(plan);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  auto read = DecodePlan(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->saved);
  EXPECT_EQ(EncodePlan(*read), text);
  ASSERT_EQ(read->changes.size(), plan.changes.size());
  for (size_t i = 0; i < plan.changes.size(); ++i) {
    EXPECT_EQ(read->changes[i].before, plan.changes[i].before);
    EXPECT_EQ(read->changes[i].after, plan.changes[i].after);
    EXPECT_EQ(EncodeValue(read->changes[i].after, ""), EncodeValue(plan.changes[i].after, ""));
    EXPECT_EQ(read->changes[i].action, plan.changes[i].action);
    EXPECT_EQ(read->changes[i].observed, plan.changes[i].observed);
  }
  EXPECT_EQ(read->state_serial, plan.state_serial);
  EXPECT_EQ(read->sources, plan.sources);
}

TEST(PlanDocument, ASecretInClearNeverGetsIn) {
  Plan plan;
  plan.params = {{"p", Value::String("hunter2").WithSecret()}};
  std::string text = EncodePlan(plan);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_NE(EncodePlan(plan), text);  // a random key: nothing to guess against
}

TEST(PlanDocument, DamagedOnesAreRefused) {
  for (const char* text : {"", "{}", "[]", "nonsense", "{\"format\":3}",
                           "{\"format\":\"opsc.plan/9\"}", "{\"format\":\"opsc.plan/1\"}",
                           "{\"format\":\"opsc.plan/1\",\"state_serial\":-1,\"sources\":[1]}"}) {
    auto plan = DecodePlan(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().kind, ErrorKind::kInput);
  }
}

TEST(PlanDocument, AnyBytesAreSafe) {
  std::string text = EncodePlan(Everything());
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string damaged = text;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    if (round % 5 == 0) damaged.resize(random() % damaged.size());
    auto plan = DecodePlan(damaged);
    if (plan) EncodePlan(*plan);
  }
}

TEST(Base64, GoesBothWays) {
  EXPECT_EQ(EncodeBase64("foobar"), "Zm9vYmFy");
  for (size_t size = 0; size < 70; ++size) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 37 + size);
    EXPECT_EQ(DecodeBase64(EncodeBase64(bytes)), bytes);
  }
  EXPECT_FALSE(DecodeBase64("abc"));
  EXPECT_FALSE(DecodeBase64("ab!="));
  EXPECT_FALSE(DecodeBase64("a=b="));
}

TEST(Plan, SummaryCounts) {
  PlanSummary summary = Everything().Summary();
  EXPECT_EQ(summary.run, 1);
  EXPECT_EQ(summary.forget, 1);
  EXPECT_EQ(summary.up_to_date, 2);
  EXPECT_EQ(summary.move, 9);
  EXPECT_TRUE(Plan{}.Summary().empty());
}

TEST(Plan, NamesGoBothWays) {
  EXPECT_EQ(ActionFromName("replace"), Action::kReplace);
  EXPECT_EQ(ReasonFromName("output_lost"), ReasonKind::kOutputLost);
  EXPECT_FALSE(ActionFromName("x"));
  EXPECT_EQ(PrintReason({ReasonKind::kInputChanged, "src/a.c"}), "input src/a.c changed");
  EXPECT_EQ(PrintReason({ReasonKind::kInputAdded, "a\nb"}), "new input \"a\\nb\"");
}

}  // namespace
}  // namespace opsc
