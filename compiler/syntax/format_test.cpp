#include "compiler/syntax/format.h"

#include <gtest/gtest.h>

#include "compiler/syntax/lex.h"
#include "compiler/syntax/testing/parsed.h"

namespace opsc {
namespace {

using syntax::testing::Parsed;
using syntax::testing::ParseText;

std::string Formatted(std::string text) {
  Parsed p = ParseText(std::move(text));
  auto formatted = Format(p.sources, p.file, p.diagnostics);
  return formatted ? *formatted : formatted.error().message;
}

// Checks the form, that it is final, and that it means the same.
void ExpectForm(const std::string& text, const std::string& form) {
  EXPECT_EQ(Formatted(text), form);
  EXPECT_EQ(Formatted(form), form);
  EXPECT_EQ(ParseText(form).Printed(), ParseText(text).Printed());
}

// Checks of a text without errors that its form is final, means the same and keeps `comment`.
void ExpectSomeForm(const std::string& text, const std::string& comment = {}) {
  Parsed p = ParseText(text);
  if (p.diagnostics.has_errors()) return;
  std::string once = Formatted(text);
  EXPECT_EQ(Formatted(once), once) << text;
  EXPECT_EQ(ParseText(once).Printed(), p.Printed()) << text;
  EXPECT_NE(once.find(comment), once.npos) << text;
}

// Where something may be put between two tokens.
std::vector<size_t> Gaps(const std::string& text) {
  std::vector<size_t> gaps{0};
  syntax::Lexer lexer(text);
  for (auto token = lexer.Next(); token.kind != syntax::kEndOfFile; token = lexer.Next()) {
    if (!lexer.in_string()) gaps.push_back(token.end);
  }
  return gaps;
}

TEST(Format, Spaces) {
  ExpectForm("let  a:int?=1+ 2*-3\nlet b=f( x , y:1,)\nlet c=[ 1,2, ]\nlet d = 1 .. 5",
             "let a: int? = 1 + 2 * -3\nlet b = f(x, y: 1)\nlet c = [1, 2]\nlet d = 1..5\n");
  ExpectForm("type T{a:int=1 b:{string:[int]} }", "type T { a: int = 1, b: {string: [int]} }\n");
  ExpectForm("fn f<T,U>( ...xs:[T] )->U=not a", "fn f<T, U>(...xs: [T]) -> U = not a\n");
  ExpectForm("a.b c [d] if e{f:g}", "a.b c[d] if e { f: g }\n");
  ExpectForm("component C{}\nlet x = {  }", "component C {}\nlet x = {}\n");
}

TEST(Format, BodiesBreakWhereTheUserBroke) {
  ExpectForm("task a {\nrun: \"x\", env: { A: \"1\", }\n}",
             "task a {\n  run: \"x\"\n  env: { A: \"1\" }\n}\n");
  ExpectForm("for x in xs { task a { b: x } }", "for x in xs {\n  task a { b: x }\n}\n");
}

TEST(Format, LongListsBreakOnePerLine) {
  std::string name(30, 'n');
  ExpectForm("let a = [" + name + ", " + name + ", " + name + ", " + name + "]",
             "let a = [\n  " + name + ",\n  " + name + ",\n  " + name + ",\n  " + name + ",\n]\n");
}

TEST(Format, LongOperationsBreakAtTheLoosestOperator) {
  std::string name(45, 'n');
  ExpectForm("let a = " + name + " * 2 + 1 or " + name + " or b",
             "let a =\n  " + name + " * 2 + 1\n  or " + name + "\n  or b\n");
  ExpectForm("let a = if " + name + " then " + name + " else " + name,
             "let a =\n  if " + name + "\n    then " + name + "\n    else " + name + "\n");
}

TEST(Format, CommentsStay) {
  ExpectForm("// head\n\n\n\n/// doc\nlet a = 1 // tail\n// end",
             "// head\n\n/// doc\nlet a = 1  // tail\n// end\n");
  ExpectForm("task a {\n\n  // first\n  b: 1\n\n\n  // last\n}",
             "task a {\n  // first\n  b: 1\n\n  // last\n}\n");
  ExpectForm("let a = [1, // one\n 2]", "let a = [\n  1,  // one\n  2,\n]\n");
  ExpectForm("let a = b + c // sum\n", "let a = b + c  // sum\n");
  ExpectForm("let a = 3 == 4\n// one\n// two\n[b]\n", "let a = 3 == 4[b]  // one  // two\n");
  ExpectForm("let a = f(/* x */ b)", "let a = f(/* x */ b)\n");
}

TEST(Format, BlockStringsMoveWithTheirLine) {
  ExpectForm("task a {\nrun: \"\"\"\n  x\n    y\n\n  \"\"\"\n}",
             "task a {\n  run: \"\"\"\n    x\n      y\n\n    \"\"\"\n}\n");
}

TEST(Format, CommentsMayStandAnywhere) {
  constexpr size_t kMostBytes = 300;  // the time is quadratic
  const std::string comments[] = {" // kept\n",        "\n\n// kept\n\n",  "\n/// kept\n",
                                  "/* kept */",        "\n/* kept\n */\n", "// first\n// kept\n",
                                  "/* a\n*/ // kept\n"};
  size_t next = 0;
  for (const auto& path : syntax::testing::FuzzSources()) {
    Parsed p = ParseText(syntax::testing::ReadAll(path));
    if (p.diagnostics.has_errors()) continue;
    for (ast::DeclId id : p.ast.items) {
      std::string item(p.sources.Text(p.ast.decls[id].span));
      if (item.size() > kMostBytes) continue;
      for (size_t gap : Gaps(item)) {
        for (int k = 0; k < 3; ++k) {  // three of them in turn
          const std::string& comment = comments[next++ % std::size(comments)];
          ExpectSomeForm(std::string(item).insert(gap, comment), "kept");
        }
      }
    }
  }
}

TEST(Format, RefusesSyntaxErrors) {
  EXPECT_EQ(Formatted("let a ="), "`test.ops` has syntax errors");
}

TEST(Format, EveryFileOfTheTree) {
  auto paths = syntax::testing::TreeSources();
  ASSERT_FALSE(paths.empty());
  for (const auto& path : paths) {
    SCOPED_TRACE(path);
    ExpectSomeForm(syntax::testing::ReadAll(path));
  }
}

}  // namespace
}  // namespace opsc
