#include "runtime/store/state_document.h"

#include <cmath>

#include "runtime/store/journal_fixture.h"
#include "runtime/store/value_document.h"
#include "runtime/value/encode.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

Value EveryKind() {
  FileRep file;
  file.path = "out/\xFF";
  file.producer = "build";
  file.output = "server";
  file.digest = Sha256("x");
  FilesRep files;
  files.include = {"src/**"};
  files.exclude = {"*.o"};
  files.files = {Value::File(file)};
  TemplateRep text;
  text.texts = {"a ", " b"};
  text.holes = {Value::Int(1)};
  InstanceRep instance;
  instance.address = "web[\"eu\"]";
  instance.type = "service";
  return Value::List({
      Value::Null(),
      Value::Bool(true),
      Value::Int(INT64_MIN),
      Value::Float(1.0),
      Value::Float(0.1),
      Value::Float(INFINITY),
      Value::Float(-INFINITY),
      Value::Float(NAN),
      Value::Ratio(0.3),
      Value::Duration(-5),
      Value::Size(1 << 20),
      Value::Time(123),
      Value::String("text \" \n \xC3\xA9 \xF0\x9F\x98\x80"),
      Value::String("bad \xFF utf-8"),
      Value::Bytes(std::string("\0\x01", 2)),
      Value::Bytes(""),
      Value::File(file),
      Value::Files(files),
      Value::Template(text),
      Value::Instance(instance),
      Value::Pending({"a", "b"}),
      Value::Record({{Symbol("$size"), Value::Int(1)}}),
      Value::Record({{Symbol("k\xFF"), Value::Int(1)}, {Symbol("l"), Value::Size(1)}}),
      Value::Record({}),
  });
}

TEST(ValueDocument, EveryKindComesBackExactly) {
  Value value = EveryKind();
  std::string text = ToJson(ToDocument(value), SecretPolicy::kReveal);
  auto document = FromJson(text);
  ASSERT_TRUE(document) << document.error().message;
  auto back = FromDocument(*document);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(EncodeValue(*back, "salt"), EncodeValue(value, "salt")) << text;
}

TEST(ValueDocument, ASecretGoesAsItsDigest) {
  std::string encoded = EncodeValue(Value::String("hunter2").WithSecret(), "salt");
  Value secret = *DecodeValue(encoded);
  std::string text = ToJson(ToDocument(secret), SecretPolicy::kReveal);
  auto back = FromDocument(*FromJson(text));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->secret());
  EXPECT_EQ(EncodeValue(*back, "other salt"), encoded);
  // In clear it never gets this far; if it did, it would not get out.
  Value clear = ToDocument(Value::String("hunter2").WithSecret());
  EXPECT_EQ(ToJson(clear, SecretPolicy::kReveal).find("hunter2"), std::string::npos);
}

TEST(ValueDocument, RefusesWhatIsMalformed) {
  for (const char* bad :
       {R"({"$what": 1})", R"({"$duration": "5s"})", R"({"$bytes": "0G"})", R"({"$bytes": "ABC"})",
        R"({"$file": []})", R"({"$file": ["a","b","c","d"]})", R"({"$secret": "x"})",
        R"({"$record": [["a",1],["a",2]]})", R"({"$record": [[1,2]]})", R"({"$record": {}})",
        R"({"$template": [["a"],[1]]})", R"({"$files": [["a"],[],[1]]})", R"({"$float": "one"})",
        R"({"$pending": "a"})", R"({"$instance": ["a"]})", R"([{"$size": 1.5}])"}) {
    auto back = FromDocument(*FromJson(bad));
    ASSERT_FALSE(back) << bad;
    EXPECT_EQ(back.error().kind, ErrorKind::kInput);
  }
}

TEST(StateDocument, AStateComesBackInAnEmptyOne) {
  TestDir dir;
  auto journal = OpenOrDie(dir / "a");
  StateEntry entry = EntryNamed("x[\"k\"]");
  entry.fields = Value::Record(
      {{Symbol("all"), EveryKind()}, {Symbol("password"), Value::String("hunter2").WithSecret()}});
  entry.protect = entry.tainted = true;
  ASSERT_TRUE(journal->Record(std::vector{entry, EntryNamed("y")}, {}));
  std::string text = *journal->Export();
  EXPECT_EQ(*journal->Export(), text);

  auto other = OpenOrDie(dir / "b");
  auto imported = other->Import(text);
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(other->secret_salt(), journal->secret_salt());
  EXPECT_GE(*other->Serial(), *journal->Serial());
  auto a = *journal->Entries();
  auto b = *OpenOrDie(dir / "b")->Entries();
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].address, b[i].address);
    EXPECT_EQ(EncodeValue(a[i].fields, ""), EncodeValue(b[i].fields, ""));
    EXPECT_EQ(a[i].tainted, b[i].tainted);
    EXPECT_EQ(a[i].protect, b[i].protect);
    EXPECT_EQ(a[i].depends_on, b[i].depends_on);
  }
  EXPECT_EQ(OpenOrDie(dir / "b")->secret_salt(), journal->secret_salt());
  EXPECT_TRUE(VerifyJournal(dir / "b"));
}

TEST(StateDocument, OnlyALaterOneOfTheSameStateReplacesAState) {
  TestDir dir;
  auto journal = OpenOrDie(dir / "a");
  ASSERT_TRUE(journal->Record(std::vector{EntryNamed("x"), EntryNamed("gone")}, {}));
  std::string old = *journal->Export();
  ASSERT_TRUE(journal->Remove("gone"));
  std::string now = *journal->Export();
  EXPECT_EQ(journal->Import(old).error().kind, ErrorKind::kInput);
  ASSERT_TRUE(journal->Import(now));
  EXPECT_FALSE(journal->Entry("gone")->has_value());
  EXPECT_TRUE(journal->Entry("x")->has_value());
  // An entry less, a later serial.
  std::string edited = now;
  edited.replace(edited.find("\"serial\": 3"), 11, "\"serial\": 9");
  ASSERT_TRUE(journal->Import(edited));
  ASSERT_TRUE(journal->Record(std::vector{EntryNamed("new")}, {}));
  EXPECT_EQ(*journal->Serial(), 10u);

  auto other = OpenOrDie(dir / "b");
  ASSERT_TRUE(other->Record(std::vector{EntryNamed("mine")}, {}));
  auto refused = other->Import(now);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another state"), std::string::npos);
  EXPECT_TRUE(other->Entry("mine")->has_value());
  EXPECT_TRUE(VerifyJournal(dir / "a"));
}

TEST(StateDocument, RefusesWhatIsNone) {
  TestDir dir;
  auto journal = OpenOrDie(dir.path());
  ASSERT_TRUE(journal->Record(std::vector{EntryNamed("x")}, {}));
  std::string good = *journal->Export();
  for (const char* bad : {"", "{}", "[]", "null", "{\"format\": \"opsc.state/2\"}", "\xFF"}) {
    auto imported = journal->Import(bad);
    ASSERT_FALSE(imported) << bad;
    EXPECT_EQ(imported.error().kind, ErrorKind::kInput);
    EXPECT_FALSE(imported.error().hint.empty());
  }
  for (size_t size = 0; size + 2 < good.size(); size += 3) {
    EXPECT_FALSE(DecodeStateDocument(good.substr(0, size))) << size;
  }
  EXPECT_EQ(*journal->Export(), good);
}

}  // namespace
}  // namespace opsc
