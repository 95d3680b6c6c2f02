#include "compiler/driver/cli/arguments.h"

#include <gtest/gtest.h>

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-o,--out", "FILE", "where"},
    {"--target", "ADDRESS", "which"},
    {"--format", "FORMAT", "how", "text|json"},
    {"-p,--param", "NAME=VALUE", "what", "", OptionSyntax::kNameValue},
    {"--timeout", "DURATION", "when", "", OptionSyntax::kDuration},
    {"-y,--yes", "", "sure"},
    {"-v,--verbose", "", "more"},
};

std::expected<Args, UsageError> Parse(const std::vector<std::string>& words, size_t max = 9) {
  return ParseArguments(kOptions, {"NAME", 0, max}, words);
}

TEST(Arguments, OptionsMayStandBetweenPositionals) {
  auto args = Parse({"a", "--target", "x", "b", "--target=y", "-o", "f", "-yv"});
  ASSERT_TRUE(args) << args.error().message;
  EXPECT_EQ(args->positional, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(args->Values("target"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(args->Value("out"), "f");
  EXPECT_TRUE(args->Flag("yes"));
  EXPECT_TRUE(args->Flag("verbose"));
}

TEST(Arguments, NothingGivenIsNothing) {
  auto args = Parse({});
  ASSERT_TRUE(args);
  EXPECT_FALSE(args->Flag("yes"));
  EXPECT_FALSE(args->Value("out"));
  EXPECT_EQ(args->ValueOr("format", "text"), "text");
}

TEST(Arguments, AfterTwoDashesAllIsPositional) {
  auto args = Parse({"--", "-v", "--out"});
  ASSERT_TRUE(args);
  EXPECT_EQ(args->positional, (std::vector<std::string>{"-v", "--out"}));
}

TEST(Arguments, StandardInputIsAPositional) {
  auto args = Parse({"-"});
  ASSERT_TRUE(args);
  EXPECT_EQ(args->positional, (std::vector<std::string>{"-"}));
}

TEST(Arguments, UnknownOptionsNameTheNearest) {
  auto args = Parse({"--tarket", "x"});
  ASSERT_FALSE(args);
  EXPECT_EQ(args.error().message, "unknown option `--tarket`");
  EXPECT_EQ(args.error().hint, "did you mean `--target`?");
}

TEST(Arguments, ValuesAreChecked) {
  EXPECT_EQ(Parse({"--format", "jsn"}).error().hint, "one of text, json; did you mean `json`?");
  EXPECT_EQ(Parse({"-p", "x"}).error().hint, "write NAME=VALUE");
  EXPECT_FALSE(Parse({"--timeout", "fast"}));
  EXPECT_FALSE(Parse({"--out"}));
  EXPECT_FALSE(Parse({"a", "b"}, 1));
}

TEST(Arguments, Sizes) {
  EXPECT_EQ(ParseSize("500MB"), 500'000'000u);
  EXPECT_EQ(ParseSize("1.5KiB"), 1536u);
  EXPECT_EQ(ParseSize("20GiB"), 20ull << 30);
  EXPECT_FALSE(ParseSize("20"));
  EXPECT_FALSE(ParseSize("20G"));
  EXPECT_FALSE(ParseSize("-1MB"));
  EXPECT_FALSE(ParseSize("1e300TB"));
}

TEST(Arguments, Durations) {
  using namespace std::chrono_literals;
  EXPECT_EQ(ParseDuration("250ms"), 250ms);
  EXPECT_EQ(ParseDuration("1.5s"), 1500ms);
  EXPECT_EQ(ParseDuration("5min"), 5min);
  EXPECT_EQ(ParseDuration("5m"), 5min);
  EXPECT_EQ(ParseDuration("30d"), 720h);
  EXPECT_FALSE(ParseDuration("5"));
  EXPECT_FALSE(ParseDuration("-5s"));
  EXPECT_FALSE(ParseDuration("1e300d"));
  EXPECT_FALSE(ParseDuration(""));
}

}  // namespace
}  // namespace opsc
