#include "runtime/exec/glob.h"

#include <gtest/gtest.h>

namespace opsc {
namespace {

bool Matches(std::string_view pattern, std::string_view path) {
  auto glob = Glob::Parse(pattern);
  return glob && glob->Matches(path);
}

TEST(Glob, Segments) {
  EXPECT_TRUE(Matches("*.cpp", "a.cpp"));
  EXPECT_TRUE(Matches("*", ".hidden"));
  EXPECT_FALSE(Matches("*.cpp", "src/a.cpp"));
  EXPECT_TRUE(Matches("a?c", "abc"));
  EXPECT_FALSE(Matches("a?c", "a/c"));
  EXPECT_TRUE(Matches("[a-c]x[!0-9]", "bxz"));
  EXPECT_FALSE(Matches("[a-c]x[!0-9]", "bx7"));
  EXPECT_TRUE(Matches("[]]", "]"));
  EXPECT_TRUE(Matches("a\\*b", "a*b"));
  EXPECT_FALSE(Matches("a\\*b", "axb"));
  EXPECT_TRUE(Matches("*a*b*", "xxaxxbxx"));
}

TEST(Glob, DoubleStar) {
  EXPECT_TRUE(Matches("src/**", "src/a/b/c"));
  EXPECT_FALSE(Matches("src/**", "src"));
  EXPECT_TRUE(Matches("**/*.h", "a.h"));
  EXPECT_TRUE(Matches("**/*.h", "x/y/a.h"));
  EXPECT_TRUE(Matches("a/**/b/**/c", "a/x/b/c"));
  EXPECT_TRUE(Matches("a/**/b", "a/b"));
  EXPECT_FALSE(Matches("a/**/b", "a/b/c"));
  EXPECT_TRUE(Matches("**", "with\nnewline"));
}

TEST(Glob, PlainAndBase) {
  EXPECT_TRUE(Glob::Parse("./src/a.cpp")->is_plain());
  EXPECT_EQ(Glob::Parse("./src//a.cpp")->plain_path(), "src/a.cpp");
  EXPECT_EQ(Glob::Parse("src/lib/*.h")->base(), "src/lib");
  EXPECT_EQ(Glob::Parse("*.h")->base(), ".");
}

TEST(Glob, Refuses) {
  for (const char* bad : {"", "/etc/*", "../x", "a/../b", "a[b"}) {
    auto glob = Glob::Parse(bad);
    ASSERT_FALSE(glob) << bad;
    EXPECT_EQ(glob.error().kind, ErrorKind::kInput);
  }
}

TEST(Glob, HostilePatternsEnd) {
  const std::string stars = "*a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(Matches(stars, std::string(2000, 'a')));
  EXPECT_FALSE(Matches("**/a/**/a/**/a/**/b", "a/a/a/a/a/a/a/a/a/a/a/a/a/a"));
}

}  // namespace
}  // namespace opsc
