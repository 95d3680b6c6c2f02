#include "runtime/value/value.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "runtime/value/encode.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

Value Rec(std::vector<std::pair<std::string, Value>> fields) {
  std::vector<Field> out;
  for (auto& [name, value] : fields) out.emplace_back(Symbol(name), std::move(value));
  return Value::Record(std::move(out));
}

// One value of every kind that can be stored.
Value Sample() {
  FileRep file;
  file.path = "out/app";
  file.producer = "build";
  file.output = "app";
  FilesRep files;
  files.include = {"src/**"};
  files.exclude = {"src/old/**"};
  files.files = {Value::File(file)};
  TemplateRep text;
  text.texts = {"echo ", "\n"};
  text.holes = {Value::String("hi")};
  InstanceRep instance;
  instance.address = "web";
  instance.type = "service";
  return Rec({{"null", Value::Null()},
              {"bool", Value::Bool(true)},
              {"int", Value::Int(-7)},
              {"float", Value::Float(1.5)},
              {"ratio", Value::Ratio(0.07)},
              {"duration", Value::Duration(90'000'000'000)},
              {"size", Value::Size(4ll << 30)},
              {"string", Value::String("a\"b\n\x01é")},
              {"bytes", Value::Bytes(std::string_view("\0\xFF", 2))},
              {"file", Value::File(file)},
              {"files", Value::Files(files)},
              {"template", Value::Template(text)},
              {"instance", Value::Instance(instance)},
              {"list", Value::List({Value::Int(1), Value::List({})})},
              {"pending", Value::Pending({"b", "a", "b"})}});
}

TEST(Value, FindsFieldsOfSmallAndLargeRecords) {
  for (int size : {0, 1, 8, 9, 1000}) {
    std::vector<Field> fields;
    for (int i = 0; i < size; ++i)
      fields.emplace_back(Symbol("f" + std::to_string(i)), Value::Int(i));
    Value record = Value::Record(std::move(fields));
    for (int i = 0; i < size; ++i) {
      ASSERT_NE(record.Find("f" + std::to_string(i)), nullptr);
      EXPECT_EQ(record.Find("f" + std::to_string(i))->AsInt(), i);
    }
    EXPECT_EQ(record.Find("absent"), nullptr);
  }
  EXPECT_EQ(Value::Int(1).Find("x"), nullptr);
}

TEST(Value, MarksTravelUpAndOriginsAreKept) {
  Value secret = Value::String("s").WithSecret();
  Value list = Value::List({secret, Value::Pending({"a"})});
  EXPECT_TRUE(secret.secret());
  EXPECT_FALSE(list.secret());
  EXPECT_TRUE(list.has_secret());
  EXPECT_TRUE(list.has_pending());
  EXPECT_FALSE(Value::Int(1).has_pending());
  EXPECT_EQ(Value::Int(1).WithOrigin(OriginId{7}).origin(), OriginId{7});
  EXPECT_EQ(Value::Pending({"b", "a", "b"}).AsPending().waits_for,
            (std::vector<std::string>{"a", "b"}));
}

TEST(Value, DepthIsCountedAndSaturates) {
  Value nested = Value::Int(1);
  EXPECT_EQ(nested.depth(), 0);
  for (int i = 1; i <= 300; ++i) {
    nested = Value::List({nested});
    EXPECT_EQ(nested.depth(), std::min(i, 255));
  }
}

TEST(Value, EqualityIgnoresRecordOrderAndMarks) {
  Value a = Rec({{"x", Value::Int(1)}, {"y", Value::Int(2)}});
  Value b = Rec({{"y", Value::Int(2)}, {"x", Value::Int(1).WithSecret()}});
  EXPECT_EQ(a, b);
  EXPECT_EQ(HashOf(a), HashOf(b));
  EXPECT_FALSE(Value::Int(1) == Value::Float(1.0));
  EXPECT_FALSE(a == Rec({{"x", Value::Int(1)}}));
  EXPECT_EQ(Value::Float(-0.0), Value::Float(0.0));
  EXPECT_EQ(Sample(), Sample());
}

TEST(Value, PrintsAsSource) {
  EXPECT_EQ(FormatDuration(0), "0s");
  EXPECT_EQ(FormatDuration(90'000'000'000), "90s");
  EXPECT_EQ(FormatDuration(5'400'000'000'000), "90min");
  EXPECT_EQ(FormatDuration(-250'000'000), "-250ms");
  EXPECT_EQ(FormatDuration(172'800'000'000'000), "2d");
  EXPECT_EQ(FormatSize(4ll << 30), "4GiB");
  EXPECT_EQ(FormatSize(5000), "5KB");
  EXPECT_EQ(FormatSize(0), "0B");
  EXPECT_EQ(FormatSize(17), "17B");
  EXPECT_EQ(FormatFloat(1), "1.0");
  EXPECT_EQ(FormatFloat(1e300), "1e+300");
  EXPECT_EQ(FormatFloat(0.1), "0.1");
  EXPECT_EQ(ToText(Value::Ratio(0.07)), "7%");
  EXPECT_EQ(ToText(Value::Ratio(0.3)), "30%");
  EXPECT_EQ(ToText(Value::Ratio(0)), "0%");
  EXPECT_EQ(ToText(Value::Ratio(0.125)), "12.5%");
  EXPECT_EQ(Quote("a\"\\\n\x01 $x ${y}"), R"("a\"\\\n\u{1} $x \${y}")");
  EXPECT_EQ(ToText(Rec({{"a-b", Value::List({Value::Int(1), Value::Null()})}})),
            R"({ "a-b": [1, null] })");
  EXPECT_EQ(ToText(Value::String("s").WithSecret()), "(secret)");
  EXPECT_EQ(ToText(Value::Pending({"build"})), "(after apply: build)");
}

TEST(Encode, RoundTripsEveryKind) {
  Value sample = Sample();
  std::string bytes = EncodeValue(sample, "salt");
  auto decoded = DecodeValue(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, sample);
  EXPECT_EQ(EncodeValue(*decoded, "salt"), bytes);
  EXPECT_TRUE(decoded->has_pending());
}

TEST(Encode, EqualValuesHaveEqualBytes) {
  Value a = Rec({{"x", Value::Float(0.0)}, {"y", Value::Int(2)}});
  Value b = Rec({{"y", Value::Int(2)}, {"x", Value::Float(-0.0)}});
  EXPECT_EQ(DigestOf(a, ""), DigestOf(b, ""));
}

TEST(Encode, SecretsAreComparableAndNeverReadable) {
  Value secret = Rec({{"password", Value::String("hunter2").WithSecret()}});
  std::string bytes = EncodeValue(secret, "salt");
  EXPECT_EQ(bytes.find("hunter2"), std::string::npos);
  EXPECT_EQ(bytes, EncodeValue(secret, "salt"));
  EXPECT_NE(bytes, EncodeValue(secret, "other salt"));
  auto decoded = DecodeValue(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(decoded->Find("password")->secret());
  EXPECT_EQ(EncodeValue(*decoded, "any salt"), bytes);  // state can be rewritten without the secret
}

TEST(Encode, DamagedBytesAreRefusedAndNeverCrash) {
  std::string bytes = EncodeValue(Sample(), "salt");
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeValue(std::string_view(bytes).substr(0, size)).has_value());
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = bytes;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    (void)DecodeValue(damaged);
  }
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += std::string("\x0D\x01\0\0\0", 5);
  EXPECT_FALSE(DecodeValue(deep).has_value());
}

TEST(Json, WritesCompactAndIndented) {
  Value value = Rec({{"a", Value::List({Value::Int(1), Value::Float(2)})},
                     {"b", Rec({})},
                     {"c", Value::List({})}});
  EXPECT_EQ(ToJson(value, SecretPolicy::kRedact), R"({"a":[1,2.0],"b":{},"c":[]})");
  EXPECT_EQ(ToJson(value, SecretPolicy::kRedact, 2),
            "{\n  \"a\": [\n    1,\n    2.0\n  ],\n  \"b\": {},\n  \"c\": []\n}");
}

TEST(Json, TextAndDocumentAgree) {
  for (int indent : {-1, 2}) {
    nlohmann::ordered_json document;
    ToJson(Sample(), SecretPolicy::kRedact, document);
    EXPECT_EQ(document.dump(indent), ToJson(Sample(), SecretPolicy::kRedact, indent));
  }
}

TEST(Json, RedactsSecretsAndReplacesBrokenUtf8) {
  Value value = Rec({{"s", Value::String("x").WithSecret()}});
  EXPECT_EQ(ToJson(value, SecretPolicy::kRedact), R"({"s":{"$secret":true}})");
  EXPECT_EQ(ToJson(value, SecretPolicy::kReveal), R"({"s":"x"})");
  EXPECT_EQ(ToJson(Value::String("a\xFF\xC0\x80z"), SecretPolicy::kRedact),
            "\"a\uFFFD\uFFFD\uFFFDz\"");
}

TEST(Json, ReadsBackWhatItWrites) {
  Value value = Rec(
      {{"z", Value::List({Value::Int(-1), Value::Float(0.1), Value::Null(), Value::Bool(false)})},
       {"a", Value::String("é\"\\\n")}});
  auto read = FromJson(ToJson(value, SecretPolicy::kRedact, 2));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, value);
  EXPECT_EQ(read->AsRecord()[0].first.text(), "z");
}

TEST(Json, RefusesBadTextWithAReason) {
  auto message = [](std::string_view text) {
    auto read = FromJson(text);
    return read.has_value() ? std::string("accepted") : read.error().message;
  };
  EXPECT_EQ(message("{\"a\":1,\"a\":2}"),
            "not valid JSON: the key \"a\" stands twice in one object");
  EXPECT_EQ(message("18446744073709551615"),
            "not valid JSON: 18446744073709551615 does not fit an int (64 bits, signed)");
  EXPECT_NE(message("{\"a\": nope}"), "accepted");
  EXPECT_NE(message(""), "accepted");
  EXPECT_NE(message("1 2"), "accepted");
  EXPECT_EQ(message(std::string(201, '[')), "not valid JSON: nested deeper than 200");
  EXPECT_EQ(message(std::string(200, '[') + std::string(200, ']')), "accepted");
}

}  // namespace
}  // namespace opsc
