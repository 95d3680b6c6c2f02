#include "runtime/graph/shell_template.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace opsc {
namespace {

// "a|b|c" with a hole at each bar.
Result<ShellScript> Lower(std::string_view text, Value hole = Value::String("x")) {
  TemplateRep rep;
  while (true) {
    const size_t bar = text.find('|');
    rep.texts.emplace_back(text.substr(0, bar));
    if (bar == std::string_view::npos) break;
    rep.holes.push_back(hole);
    text.remove_prefix(bar + 1);
  }
  return LowerTemplate(rep);
}

std::string TextOf(std::string_view text, Value hole = Value::String("x")) {
  auto script = Lower(text, hole);
  return script ? script->text : "error: " + script.error().message;
}

TEST(ShellTemplate, QuotesByPlace) {
  EXPECT_EQ(TextOf("echo |"), "echo \"${OPSC_1}\"");
  EXPECT_EQ(TextOf("echo \"a |\" |"), "echo \"a ${OPSC_1}\" \"${OPSC_2}\"");
  EXPECT_EQ(TextOf("echo 'a | b'"), "echo 'a '\"${OPSC_1}\"' b'");
  EXPECT_EQ(TextOf("echo \"$(cat |) |\""), "echo \"$(cat \"${OPSC_1}\") ${OPSC_2}\"");
  EXPECT_EQ(TextOf("echo ${a:-|} \"${a:-|}\""), "echo ${a:-\"${OPSC_1}\"} \"${a:-${OPSC_2}}\"");
  EXPECT_EQ(TextOf("# it's |\necho |"), "# it's ${OPSC_1}\necho \"${OPSC_2}\"");
  EXPECT_EQ(TextOf("echo a#b' |'"), "echo a#b' '\"${OPSC_1}\"''");
  EXPECT_EQ(TextOf("echo $# |"), "echo $# \"${OPSC_1}\"");
  EXPECT_EQ(TextOf("(cd a; ls |)"), "(cd a; ls \"${OPSC_1}\")");
}

TEST(ShellTemplate, HereDocuments) {
  EXPECT_EQ(TextOf("cat <<EOF >f\nit's |\nEOF\necho |"),
            "cat <<EOF >f\nit's ${OPSC_1}\nEOF\necho \"${OPSC_2}\"");
  EXPECT_EQ(TextOf("cat <<-E\n\ta\n\tE\necho |"), "cat <<-E\n\ta\n\tE\necho \"${OPSC_1}\"");
  EXPECT_FALSE(Lower("cat <<'EOF'\n|\nEOF\n"));
  EXPECT_FALSE(Lower("cat <<EOF\n$(echo |)\nEOF\n"));
  EXPECT_FALSE(Lower("cat <<|\n"));
  EXPECT_EQ(TextOf("cat <<A <<B\n'\nA\n'\nB\necho |"),
            "cat <<A <<B\n'\nA\n'\nB\necho \"${OPSC_1}\"");
}

TEST(ShellTemplate, RefusesWhatCannotBeQuoted) {
  EXPECT_FALSE(Lower("echo `cat |`"));
  EXPECT_FALSE(Lower("echo \\|"));
  EXPECT_FALSE(Lower("echo \"\\|\""));
  EXPECT_FALSE(Lower("echo $|"));
  EXPECT_FALSE(Lower("echo $((1 + |))"));
  EXPECT_EQ(TextOf("echo $((1 + (|)))", Value::Int(2)), "echo $((1 + (${OPSC_1})))");
  EXPECT_FALSE(Lower("echo \"|"));
  EXPECT_FALSE(Lower("x=$(case a in a) echo |;; esac)"));
  EXPECT_EQ(Lower("echo `cat |`").error().message,
            "the value after `echo `cat ` in the script stands in backticks");
}

TEST(ShellTemplate, ListsAreWords) {
  const Value list = Value::List({Value::String("a b"), Value::String("c")});
  const auto script = Lower("cc | -o x", list);
  ASSERT_TRUE(script);
  EXPECT_EQ(script->text, "cc \"${OPSC_1_1}\" \"${OPSC_1_2}\" -o x");
  EXPECT_EQ(script->env.size(), 2u);
  EXPECT_FALSE(Lower("cc -I|", list));
  EXPECT_FALSE(Lower("cc \"|\"", list));
}

// Whatever stands in the value, the shell hands it over unchanged.
TEST(ShellTemplate, TheRealShellNeverReadsAValue) {
  const std::string evil = "a b'\"`touch /tmp/opsc_pwned`$(touch /tmp/opsc_pwned)\\;*\n-n";
  for (const char* text :
       {"printf %s |", "printf %s \"|\"", "printf %s '|'", "x=|; printf %s \"$x\"",
        "printf %s \"$(printf %s |)\"", "printf %s ${nope:-|}", "printf %s \"${nope:-|}\""}) {
    const auto script = Lower(text, Value::String(evil));
    ASSERT_TRUE(script) << text;
    ::setenv("OPSC_1", evil.c_str(), 1);
    ::setenv("OPSC_SCRIPT", script->text.c_str(), 1);
    FILE* pipe = ::popen("exec sh -eu -c \"$OPSC_SCRIPT\"", "r");
    std::string seen;
    for (int c; (c = std::fgetc(pipe)) != EOF;) seen.push_back(static_cast<char>(c));
    EXPECT_EQ(::pclose(pipe), 0) << script->text;
    EXPECT_EQ(seen, evil) << script->text;
  }
}

}  // namespace
}  // namespace opsc
