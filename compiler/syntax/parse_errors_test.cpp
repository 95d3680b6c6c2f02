// What is said about broken sources, and that one broken item harms no other.
#include <gtest/gtest.h>

#include "compiler/syntax/testing/parsed.h"

namespace opsc {
namespace {

using syntax::testing::Parsed;
using syntax::testing::ParseExpr;
using syntax::testing::ParseText;

std::string Errors(std::string text) {
  return ParseText(std::move(text)).Errors();
}

TEST(ParseErrors, SayWhatWasExpected) {
  EXPECT_EQ(Errors("let a =\nlet b = 2"), "2:1 expected an expression, got the keyword `let`\n");
  EXPECT_EQ(Errors("task a {\n  run \"x\"\n}"), "2:7 expected `:`, got a string\n");
  EXPECT_EQ(Errors("task a { run: \"x\" 5 }"),
            "1:19 expected a field (`name: value`) or `}`, got `5`\n");
  EXPECT_EQ(Errors("let l = [1 2]"), "1:12 expected `,` or `]`, got `2`\n");
  EXPECT_EQ(Errors("let l = f(1 2)"), "1:13 expected `,` or `)`, got `2`\n");
  EXPECT_EQ(Errors("param x = 3"), "1:9 expected `:`, got `=`\n");
  EXPECT_EQ(Errors("param x: = 3"), "1:10 expected a type, got `=`\n");
  EXPECT_EQ(Errors("let t: rows< = 2"), "1:14 expected a type, got `=`\n");
  EXPECT_EQ(Errors("fn f() -> int\nlet x = 1"),
            "1:14 expected `= expression`: the body of the function\n");
  EXPECT_EQ(Errors("let q = if a then b"), "1:20 expected `else`, got the end of the file\n");
  EXPECT_EQ(Errors("component C { 5 }"), "1:15 expected a declaration or `}`, got `5`\n");
  EXPECT_EQ(Errors("let m = match x { 1 }"), "1:19 expected `pattern => value` in a `match`\n");
}

TEST(ParseErrors, ACommaBetweenDeclarations) {
  Parsed p = ParseText("component C {\n  param a: int,\n  param b: int\n}");
  ASSERT_EQ(p.Errors(), "2:15 expected a declaration or `}`, got `,`\n");
  EXPECT_EQ(p.diagnostics.all()[0].hint,
            "fields may be followed by commas, declarations take none");
}

TEST(ParseErrors, LeaveTheOtherItems) {
  Parsed p = ParseText("let a = 1\ntask b { x }\n@n(1) fn c() = \nextern type d {5}\nlet e = 2\n");
  EXPECT_EQ(p.diagnostics.error_count(), 3u);
  EXPECT_EQ(p.Printed(), "let a\n  int 1\nerror b\nerror c\nerror d\nlet e\n  int 2\n");
}

// An instance is told from the end of the item before it without any bracket or keyword.
TEST(ParseErrors, LeaveTheInstanceAfterAnyEndOfAnItem) {
  for (const char* end :
       {"let a = b", "let a = \"b\"", "let a = \"${b}\"", "let a = 1%", "let a = to",
        "let a = b < c and d > e", "param a: rows<b>", "param a: b?", "let a = b[1]",
        "import \"a\" as b", "let a = x => {}", "edition 2026", "let a = null"}) {
    std::string text = std::string(end) + "\ntask x { y: 1 }\na.b.c z if d { }\nm n[1] { y: 1 }";
    Parsed p = ParseText(text);
    EXPECT_EQ(p.Errors(), "") << text;
    EXPECT_NE(p.Printed().find("\ninstance a.b.c z\n"), std::string::npos) << p.Printed();
    EXPECT_NE(p.Printed().find("instance task x\n"), std::string::npos) << p.Printed();
  }
  Parsed p = ParseText("let a = 5 +\nlet b = [1 2]\ntask x { y: 1 }\nlet c = 5 5\nk.l m { y: 1 }");
  EXPECT_EQ(p.Errors(),
            "2:1 expected an expression, got the keyword `let`\n"
            "2:12 expected `,` or `]`, got `2`\n4:11 expected a declaration, got `5`\n");
  EXPECT_NE(p.Printed().find("instance task x\n"), std::string::npos) << p.Printed();
  EXPECT_NE(p.Printed().find("instance k.l m\n"), std::string::npos) << p.Printed();
}

TEST(ParseErrors, UnmatchedBracketsPointToBothEnds) {
  Parsed p = ParseText("let b = [1, 2)\nlet c = 3 }\n");
  EXPECT_EQ(p.Errors(), "1:14 unmatched `)`\n2:11 unmatched `}`\n");
  ASSERT_EQ(p.diagnostics.all()[0].related.size(), 1u);
  EXPECT_EQ(p.diagnostics.all()[0].related[0].span.begin, 8u);
  EXPECT_EQ(p.Printed(), "error b\nlet c\n  int 3\n");
}

TEST(ParseErrors, UnclosedBracketsAreFoundByIndentation) {
  Parsed p = ParseText(
      "task a {\n  limits: { cpu: 2\n  run: \"x\"\n}\n/// Doc.\ntask b {\n  run: \"y\"\n}\n");
  EXPECT_EQ(p.Errors(), "2:11 unmatched `{`\n");
  EXPECT_EQ(p.Printed(),
            "error a\ninstance task b\n  doc \"Doc.\"\n  field run\n    string \"y\"\n");
}

TEST(ParseErrors, Strings) {
  EXPECT_EQ(Errors("let a = \"abc\nlet b = 1"), "1:9 the string is not closed\n");
  EXPECT_EQ(Errors("let a = \"abc"), "1:9 the string is not closed\n");
  EXPECT_EQ(Errors("let a = \"x ${y\nlet b = 1"), "1:9 the string is not closed\n");
  EXPECT_EQ(Errors("let a = \"\"\"\n abc"), "1:9 the string is not closed\n");
  EXPECT_EQ(Errors(R"(let a = "\q \u{110000} \é \u12")"),
            "1:10 unknown escape `\\q`\n1:13 unknown escape `\\u{110000}`\n"
            "1:24 unknown escape `\\é`\n1:28 unknown escape `\\u`\n");
  EXPECT_EQ(Errors("let a = \"\"\"x\n  \"\"\""),
            "1:9 the text of a \"\"\" string of several lines begins on the next line\n");
  EXPECT_EQ(Errors("let a = \"\"\"\n  x\"\"\""),
            "2:4 the closing \"\"\" of a string of several lines stands on its own line\n");
  EXPECT_EQ(Errors("let a = \"\"\"\n x\n  \"\"\""),
            "2:1 this line is indented less than the closing \"\"\" of its string\n");
}

TEST(ParseErrors, Numbers) {
  EXPECT_EQ(Errors("let a = 9223372036854775808"),
            "1:9 the number `9223372036854775808` does not fit 64 bits\n");
  EXPECT_EQ(Errors("let a = 300000000d"), "1:9 the number `300000000d` does not fit 64 bits\n");
  EXPECT_EQ(Errors("let a = 0.1B"), "1:9 the number `0.1B` is not a whole number of bytes\n");
  EXPECT_EQ(Errors("let a = 1e999"), "1:9 the number `1e999` does not fit a float of 64 bits\n");
  Parsed p = ParseText("let a = 5m");
  EXPECT_EQ(p.Errors(), "1:10 unknown unit `m`\n");
  EXPECT_EQ(p.diagnostics.all()[0].hint, "did you mean `5min`?");
}

TEST(ParseErrors, WhatTheGrammarLeavesOpen) {
  EXPECT_EQ(Errors("let a = 1 < 2 < 3"), "1:15 `<` does not chain\n");
  EXPECT_EQ(Errors("let a = (b, c)"),
            "1:9 several expressions in parentheses: names of a lambda are followed by `=>`, "
            "lists are written in `[ ]`\n");
  EXPECT_EQ(Errors("let a = b + c => d"),
            "1:9 expected a name or `(a, b)` before the `=>` of a lambda\n");
  EXPECT_EQ(Errors("let a = f(b.c: 1)"), "1:11 expected the name of an argument before `:`\n");
  EXPECT_EQ(Errors("let a = [1,, 2]"), "1:12 two commas in a row\n");
  EXPECT_EQ(Errors("let a: (int, int) = 1"),
            "1:8 expected `-> T` after the parameters of a function type\n");
  EXPECT_EQ(Errors("extern fn f() -> int = 1"),
            "1:24 an `extern fn` has no body: the runtime implements it\n");
  EXPECT_EQ(Errors("fn f(...a: [int], b: int) -> int = 1"),
            "1:6 only the last parameter can be variadic\n");
}

TEST(ParseErrors, Characters) {
  Parsed p = ParseText("let a = b && c");
  EXPECT_EQ(p.Errors(), "1:11 unexpected character `&`\n");
  EXPECT_EQ(p.diagnostics.all()[0].hint, "write `and`");
  p = ParseText("let ü = 1");
  EXPECT_EQ(p.Errors(), "1:5 unexpected character `ü`\n");
  EXPECT_EQ(p.diagnostics.all()[0].hint, "names have letters a to z, digits and _");
  p = ParseText("\xEF\xBB\xBFlet a = 1");
  EXPECT_EQ(p.Errors(), "1:1 unexpected character U+FEFF\n");
  EXPECT_EQ(p.diagnostics.all()[0].hint, "save the file as UTF-8 without a byte order mark");
  EXPECT_EQ(Errors("let a = 1 /* b"), "1:11 the comment is not closed\n");
  EXPECT_EQ(Errors(std::string("let a = \0", 9)), "1:9 unexpected character U+0000\n");
}

TEST(ParseErrors, NotUtf8) {
  EXPECT_EQ(Errors("let a = \"\xff\""), "1:10 `test.ops` is not UTF-8 (byte 9)\n");
  EXPECT_EQ(Errors("// \xc0\xaf"), "1:4 `test.ops` is not UTF-8 (byte 3)\n");
  EXPECT_EQ(Errors("// \xed\xa0\x80"), "1:4 `test.ops` is not UTF-8 (byte 3)\n");
  EXPECT_EQ(Errors("// \xf0\x9f\x98\x80 \xe2\x82"), "1:9 `test.ops` is not UTF-8 (byte 8)\n");
}

TEST(ParseErrors, OneExpressionOnly) {
  EXPECT_EQ(ParseExpr("1 2").Errors(), "1:3 expected the end of the expression, got `2`\n");
  EXPECT_EQ(ParseExpr("").Errors(), "1:1 expected an expression, got the end of the file\n");
  EXPECT_EQ(ParseExpr("(1").Errors(), "1:1 unmatched `(`\n");
}

}  // namespace
}  // namespace opsc
