#include "runtime/yaml/yaml.h"
#include "runtime/yaml/cut.h"
#include "runtime/yaml/locate.h"

#include <gtest/gtest.h>

#include "runtime/value/json.h"

namespace opsc {
namespace {

std::string Json(std::string_view yaml) {
  auto documents = ReadYaml(yaml);
  if (!documents) return documents.error().message;
  std::string text;
  for (const YamlDocument& document : *documents) {
    text += (text.empty() ? "" : "|") + ToJson(document.value, SecretPolicy::kReveal);
  }
  return text;
}

TEST(Yaml, ScalarsAreThoseOfKubernetes) {
  EXPECT_EQ(Json("[1, -2, 0x1F, 0644, 0o17, 0b11, 1_000, +5]"), "[1,-2,31,420,15,3,1000,5]");
  EXPECT_EQ(Json("[1.5, .5, 1e3, -1.0]"), "[1.5,0.5,1000.0,-1.0]");
  EXPECT_EQ(Json("[yes, no, on, Off, y, N, true, FALSE]"),
            "[true,false,true,false,true,false,true,false]");
  EXPECT_EQ(Json("[null, ~, , 'null', \"~\"]"), "[null,null,null,\"null\",\"~\"]");
  EXPECT_EQ(Json("[2026-11-23, 12:30, 1.2.3, 10.0.0.1, 0x, 1_, a]"),
            "[\"2026-11-23\",\"12:30\",\"1.2.3\",\"10.0.0.1\",\"0x\",1,\"a\"]");
  EXPECT_EQ(Json("[9223372036854775807, -9223372036854775808]"),
            "[9223372036854775807,-9223372036854775808]");
  EXPECT_EQ(Json("!!str 5"), "\"5\"");
  EXPECT_EQ(Json("!!float 5"), "5.0");
}

TEST(Yaml, KeysAreStrings) {
  EXPECT_EQ(Json("{1: a, yes: b, x: c}"), R"({"1":"a","true":"b","x":"c"})");
}

TEST(Yaml, StreamsAndBlocks) {
  EXPECT_EQ(Json("a: 1\n---\n---\n- b\n...\n"), R"({"a":1}|null|["b"])");
  EXPECT_EQ(Json("a: |\n  one\n\n  two\nb: >-\n  x\n  y\nc: |+\n  z\n\n"),
            R"({"a":"one\n\ntwo\n","b":"x y","c":"z\n\n"})");
}

TEST(Yaml, AliasesAndMerges) {
  EXPECT_EQ(Json("a: &x {k: 1}\nb: *x"), R"({"a":{"k":1},"b":{"k":1}})");
  EXPECT_EQ(Json("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}"),
            R"({"a":{"k":1,"l":2},"b":{"k":3,"l":2}})");
  EXPECT_EQ(Json("a: &x [*x]"), "line 1, column 8: an alias inside of what it stands for");
}

TEST(Yaml, SaysWhereItIsWrong) {
  EXPECT_EQ(Json("a: 1\nb: 2\na: 3"), "line 3, column 1: the key `a` is given twice");
  EXPECT_EQ(Json("a:\n\tb: 1").substr(0, 15), "line 2, column ");
  EXPECT_TRUE(
      Json("a:\n\tb: 1").ends_with("a tab in the indentation, where YAML takes spaces only"));
  EXPECT_EQ(Json("a: 9223372036854775808"),
            "line 1, column 4: the number 9223372036854775808 does not fit in 64 bits");
  EXPECT_EQ(Json("a: !thing x"), "line 1, column 4: the tag `!thing` is not known");
  EXPECT_EQ(Json("[a]: b"), "line 1, column 1: a key is a string");
  EXPECT_EQ(Json("a: [1").substr(0, 5), "line ");
}

TEST(Yaml, IsBounded) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'l'; ++c) {
    char before = static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += std::string("*") + before + (i < 9 ? "," : "]\n");
  }
  EXPECT_NE(Json(bomb).find("more than 4000000 nodes"), std::string::npos);
  EXPECT_NE(Json(std::string(5000, '[')).find("line 1"), std::string::npos);
  EXPECT_EQ(Json(std::string((10u << 20) + 1, ' ')), "more than 10 MB of YAML");
}

std::string RoundTrip(const Value& value) {
  std::string yaml = WriteYaml(value);
  auto documents = ReadYaml(yaml);
  if (!documents) return yaml + documents.error().message;
  bool same = documents->size() == 1 && (*documents)[0].value == value;
  return same ? "" : yaml;
}

