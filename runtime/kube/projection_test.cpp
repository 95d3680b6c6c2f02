#include "runtime/kube/projection.h"

#include <gtest/gtest.h>

#include "runtime/kube/normalised.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

Value Json(std::string_view text) {
  auto value = FromJson(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value::Null();
}

std::string Text(const Value& value) {
  return ToJson(value, SecretPolicy::kReveal);
}

TEST(Project, KeepsWhatTheManifestSpeaksOf) {
  Value seen = Project(Json(R"({"data":{"a":"1","gone":"2"}})"),
                       Json(R"({"data":{"a":"9","theirs":"3"},"status":{}})"));
  EXPECT_EQ(Text(seen), R"({"data":{"a":"9","gone":null}})");
}

TEST(Project, MatchesItemsByTheKeysThatManagersKnow) {
  Value live = Json(R"({
    "metadata": {"managedFields": [{"manager": "opsc", "fieldsV1": {"f:spec": {
      "f:containers": {"k:{\"name\":\"web\"}": {"f:image": {}}},
      "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {"f:port": {}}},
      "f:args": {"v:\"x\"": {}}}}}]},
    "spec": {"containers": [{"name": "sidecar", "image": "s"}, {"name": "web", "image": "w2"}],
             "ports": [{"port": 80, "protocol": "UDP"}, {"port": 80, "protocol": "TCP", "target": 8}],
             "args": ["y", "x"]}})");
  Value seen = Project(Json(R"({"spec": {"containers": [{"name": "web", "image": "w1"}],
      "ports": [{"port": 80, "protocol": "TCP"}, {"port": 81}], "args": ["x", "z"]}})"),
                       live);
  EXPECT_EQ(Text(seen), R"({"spec":{"containers":[{"name":"web","image":"w2"}],)"
                        R"("ports":[{"port":80,"protocol":"TCP"},null],"args":["x",null]}})");
}

TEST(Project, ComparesOtherListsItemByItemOrWhole) {
  Value live = Json(R"({"spec":{"rules":[{"host":"a","defaulted":1}],"args":["a","b"]}})");
  EXPECT_EQ(Text(Project(Json(R"({"spec":{"rules":[{"host":"b"}],"args":["a"]}})"), live)),
            R"({"spec":{"rules":[{"host":"a"}],"args":["a","b"]}})");
}

TEST(Project, ReadsStringDataFromData) {
  Value seen = Project(Json(R"({"stringData":{"password":"x"}})"),
                       Json(R"({"apiVersion":"v1","kind":"Secret","data":{"password":"aGk="}})"));
  EXPECT_EQ(Text(seen), R"({"stringData":{"password":"hi"}})");
}

TEST(Project, WhatIsSecretInTheManifestIsSecretInTheResult) {
  Value wanted = Value::Record({{Symbol("data"), Value::String("x").WithSecret()}});
  EXPECT_TRUE(Project(wanted, Json(R"({"data":"y"})")).Find("data")->secret());
}

TEST(Essence, IsWithoutWhatNobodyWrote) {
  Value live = Json(R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"n","uid":"u",
    "resourceVersion":"1","managedFields":[],"annotations":{"opsc.dev/intent":"t"}},
    "data":{"a":"b"},"status":{}})");
  Value essence = Essence(live);
  EXPECT_TRUE(essence.Find("data")->Find("a")->secret());
  EXPECT_EQ(Text(essence),
            R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"n"},"data":{"a":"b"}})");
}

TEST(Normalised, IsSeenAsItWasWritten) {
  Value sent = Json(R"({"spec":{"list":[{"cpu":"1000m","memory":"1Gi"}]}})");
  Value stored = Json(R"({"spec":{"list":[{"cpu":"1","memory":"1Gi"}]}})");
  Value notes = NormalisedBy(sent, stored);
  EXPECT_EQ(Text(notes), R"({"spec.list[0].cpu":"1"})");
  EXPECT_EQ(Denormalise(sent, stored, notes), sent);
  Value changed = Json(R"({"spec":{"list":[{"cpu":"2","memory":"1Gi"}]}})");
  EXPECT_EQ(Denormalise(sent, changed, notes), changed);
}

}  // namespace
}  // namespace opsc
