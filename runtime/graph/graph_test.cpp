#include "runtime/graph/graph.h"

#include <gtest/gtest.h>

#include "runtime/graph/address.h"
#include "runtime/graph/kind.h"
#include "runtime/graph/workers.h"

namespace opsc {
namespace {

std::string Canonical(std::string_view text) {
  auto address = Address::Parse(text);
  return address ? address->ToText() : "error: " + address.error().message;
}

TEST(Address, PrintsWhatItParses) {
  for (const char* text : {"build", "test[\"unit\"]", "web/server", "region[\"eu\"]/db[3]",
                           "flag[true]", "a[\"x]y/\\\"z\"]", "n[-12]"}) {
    EXPECT_EQ(Canonical(text), text);
  }
}

TEST(Address, ShellFormsNeedNoQuotes) {
  EXPECT_EQ(Canonical("test[unit]"), "test[\"unit\"]");
  EXPECT_EQ(Canonical("test.unit"), "test[\"unit\"]");
  EXPECT_EQ(Canonical("test.v1.2/x"), "test[\"v1.2\"]/x");
  EXPECT_EQ(Canonical("test.1"), "test[1]");
}

TEST(Address, BadOnesSayWhy) {
  for (const char* text :
       {"", "/", "a/", "a//b", "a[", "a[\"x\"", "a[\"x]", "a[1]b", "a.", "a b", "[1]", "a[\"\\"}) {
    auto address = Address::Parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().kind, ErrorKind::kInput);
    EXPECT_FALSE(address.error().hint.empty());
  }
}

TEST(Address, PathsAreSafeAndDistinct) {
  EXPECT_EQ(AddressToPath("test[\"unit\"]"), "test/unit");
  EXPECT_EQ(AddressToPath("web/server"), "web/server");
  EXPECT_EQ(AddressToPath("t[\"../x\"]"), "t/%2E.%2Fx");
  EXPECT_EQ(AddressToPath("t[\"a b\"]"), "t/a%20b");
  EXPECT_EQ(AddressToPath("t[\"\"]"), "t/%");
  EXPECT_EQ(AddressToPath("t[\"\\n\\u{41}\"]"), "t/%0AA");
  std::string longer = AddressToPath("t[\"" + std::string(300, 'x') + "y\"]");
  EXPECT_EQ(longer.size(), 2 + 200u);
  EXPECT_NE(longer, AddressToPath("t[\"" + std::string(300, 'x') + "z\"]"));
}

Graph Make(std::vector<std::pair<std::string, std::vector<std::string>>> nodes) {
  Graph graph;
  for (auto& [address, needs] : nodes) {
    Node node;
    node.address = address;
    for (auto& to : needs) node.edges.push_back({to, Edge::Reason::kData, ""});
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

std::string Order(const Graph& graph) {
  auto order = TopologicalOrder(graph);
  if (!order) return order.error().message;
  std::string text;
  for (size_t i : *order) text += graph.nodes[i].address + " ";
  return text;
}

TEST(TopologicalOrder, KeepsSourceOrderAmongReady) {
  EXPECT_EQ(Order(Make({{"a", {"c"}}, {"b", {}}, {"c", {}}, {"d", {"a", "a"}}})), "b c a d ");
}

TEST(TopologicalOrder, NamesTheCycle) {
  EXPECT_EQ(Order(Make({{"z", {"a"}}, {"a", {"b"}}, {"b", {"a"}}, {"x", {}}})),
            "these need each other: a → b → a");
  EXPECT_EQ(Order(Make({{"a", {"a"}}})), "these need each other: a → a");
}

TEST(TopologicalOrder, RefusesAnEdgeToNowhere) {
  EXPECT_EQ(Order(Make({{"a", {"gone"}}})), "`a` needs `gone`, which is not there");
}

TEST(TopologicalOrder, AHundredThousandInAChain) {
  Graph graph;
  for (int i = 0; i < 100'000; ++i) {
    Node node;
    node.address = std::to_string(i);
    if (i + 1 < 100'000) node.edges.push_back({std::to_string(i + 1), Edge::Reason::kData, ""});
    graph.nodes.push_back(std::move(node));
  }
  auto order = TopologicalOrder(graph);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->front(), 99'999u);
}

TEST(Role, OfTypes) {
  EXPECT_EQ(RoleOf("task"), Role::kTask);
  EXPECT_EQ(RoleOf("action"), Role::kAction);
  EXPECT_EQ(RoleOf("dataset"), Role::kTask);
  EXPECT_EQ(RoleOf("pipeline"), Role::kNote);
  EXPECT_EQ(RoleOf("sync"), Role::kNote);
  EXPECT_EQ(RoleOf("file"), Role::kResource);
}

TEST(Workers, ForEachDoesEachOnce) {
  Workers workers(4);
  for (size_t count : {0u, 1u, 3u, 1000u}) {
    std::vector<std::atomic<int>> hits(count);
    workers.ForEach(count, [&](size_t i) {
      std::this_thread::sleep_for(std::chrono::microseconds(20));
      ++hits[i];
    });
    for (auto& hit : hits) EXPECT_EQ(hit, 1);
  }
}

TEST(Workers, FinishesWhatItWasGiven) {
  std::atomic<int> done = 0;
  {
    Workers workers(3);
    for (int i = 0; i < 100; ++i) workers.Give([&] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace opsc
