#include "runtime/value/type.h"

#include <gtest/gtest.h>

namespace opsc {
namespace {

TEST(Types, EqualTypesHaveEqualIds) {
  Types types;
  TypeId a = types.Intern(ListType{types.prim(Prim::kInt)});
  TypeId b = types.Intern(ListType{types.prim(Prim::kInt)});
  TypeId c = types.Intern(ListType{types.prim(Prim::kString)});
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  EXPECT_EQ(types.Intern(PrimType{Prim::kBool}), types.prim(Prim::kBool));
}

TEST(Types, LiteralsDifferByKindAndContent) {
  Types types;
  TypeId one = types.Intern(LiteralType{Value::Int(1)});
  EXPECT_EQ(one, types.Intern(LiteralType{Value::Int(1)}));
  EXPECT_NE(one, types.Intern(LiteralType{Value::Bool(true)}));
  EXPECT_NE(one, types.Intern(LiteralType{Value::String("1")}));
}

TEST(Types, PrintsAsAUserWouldWriteIt) {
  Types types;
  TypeId integer = types.prim(Prim::kInt);
  TypeId text = types.prim(Prim::kString);
  TypeId range = types.Intern(RefinedType{integer, Value::Int(1), Value::Int(50), ""});
  TypeId dev = types.Intern(LiteralType{Value::String("dev")});
  TypeId prod = types.Intern(LiteralType{Value::String("prod")});
  TypeId env = types.Intern(UnionType{{dev, prod}});
  EXPECT_EQ(types.Print(types.Intern(OptionalType{range})), "int(1..50)?");
  EXPECT_EQ(types.Print(types.Intern(OptionalType{env})), "(\"dev\" | \"prod\")?");
  EXPECT_EQ(types.Print(types.Intern(MapType{text})), "{string: string}");
  EXPECT_EQ(types.Print(types.Intern(FunctionType{{integer, text}, text})),
            "(int, string) -> string");
  TypeId name = types.Intern(RefinedType{text, Value::Int(1), std::nullopt, "[a-z]+"});
  EXPECT_EQ(types.Print(name), "string(1.., /[a-z]+/)");
  TypeId record =
      types.Intern(RecordType{{{Symbol("host"), text, true}, {Symbol("port"), integer, true}}});
  EXPECT_EQ(types.Print(types.Intern(ListType{record})), "[{ host: string, port: int }]");
}

TEST(Types, NominalTypesPrintByName) {
  Types types;
  NominalId order = types.nominal.Add({.name = Symbol("Order"), .fields = {}, .outs = {}});
  EXPECT_EQ(types.Print(types.Intern(NamedType{order})), "Order");
  EXPECT_EQ(types.Print(types.Intern(InstanceType{order, {}})), "Order");
}

}  // namespace
}  // namespace opsc
