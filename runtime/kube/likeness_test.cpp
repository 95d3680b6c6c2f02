#include "runtime/kube/likeness.h"

#include <gtest/gtest.h>

#include "runtime/value/json.h"

namespace opsc {
namespace {

std::string Of(std::string_view json) {
  auto value = FromJson(json);
  return LikenessOf(value.value_or(Value::Null()));
}

std::string Map(std::string_view name, std::string_view key, std::string_view text) {
  return Of(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + std::string(name) +
            R"("},"data":{")" + std::string(key) + R"(":")" + std::string(text) + R"("}})");
}

TEST(Likeness, IsThatOfObjectsWhichDifferInTextsAlone) {
  EXPECT_EQ(Map("one", "text", "hello world"), Map("two-2", "text", "good bye!"));
  EXPECT_NE(Map("one", "text", "hello world"), "");
}

TEST(Likeness, TellsApartWhatRulesTellApart) {
  const std::string usual = Map("one", "text", "hello world");
  EXPECT_NE(usual, Map("One_", "text", "hello world")) << "no name";
  EXPECT_NE(usual, Map("1one", "text", "hello world")) << "no name of a service";
  EXPECT_NE(usual, Map(std::string(64, 'a'), "text", "hello world")) << "too long";
  EXPECT_NE(usual, Map("one", "other", "hello world")) << "another field";
  EXPECT_NE(usual, Map("one", "text", "")) << "empty";
  EXPECT_NE(usual, Map("one", "text", "250m")) << "a quantity";
  EXPECT_NE(Of(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"port":80})"),
            Of(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"port":80000})"));
  EXPECT_NE(Of(R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"x"}})"),
            Of(R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"y"}})"));
}

TEST(Likeness, IsUnknownOfCustomResources) {
  EXPECT_EQ(Of(R"({"apiVersion":"example.org/v1","kind":"Widget","metadata":{"name":"a"}})"), "");
  EXPECT_NE(
      Of(R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"a"}})"),
      "");
}

}  // namespace
}  // namespace opsc
