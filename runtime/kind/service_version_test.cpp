#include "runtime/kind/service_version.h"

#include <gtest/gtest.h>

#include "runtime/kind/testing/world.h"

namespace opsc {
namespace {

std::string VersionWith(const Value& run, const Value& variable = Value::String("x")) {
  testing::World world;
  Value fields = Value::Record({{Symbol("run"), run},
                                {Symbol("env"), Value::Record({{Symbol("VARIABLE"), variable}})},
                                {Symbol("dir"), Value::String(".")}});
  ApplyRequest request;
  request.address = "web";
  request.token = "token";
  request.fields = fields;
  auto spec = PrepareVersion(world.context, request, world.Path(".ops/services/web"));
  EXPECT_TRUE(spec) << (spec ? "" : spec.error().message);
  return spec ? spec->version : "";
}

Value Sleep(const Value& time) {
  TemplateRep text;
  text.texts = {"sleep ", ""};
  text.holes = {time};
  return Value::Template(text);
}

TEST(ServiceVersion, DiffersWithAnyArgumentOrVariable) {
  std::string version = VersionWith(Sleep(Value::Int(1)));
  EXPECT_EQ(VersionWith(Sleep(Value::Int(1))), version);
  EXPECT_NE(VersionWith(Sleep(Value::Int(2))), version);
  EXPECT_NE(VersionWith(Sleep(Value::Int(1)), Value::String("y")), version);
  Value one = Value::List({Value::String("/bin/sleep"), Value::String("1")});
  Value two = Value::List({Value::String("/bin/sleep"), Value::String("2")});
  EXPECT_NE(VersionWith(one), VersionWith(two));
}

TEST(ServiceVersion, TellsNothingOfASecret) {
  Value secret = Value::String("one").WithSecret(), other = Value::String("two").WithSecret();
  EXPECT_EQ(VersionWith(Sleep(secret)), VersionWith(Sleep(other)));
  EXPECT_EQ(VersionWith(Sleep(Value::Int(1)), secret), VersionWith(Sleep(Value::Int(1)), other));
}

}  // namespace
}  // namespace opsc