TEST(Yaml, WritesWhatReadsBackEqual) {
  for (std::string text : {"",
                           " ",
                           "a",
                           "yes",
                           "No",
                           "1",
                           "1.0",
                           "0x1",
                           "1e3",
                           "null",
                           "~",
                           "-",
                           "- a",
                           "a: b",
                           "a #b",
                           "#",
                           "*a",
                           "&a",
                           "!t",
                           "%",
                           "@",
                           "`",
                           "|",
                           ">",
                           "{",
                           "[",
                           "]",
                           ",",
                           "\"",
                           "'",
                           "<<",
                           "=",
                           "a\n",
                           "a\nb",
                           "a\n\n",
                           "\n",
                           "\na",
                           " a\nb\n",
                           "a \nb\n",
                           "a\n  b\n c\n",
                           "\ta",
                           "a\tb\n",
                           "\r\n",
                           "\x01",
                           "\x7f",
                           "\xC2\x85",
                           "\xE2\x80\xA8",
                           "\xEF\xBB\xBF",
                           "é🚀",
                           "a:",
                           ":a",
                           "?a",
                           "--- a",
                           "...",
                           "2026-11-23",
                           "12:30:45",
                           "1_000",
                           ".inf",
                           "key: |\n  x\n",
                           "a\n\n\nb"}) {
    Value value = Value::String(text);
    EXPECT_EQ(RoundTrip(value), "") << text;
    EXPECT_EQ(RoundTrip(Value::List({value, value})), "") << text;
    EXPECT_EQ(RoundTrip(Value::Record({{Symbol("k"), Value::List({Value::List({value})})}})), "");
    if (text.empty()) continue;
    EXPECT_EQ(RoundTrip(Value::Record({{Symbol(text), value}})), "") << text;
  }
  Value empty = Value::Record({{Symbol("a"), Value::Record({})}, {Symbol("b"), Value::List({})}});
  EXPECT_EQ(RoundTrip(Value::List({empty, Value::Record({}), Value(), Value::Bool(true)})), "");
  EXPECT_EQ(RoundTrip(Value::List({Value::Int(-5), Value::Float(1e300), Value::Float(2)})), "");
  EXPECT_EQ(WriteYaml(empty), "a: {}\nb: []\n");
}

// The pieces of a stream that comes in parts of `step` bytes, with their lines.
std::string Cut(std::string_view text, size_t step) {
  StreamCutter cutter;
  std::string out;
  auto add = [&](const StreamPiece& piece) {
    out += std::to_string(piece.line) + ":" + piece.text + "|";
  };
  for (size_t at = 0; at < text.size(); at += step) {
    cutter.Add(text.substr(at, step));
    while (auto piece = cutter.Next()) add(*piece);
  }
  if (auto piece = cutter.Last()) add(*piece);
  return out;
}

TEST(StreamCutter, CutsWhereDocumentsEndHoweverTheyArrive) {
  for (size_t step : {1, 2, 7, 1000}) {
    EXPECT_EQ(Cut("a: 1\n---\nb: |\n  x\n  ---\n---\n", step),
              "1:a: 1\n|2:---\nb: |\n  x\n  ---\n|6:---\n|");
    EXPECT_EQ(Cut("\n\n  a: 1\n  b: 2\n", step), "3:  a: 1\n  b: 2\n|") << "indentation stays";
    EXPECT_EQ(Cut("{\"a\": \"}\\\"\"}\n{\n}[1]", step), "1:{\"a\": \"}\\\"\"}|2:{\n}|3:[1]|");
    EXPECT_EQ(Cut("{\"a\":", step), "1:{\"a\":|") << "what is cut off is handed over for its error";
    EXPECT_EQ(Cut(" \n\n", step), "");
  }
}

TEST(LocateInYaml, FindsKeysAndValuesInEachDocument) {
  std::string text =
      "a: 1\n---\nspec:\n  list:\n    - name: x\n    - name:  y\n---\n{\"b\": [1]}\n";
  auto at = [&](size_t document, const YamlPath& path) {
    YamlPlace place = LocateInYaml(text, document, path);
    return text.substr(place.key, text.find('\n', place.key) - place.key) + " / " +
           text.substr(place.value, text.find('\n', place.value) - place.value);
  };
  using Step = YamlStep;
  EXPECT_EQ(at(0, {Step::Key("a")}), "a: 1 / 1");
  EXPECT_EQ(at(1, {Step::Key("spec"), Step::Key("list"), Step::Item(1), Step::Key("name")}),
            "name:  y / y");
  EXPECT_EQ(at(1, {Step::Key("spec"), Step::Key("list"), Step::Item(0)}), "name: x / name: x");
  EXPECT_EQ(at(1, {Step::Key("spec"), Step::Key("none"), Step::Key("deeper")}), "spec: / list:")
      << "the nearest part around it";
  EXPECT_EQ(at(2, {Step::Key("b"), Step::Item(0)}), "1]} / 1]}");
}

TEST(LocateInYaml, WhatAnAliasBringsStandsWhereTheAliasDoes) {
  std::string text = "a: &x { b: 1 }\nc: *x\n";
  YamlPlace place = LocateInYaml(text, 0, {YamlStep::Key("c"), YamlStep::Key("b")});
  EXPECT_EQ(text.substr(place.key), "c: *x\n");
}

}  // namespace
}  // namespace opsc
