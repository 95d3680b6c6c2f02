#include "runtime/kube/object_order.h"

#include <gtest/gtest.h>

#include "runtime/graph/natural_order.h"
#include "runtime/kube/object_kind.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

Node NodeOf(const std::string& address, std::string_view manifest) {
  Node node;
  node.address = address;
  node.type = "kubernetes";
  auto fields = FromJson(manifest);
  EXPECT_TRUE(fields) << manifest;
  if (fields) node.fields = *fields;
  return node;
}

std::string EdgesOf(const Graph& graph, size_t index) {
  std::string text;
  for (const Edge& edge : graph.nodes[index].edges) text += edge.to + " ";
  return text;
}

Graph Ordered(std::vector<Node> nodes) {
  Graph graph;
  graph.nodes = std::move(nodes);
  KindTable kinds;
  AddKubernetesKind(kinds, {});
  AddNaturalOrder(kinds, graph);
  return graph;
}

TEST(ObjectOrder, PutsFirstWhatOthersNeed) {
  Graph graph = Ordered({
      NodeOf("hook", R"({"apiVersion":"admissionregistration.k8s.io/v1",
        "kind":"ValidatingWebhookConfiguration","metadata":{"name":"h"},
        "webhooks":[{"clientConfig":{"service":{"namespace":"n","name":"s"}}}]})"),
      NodeOf("app", R"({"apiVersion":"apps/v1","kind":"Deployment",
        "metadata":{"name":"d","namespace":"n"},"spec":{"template":{"spec":{
        "serviceAccountName":"robot","volumes":[{"secret":{"secretName":"x"}}],
        "containers":[{"envFrom":[{"configMapRef":{"name":"c"}}]}]}}}})"),
      NodeOf("binding", R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding",
        "metadata":{"name":"b","namespace":"n"},"roleRef":{"kind":"Role","name":"r"},
        "subjects":[{"kind":"ServiceAccount","name":"robot"}]})"),
      NodeOf("role", R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role",
        "metadata":{"name":"r","namespace":"n"}})"),
      NodeOf("account", R"({"apiVersion":"v1","kind":"ServiceAccount",
        "metadata":{"name":"robot","namespace":"n"}})"),
      NodeOf("config", R"({"apiVersion":"v1","kind":"ConfigMap",
        "metadata":{"name":"c","namespace":"n"}})"),
      NodeOf("secret", R"({"apiVersion":"v1","kind":"Secret",
        "metadata":{"name":"x","namespace":"n"}})"),
      NodeOf("service", R"({"apiVersion":"v1","kind":"Service",
        "metadata":{"name":"s","namespace":"n"}})"),
      NodeOf("widget", R"({"apiVersion":"example.org/v1","kind":"Widget",
        "metadata":{"name":"w","namespace":"n"}})"),
      NodeOf("crd", R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
        "metadata":{"name":"widgets.example.org"},
        "spec":{"group":"example.org","names":{"kind":"Widget"}}})"),
      NodeOf("space", R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"}})"),
  });
  EXPECT_EQ(EdgesOf(graph, 0), "service app ");
  EXPECT_EQ(EdgesOf(graph, 1), "space account secret config binding ");
  EXPECT_EQ(EdgesOf(graph, 2), "space role account ");
  EXPECT_EQ(EdgesOf(graph, 8), "space crd ");
  EXPECT_EQ(EdgesOf(graph, 9), "");
  EXPECT_EQ(EdgesOf(graph, 10), "");
  EXPECT_TRUE(TopologicalOrder(graph));
}

TEST(ObjectOrder, YieldsToWhatTheProgramSays) {
  Node space = NodeOf("space", R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"}})");
  space.edges.push_back({"config", Edge::Reason::kData, "metadata.labels"});
  Graph graph = Ordered({NodeOf("config", R"({"apiVersion":"v1","kind":"ConfigMap",
                           "metadata":{"name":"c","namespace":"n"}})"),
                         space});
  EXPECT_EQ(EdgesOf(graph, 0), "");
  EXPECT_EQ(EdgesOf(graph, 1), "config ");
}

TEST(ObjectOrder, KeepsClustersApart) {
  Graph graph = Ordered({
      NodeOf("config", R"({"apiVersion":"v1","kind":"ConfigMap","cluster":{"context":"a"},
        "metadata":{"name":"c","namespace":"n"}})"),
      NodeOf("space", R"({"apiVersion":"v1","kind":"Namespace","cluster":{"context":"b"},
        "metadata":{"name":"n"}})"),
  });
  EXPECT_EQ(EdgesOf(graph, 0), "");
}

}  // namespace
}  // namespace opsc
