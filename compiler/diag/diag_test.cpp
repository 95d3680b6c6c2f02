#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "compiler/diag/render.h"

namespace opsc {
namespace {

struct World {
  Sources sources;
  Diagnostics diagnostics;
  FileId file = sources.Add("a.ops", "let x = 1\nlet \"ü😀\" = foo\n");

  std::string Text(DiagFormat format) {
    return Render(diagnostics, sources, format, Color::kNever);
  }
  // "foo" stands on line 2, byte column 15, UTF-16 column 12.
  Diagnostic& AddFoo() { return diagnostics.Add(Diag::kUnknownName, {file, 24, 27}, {"foo"}); }
};

TEST(DiagTest, CodesAreDistinctAndPrintWithFourDigits) {
  std::set<Diag> seen;
  for (const DiagInfo& info : Catalogue()) {
    EXPECT_TRUE(seen.insert(info.id).second) << info.name;
    EXPECT_FALSE(info.help.empty()) << info.name;
    EXPECT_FALSE(info.text.ends_with('.')) << info.name;
  }
  EXPECT_EQ(CodeOf(Diag::kUnknownName), "OPS0201");
}

TEST(DiagTest, TheSameIsKeptOnce) {
  World world;
  world.AddFoo();
  world.AddFoo().hint = "dropped";
  Diagnostics other;
  other.Add(Diag::kUnknownName, {world.file, 24, 27}, {"foo"});
  world.diagnostics.Append(other);
  EXPECT_EQ(world.diagnostics.all().size(), 1u);
  EXPECT_EQ(world.diagnostics.error_count(), 1u);
}

TEST(DiagTest, TextShowsBothSpansAndTheHint) {
  World world;
  Diagnostic& d = world.AddFoo();
  d.related.push_back({{world.file, 4, 5}, "`x` is declared here"});
  d.hint = "did you mean `x`?";
  EXPECT_EQ(world.Text(DiagFormat::kText),
            "a.ops:2:15: error: unknown name `foo` [OPS0201]\n"
            "  2 | let \"ü😀\" = foo\n"
            "    |           ^^^\n"
            "  a.ops:1:5: `x` is declared here\n"
            "  1 | let x = 1\n"
            "    |     -\n"
            "  hint: did you mean `x`?\n");
}

TEST(DiagTest, JsonCountsBytesAndSarifCountsUtf16) {
  World world;
  world.AddFoo();
  auto json = nlohmann::json::parse(world.Text(DiagFormat::kJson));
  EXPECT_EQ(json["range"]["start"]["column"], 15);
  auto sarif = nlohmann::json::parse(world.Text(DiagFormat::kSarif));
  auto region = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
  EXPECT_EQ(region["startLine"], 2);
  EXPECT_EQ(region["startColumn"], 12);
}

TEST(DiagTest, GithubEscapesItsData) {
  World world;
  world.diagnostics.Add(Diag::kSyntax, {world.file, 0, 3}, {"100%\nsure"});
  EXPECT_EQ(world.Text(DiagFormat::kGithub),
            "::error file=a.ops,line=1,col=1,endLine=1,endColumn=4,title=OPS0110::100%25%0Asure\n");
}

TEST(DiagTest, NearestFindsTypos) {
  EXPECT_EQ(Nearest("replcas", {"replicas", "labels"}), "replicas");
  EXPECT_EQ(Nearest("prot", {"host", "port"}), "port");
  EXPECT_EQ(Nearest("xyz", {"replicas"}), "");
}

}  // namespace
}  // namespace opsc
