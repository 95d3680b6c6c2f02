// Every construct of the grammar, by its printed Ast.
#include "compiler/syntax/parse.h"

#include <gtest/gtest.h>

#include "compiler/syntax/testing/parsed.h"

namespace opsc {
namespace {

using syntax::testing::Parsed;
using syntax::testing::ParseExpr;
using syntax::testing::ParseText;

void ExpectAst(std::string text, std::string_view ast) {
  Parsed p = ParseText(text);
  EXPECT_EQ(p.Errors(), "") << text;
  EXPECT_EQ(p.Printed(), ast) << text;
}

// The Ast of one expression on one line.
std::string Expr(std::string text) {
  Parsed p = ParseExpr(text);
  std::string printed = p.Errors() + p.Printed();
  std::string flat;
  int depth = 0;
  for (size_t at = 0; at < printed.size();) {
    size_t end = printed.find('\n', at);
    auto indent = static_cast<int>(printed.find_first_not_of(' ', at) - at);
    int level = indent / 2;
    while (depth > level) {
      flat += ')';
      --depth;
    }
    if (!flat.empty()) flat += level > depth ? " (" : " ";
    depth = level;
    flat +=
        printed.substr(at + static_cast<size_t>(indent), end - at - static_cast<size_t>(indent));
    at = end + 1;
  }
  while (depth-- > 0) flat += ')';
  return flat;
}

TEST(Parse, Literals) {
  EXPECT_EQ(Expr("null"), "null");
  EXPECT_EQ(Expr("true"), "true");
  EXPECT_EQ(Expr("1_000_000"), "int 1000000");
  EXPECT_EQ(Expr("-9223372036854775808"), "int -9223372036854775808");
  EXPECT_EQ(Expr("1.5e3"), "float 1500");
  EXPECT_EQ(Expr("250ms"), "duration 250000000");
  EXPECT_EQ(Expr("1.5h"), "duration 5400000000000");
  EXPECT_EQ(Expr("30d"), "duration 2592000000000000");
  EXPECT_EQ(Expr("4GiB"), "size 4294967296");
  EXPECT_EQ(Expr("4KB"), "size 4000");
  EXPECT_EQ(Expr("30%"), "ratio 0.3");
  EXPECT_EQ(Expr("0.5%"), "ratio 0.005");
  EXPECT_EQ(Expr(R"(/^a\/b\.c$/)"), R"(regex "^a/b\\.c$")");
}

TEST(Parse, Strings) {
  EXPECT_EQ(Expr(R"("a\n\t\\\"\$\u{1F600}é")"), "string \"a\\n\\t\\\\\\\"$\U0001F600é\"");
  EXPECT_EQ(Expr(R"("costs $5, $$, $")"), R"(string "costs $5, $$, $")");
  EXPECT_EQ(Expr(R"(r"a\n${x}")"), R"(string "a\\n${x}")");
  EXPECT_EQ(Expr(R"("a ${x}${y} b")"),
            R"(interpolation (string "a " name x string "" name y string " b"))");
  EXPECT_EQ(Expr(R"("$${x}")"), R"(interpolation (string "$" name x string ""))");
  EXPECT_EQ(Expr(R"("${ {a: "}"}.a }")"),
            R"(interpolation (string "" member .a (record (field a (string "}"))) string ""))");
}

TEST(Parse, BlockStrings) {
  EXPECT_EQ(Expr("\"\"\"one \"line\" \"\"\""), R"(string "one \"line\" ")");
  EXPECT_EQ(Expr("\"\"\"\n    a\n      b\n\n    c\n    \"\"\""), R"(string "a\n  b\n\nc")");
  EXPECT_EQ(Expr("\"\"\"\n    a\n  \"\"\""), R"(string "  a")");
  EXPECT_EQ(Expr("\"\"\"\r\n  a\r\n  b\r\n  \"\"\""), R"(string "a\nb")");
  EXPECT_EQ(Expr("\"\"\"\n  \"\"\""), R"(string "")");
  EXPECT_EQ(Expr("\"\"\"\n  ${a}\n  b ${c}\n  \"\"\""),
            R"(interpolation (string "" name a string "\nb " name c string ""))");
}

TEST(Parse, Precedence) {
  EXPECT_EQ(Expr("1 + 2 * 3"), "binary + (int 1 binary * (int 2 int 3))");
  EXPECT_EQ(Expr("1 - 2 - 3"), "binary - (binary - (int 1 int 2) int 3)");
  EXPECT_EQ(Expr("a ?? b ?? c"), "binary ?? (name a binary ?? (name b name c))");
  EXPECT_EQ(Expr("a or b and not c == d"),
            "binary or (name a binary and (name b not (binary == (name c name d))))");
  EXPECT_EQ(Expr("a?.b ?? 3 == 3"), "binary == (binary ?? (member ?.b (name a) int 3) int 3)");
  EXPECT_EQ(Expr("-a.b * 2"), "binary * (negate (member .b (name a)) int 2)");
  EXPECT_EQ(Expr("0..n + 1"), "binary .. (int 0 binary + (name n int 1))");
  EXPECT_EQ(Expr("(1 + 2) * 3"), "binary * (binary + (int 1 int 2) int 3)");
  EXPECT_EQ(Expr("a in b or c"), "binary or (binary in (name a name b) name c)");
  EXPECT_EQ(Expr("- - 1"), "negate (int -1)");
  EXPECT_EQ(Expr("-1.max(2)"), "negate (call (member .max (int 1) arg (int 2)))");
}

TEST(Parse, Postfixes) {
  EXPECT_EQ(Expr("a.b[0](1, x: 2)?.type"),
            "member ?.type (call (index (member .b (name a) int 0) arg (int 1) arg x (int 2)))");
  EXPECT_EQ(Expr("a with { b: 1 } with { c: 2 }"),
            "with (with (name a record (field b (int 1))) record (field c (int 2)))");
  EXPECT_EQ(Expr("f(if: 1, in: 2, with: 3, to: 4,)"),
            "call (name f arg if (int 1) arg in (int 2) arg with (int 3) arg to (int 4))");
}

TEST(Parse, Lambdas) {
  EXPECT_EQ(Expr("x => y => x"), "lambda x (lambda y (name x))");
  EXPECT_EQ(Expr("() => 1"), "lambda (int 1)");
  EXPECT_EQ(Expr("(a, b,) => a"), "lambda a b (name a)");
  EXPECT_EQ(Expr("f(x => { a: x })"), "call (name f arg (lambda x (record (field a (name x)))))");
}

TEST(Parse, Conditions) {
  EXPECT_EQ(Expr("if a then b else if c then d else e"),
            "if (name a then (name b) else (if (name c then (name d) else (name e))))");
  EXPECT_EQ(
      Expr(R"(match x { "a" => 1, -1 => y => 2, else => 3, })"),
      R"(match (name x arm (string "a" int 1) arm (int -1 lambda y (int 2)) arm else (int 3)))");
}

TEST(Parse, Collections) {
  EXPECT_EQ(Expr("[]"), "list");
  EXPECT_EQ(Expr("[1, ...a, 2,]"), "list (int 1 spread (name a) int 2)");
  EXPECT_EQ(Expr("[for x in xs if x > 1: x]"),
            "list for x (in (name xs) if (binary > (name x int 1)) name x)");
  EXPECT_EQ(Expr("[for x in xs if true: x]"), "list for x (in (name xs) if (true) name x)");
  EXPECT_EQ(Expr("{}"), "record");
  EXPECT_EQ(
      Expr(R"({ a: 1 "b c": 2, ...d type: 3 "x${y}": 4 null: 5 })"),
      R"(record (field a (int 1) field b c (int 2) spread (name d) field type (int 3) )"
      R"(key (interpolation (string "x" name y string "")) value (int 4) field null (int 5)))");
  EXPECT_EQ(Expr("{for k, v in m if v: k: v}"),
            "record for k, v (in (name m) if (name v) key (name k) value (name v))");
}

TEST(Parse, Types) {
  auto type = [](std::string text) {
    std::string printed = ParseText("param p: " + text).Printed();
    return printed.substr(printed.find('\n') + 1);
  };
  EXPECT_EQ(type("int"), "  type int\n");
  EXPECT_EQ(type("k8s.type"), "  type k8s.type\n");
  EXPECT_EQ(type("rows<A, B>?"), "  optional\n    type rows\n      type A\n      type B\n");
  EXPECT_EQ(type("\"a\" | -1 | true"), "  union\n    type \"a\"\n    type -1\n    type true\n");
  EXPECT_EQ(type("[{string: int}]"), "  list of\n    map of\n      type int\n");
  EXPECT_EQ(type("{ string: int = 1 }"),
            "  record of\n    field string\n      type int\n    default\n      int 1\n");
  EXPECT_EQ(type("secret string?"), "  optional\n    secret\n      type string\n");
  EXPECT_EQ(type("(int, (a) -> b) -> c | d"),
            "  function\n    param\n      type int\n    param\n      function\n        param\n"
            "          type a\n        result\n          type b\n    result\n      union\n"
            "        type c\n        type d\n");
  EXPECT_EQ(type("(int | string)?"), "  optional\n    union\n      type int\n      type string\n");
  EXPECT_EQ(type("string(1..63, /^a$/)"),
            "  refined\n    type string\n    low\n      int 1\n    high\n      int 63\n"
            "    pattern \"^a$\"\n");
  EXPECT_EQ(type("float(-1.5..)"), "  refined\n    type float\n    low\n      float -1.5\n");
  EXPECT_EQ(type("size(..4GiB)"), "  refined\n    type size\n    high\n      size 4294967296\n");
  EXPECT_EQ(type("string(3)"),
            "  refined\n    type string\n    low\n      int 3\n    high\n      int 3\n");
}

TEST(Parse, Imports) {
  ExpectAst(
      "edition 2026 import std.k8s import \"./lib/web\" as lib\n"
      "import git(\"URL\", tag: \"v1\") as net",
      "edition 2026\nimport std.k8s\nimport \"./lib/web\" as lib\nimport git as net\n"
      "  arg\n    string \"URL\"\n  arg tag\n    string \"v1\"\n");
}

TEST(Parse, Functions) {
  ExpectAst("extern fn map<T, U>(...xs: [T]) -> [U]",
            "extern fn map <T> <U>\n  param ...xs\n    list of\n      type T\n"
            "  result\n    list of\n      type U\n");
  ExpectAst("fn f(from: int, to: int = 1) -> int = to",
            "fn f\n  param from\n    type int\n  param to\n    type int\n  default\n    int 1\n"
            "  result\n    type int\n  body\n    name to\n");
}

TEST(Parse, TypeDeclarations) {
  ExpectAst(
      "/// A thing.\n/// Two lines.\nextern type T {\n  /// The key.\n  @key id: int = 1\n"
      "  out url: string, check: bool\n  check id > 0 else \"no\" }",
      "extern type T\n  doc \"A thing.\\nTwo lines.\"\n  field id\n    doc \"The key.\"\n"
      "    annotation key\n    type int\n    default\n      int 1\n  out url\n"
      "    type string\n  field check\n    type bool\n  check\n    binary >\n      name id\n"
      "      int 0\n  else\n    string \"no\"\n");
  ExpectAst("type A = int", "type A\n  alias\n    type int\n");
}

TEST(Parse, Instances) {
  ExpectAst("@x(1)\nk8s.type web[r] if on { a: 1, ...b /// Doc.\n out c: file = d with: 2 }",
            "instance k8s.type web\n  annotation x\n    arg\n      int 1\n  key\n    name r\n  if\n"
            "    name on\n  field a\n    int 1\n  spread\n    name b\n  out c\n    doc \"Doc.\"\n"
            "    of\n      type file\n    name d\n  field with\n    int 2\n");
}

TEST(Parse, Blocks) {
  ExpectAst(
      "component C { param a: int out b = a }\nfor k, v in m { if a { let x = 1 } else if b "
      "{} else { let y = 2 } }",
      "component C\n  items\n    param a\n      type int\n    out b\n      name a\n"
      "for k, v\n  in\n    name m\n  items\n    if\n      name a\n      then\n        let x\n"
      "          int 1\n      else\n        if\n          name b\n          then\n"
      "          else\n            let y\n              int 2\n");
}

TEST(Parse, Refactoring) {
  ExpectAst("assert a else \"b\" moved a[\"x\"] to b removed c",
            "assert\n  name a\n  else\n    string \"b\"\nmoved\n  index\n    name a\n"
            "    string \"x\"\n  to\n    name b\nremoved\n  name c\n");
}

TEST(Parse, CommentsNestAndDocsAttachOverThem) {
  ExpectAst("/// D\n// c\n/* a /* b */ } */ let x = 1 // {\n", "let x\n  doc \"D\"\n  int 1\n");
}

TEST(Parse, SpansAreBytes) {
  Parsed p = ParseText("let ä = 1\nlet b = \"ü${ c }\"");
  EXPECT_EQ(p.Errors(), "1:5 unexpected character `ä`\n");
  const ast::Decl& decl = p.ast.decls[p.ast.items[1]];
  EXPECT_EQ(p.sources.Text(decl.span), "let b = \"ü${ c }\"");
  const auto& let = std::get<ast::LetDecl>(decl.node);
  EXPECT_EQ(p.sources.Text(p.ast.exprs[let.value].span), "\"ü${ c }\"");
  const auto& text = std::get<ast::StringLit>(p.ast.exprs[let.value].node);
  EXPECT_EQ(p.sources.Text(p.ast.exprs[text.parts[0]].span), "c");
}

TEST(Parse, SpansOfOperationsReachOverTheirParts) {
  Parsed p = ParseExpr(" a.b + f(1) [2] ");
  const auto& sum = p.ast.exprs[static_cast<ast::ExprId>(p.ast.exprs.size() - 1)];
  EXPECT_EQ(p.sources.Text(sum.span), "a.b + f(1) [2]");
  const auto& node = std::get<ast::BinaryExpr>(sum.node);
  EXPECT_EQ(p.sources.Text(node.op_span), "+");
  EXPECT_EQ(p.sources.Text(p.ast.exprs[node.left].span), "a.b");
}

}  // namespace
}  // namespace opsc
