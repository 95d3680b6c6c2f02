#include "compiler/driver/kube/object_address.h"

#include <gtest/gtest.h>

#include "runtime/value/json.h"

namespace opsc {
namespace {

std::string Address(const std::string& version, const std::string& kind, const std::string& space,
                    const std::string& name) {
  std::string text = R"({"apiVersion":")" + version + R"(","kind":")" + kind +
                     R"(","metadata":{"name":")" + name + R"(","namespace":")" + space + R"("}})";
  return ObjectAddress(*FromJson(text));
}

TEST(ObjectAddress, SaysKindNamespaceAndName) {
  EXPECT_EQ(Address("apps/v1", "Deployment", "shop", "web"), "deployment__shop__web");
  EXPECT_EQ(Address("v1", "Namespace", "", "shop"), "namespace__shop");
  EXPECT_EQ(Address("v1", "ConfigMap", "my-shop", "my-config"), "configmap__my_shop__my_config");
  EXPECT_EQ(Address("example.org/v1", "Widget", "shop", "one"), "widget_example_org__shop__one");
}

TEST(ObjectAddress, IsTheSameForEachVersion) {
  EXPECT_EQ(Address("example.org/v1", "Widget", "a", "b"),
            Address("example.org/v2", "Widget", "a", "b"));
}

TEST(ObjectAddress, IsDifferentForDifferentObjects) {
  EXPECT_NE(Address("v1", "ConfigMap", "a", "b-c"), Address("v1", "ConfigMap", "a-b", "c"));
  EXPECT_NE(Address("v1", "ConfigMap", "a", "b-c"), Address("v1", "ConfigMap", "a", "b.c"));
  EXPECT_NE(Address("v1", "ConfigMap", "a", "b--c"), Address("v1", "ConfigMap", "a--b", "c"));
  EXPECT_NE(Address("v1", "ConfigMap", "", "a--b"), Address("v1", "ConfigMap", "a", "b"));
  EXPECT_NE(Address("v1", "Service", "a", "b"),
            Address("serving.knative.dev/v1", "Service", "a", "b"));
}

}  // namespace
}  // namespace opsc
