// No input takes the parser down: depth, length, noise.
#include <gtest/gtest.h>

#include <random>

#include "compiler/syntax/format.h"
#include "compiler/syntax/testing/parsed.h"

namespace opsc {
namespace {

using syntax::testing::Parsed;
using syntax::testing::ParseText;

std::string Repeated(std::string_view part, size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(ParseLimits, TenMegabytesOfBrackets) {
  for (const char* bracket : {"[", "{", "(", "\"${"}) {
    Parsed p = ParseText(Repeated(bracket, 10'000'000 / std::string_view(bracket).size()));
    ASSERT_EQ(p.diagnostics.error_count(), 1u) << bracket;
    EXPECT_EQ(p.diagnostics.all()[0].id, Diag::kNestedTooDeep);
  }
}

TEST(ParseLimits, DepthWithoutBrackets) {
  constexpr size_t kMany = 50'000;
  const std::string sources[] = {
      "let a = " + Repeated("not ", kMany) + "b",
      "let a = " + Repeated("- ", kMany) + "b",
      "let a = " + Repeated("x => ", kMany) + "b",
      "let a = b" + Repeated(" + b", kMany),
      "let a = b" + Repeated(".b", kMany),
      "let a = b" + Repeated(" ?? b", kMany),
      Repeated("if a {} else ", kMany) + "{}",
      "let a: " + Repeated("() -> ", kMany) + "b",
      "let a = " + Repeated("if b then c else ", kMany) + "d",
  };
  for (const std::string& source : sources) {
    Parsed p = ParseText(source);
    ASSERT_EQ(p.diagnostics.error_count(), 1u) << source.substr(0, 60);
    EXPECT_EQ(p.diagnostics.all()[0].id, Diag::kNestedTooDeep) << source.substr(0, 60);
  }
}

TEST(ParseLimits, LongIsNotDeep) {
  EXPECT_EQ(ParseText("let a = b" + Repeated(" + b", 900)).Errors(), "");
  EXPECT_EQ(ParseText("let a = [" + Repeated("1, ", 100'000) + "]").Errors(), "");
  EXPECT_EQ(ParseText("let a = " + Repeated("[", 199) + Repeated("]", 199)).Errors(), "");
}

TEST(ParseLimits, TooManyErrors) {
  Parsed p = ParseText(Repeated("}", 1'000'000));
  EXPECT_EQ(p.diagnostics.error_count(), 101u);
  p.diagnostics.SortBySource();
  EXPECT_EQ(p.diagnostics.all().back().id, Diag::kTooManyErrors);
}

TEST(ParseLimits, NestedComments) {
  EXPECT_EQ(ParseText(Repeated("/*", 100'000) + Repeated("*/", 100'000)).Errors(), "");
  EXPECT_EQ(ParseText(Repeated("/*", 100'000)).Errors(), "1:1 the comment is not closed\n");
}

TEST(ParseLimits, EveryDecisionOfTheGrammarIsOnTheNextToken) {
  std::string parser = syntax::testing::ReadAll(syntax::testing::GeneratedParser());
  ASSERT_FALSE(parser.empty());
  EXPECT_EQ(parser.find("adaptivePredict"), std::string::npos)
      << "this decision of OpsParser.g4 needs more than the next token: "
      << parser.substr(parser.find("adaptivePredict"), 60);
}

// Bytes changed, dropped, doubled and moved, at random but always the same way.
std::string Mutated(std::string text, std::mt19937& random) {
  static constexpr std::string_view kBytes = "{}[]()\"$\\/*.,:=<>-+@#%\n az09_\xc3\xa9";
  size_t changes = 1 + random() % 8;
  for (size_t i = 0; i < changes && !text.empty(); ++i) {
    size_t at = random() % text.size();
    size_t length = std::min<size_t>(1 + random() % 20, text.size() - at);
    switch (random() % 4) {
      case 0:
        text[at] = kBytes[random() % kBytes.size()];
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), length));
        break;
      default:
        text.insert(at, 1, kBytes[random() % kBytes.size()]);
        break;
    }
  }
  return text;
}

TEST(ParseLimits, MutatedSourcesDoNotCrashAndStayFormatted) {
  std::mt19937 random(2026);
  auto paths = syntax::testing::TreeSources();
  ASSERT_FALSE(paths.empty());
  for (const auto& path : paths) {
    std::string original = syntax::testing::ReadAll(path);
    if (original.size() > 20'000) continue;
    for (int round = 0; round < 20; ++round) {
      std::string text = Mutated(original, random);
      Parsed p = ParseText(text);
      EXPECT_LE(p.diagnostics.error_count(), 101u);
      Diagnostics ignored;
      auto once = Format(p.sources, p.file, ignored);
      ASSERT_EQ(once.has_value(), !p.diagnostics.has_errors());
      if (!once) continue;
      Parsed again = ParseText(*once);
      ASSERT_EQ(again.Errors(), "") << text << "\n=====\n" << *once;
      ASSERT_EQ(again.Printed(), p.Printed()) << text << "\n=====\n" << *once;
      auto twice = Format(again.sources, again.file, ignored);
      ASSERT_EQ(*twice, *once) << text;
    }
  }
}

}  // namespace
}  // namespace opsc
