#include "runtime/kube/pod_trouble.h"

#include <gtest/gtest.h>

#include "runtime/kube/object_history.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

Value Json(std::string_view text) {
  auto value = FromJson(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value::Null();
}

TroubleOfPod Trouble(std::string_view status) {
  return TroubleIn(Json(R"({"status":)" + std::string(status) + "}"));
}

TEST(PodTrouble, SaysWhyAContainerWaits) {
  EXPECT_EQ(Trouble(R"({"containerStatuses":[{"name":"web","state":{"waiting":
      {"reason":"ImagePullBackOff","message":"no such image"}}}]})")
                .text,
            "container `web`: ImagePullBackOff: no such image");
  EXPECT_EQ(Trouble(R"({"containerStatuses":[{"name":"web","state":{"waiting":
      {"reason":"ContainerCreating"}}}]})")
                .text,
            "")
      << "that passes by itself";
}

TEST(PodTrouble, SaysHowAContainerEndedAndWhoseLinesTellMore) {
  TroubleOfPod crash = Trouble(R"({"containerStatuses":[{"name":"web",
      "state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 10s"}},
      "lastState":{"terminated":{"exitCode":7,"reason":"Error"}}}]})");
  EXPECT_EQ(crash.text, "container `web`: CrashLoopBackOff: ended with exit code 7");
  EXPECT_EQ(crash.container, "web");
  EXPECT_TRUE(crash.previous);
  TroubleOfPod killed = Trouble(R"({"initContainerStatuses":[{"name":"init",
      "state":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]})");
  EXPECT_EQ(killed.text, "container `init` OOMKilled (exit code 137)");
  EXPECT_FALSE(killed.previous);
  EXPECT_EQ(Trouble(R"({"containerStatuses":[{"name":"web","ready":true,
      "state":{"running":{}},"lastState":{"terminated":{"exitCode":1}}}]})")
                .text,
            "")
      << "it is well again";
}

TEST(PodTrouble, SaysWhyAPodIsNotScheduledOrWasThrownOut) {
  EXPECT_EQ(Trouble(R"({"conditions":[{"type":"PodScheduled","status":"False",
      "reason":"Unschedulable","message":"0/1 nodes are available"}]})")
                .text,
            "Unschedulable: 0/1 nodes are available");
  EXPECT_EQ(Trouble(R"({"phase":"Failed","reason":"Evicted","message":"low on memory"})").text,
            "Evicted: low on memory");
}

TEST(LabelSelector, IsWrittenAsQueriesHaveIt) {
  EXPECT_EQ(LabelSelectorOf(Json(R"({"spec":{"selector":{"matchLabels":{"app":"web"},
      "matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]},
        {"key":"old","operator":"DoesNotExist"}]}}})")),
            "app=web,tier in (a,b),!old");
  EXPECT_EQ(LabelSelectorOf(Json("{}")), "");
}

TEST(ObjectHistory, NamesManagersTheirFieldsAndTheController) {
  ObjectHistory history = HistoryIn(Json(R"({"metadata": {"namespace": "shop",
    "annotations": {"opsc.dev/address": "web"},
    "ownerReferences": [{"kind": "ReplicaSet", "apiVersion": "apps/v1", "name": "web-1", "controller": true}],
    "managedFields": [
      {"manager": "opsc", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {
        "f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:image": {}}}, "f:replicas": {}}}},
      {"manager": "eve", "operation": "Update", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:data": {"f:a.b": {}}}}]}})"));
  EXPECT_EQ(history.address, "web");
  ASSERT_TRUE(history.owner);
  EXPECT_EQ(history.owner->kind + " " + history.owner->name_space + "/" + history.owner->name,
            "ReplicaSet shop/web-1");
  ASSERT_EQ(history.writers.size(), 2u);
  EXPECT_EQ(history.writers[0].manager, "eve") << "the newest first";
  EXPECT_EQ(history.writers[0].fields, (std::vector<std::string>{"data.a.b"}));
  EXPECT_EQ(history.writers[1].fields,
            (std::vector<std::string>{"spec.containers[name=web].image", "spec.replicas"}));
}

}  // namespace
}  // namespace opsc
