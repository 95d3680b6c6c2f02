// The Ast: what was written, as data, one tree a file. Later phases add facts in side tables.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/source/source.h"
#include "runtime/base/store.h"
#include "runtime/base/symbol.h"

namespace opsc::ast {

enum class ExprId : uint32_t {};
enum class TypeExprId : uint32_t {};
enum class DeclId : uint32_t {};

struct Name {
  Symbol text;
  Span span;
};
using QName = std::vector<Name>;  // a.b.c

// ---------------------------------------------------------------- expressions

struct NullLit {};
struct BoolLit {
  bool value;
};
struct IntLit {
  int64_t value;
};
struct FloatLit {
  double value;
};
enum class Unit : uint8_t { kDuration, kSize, kRatio };
struct QuantityLit {
  Unit unit;
  int64_t integer;
  double number;
};  // ns | bytes | ratio (number)
struct RegexLit {
  std::string pattern;
};
// "a ${x} b": texts (escapes resolved, dedented) around parts: texts.size() == parts.size() + 1.
struct StringLit {
  std::vector<std::string> texts;
  std::vector<ExprId> parts;
};

struct NameRef {
  Name name;
};
struct MemberExpr {
  ExprId object;
  Name name;
  bool optional;
};  // a.b, a?.b
struct IndexExpr {
  ExprId object;
  ExprId index;
};
struct Arg {
  std::optional<Name> name;
  ExprId value;
};
struct CallExpr {
  ExprId callee;
  std::vector<Arg> args;
};
enum class UnaryOp : uint8_t { kNegate, kNot };
struct UnaryExpr {
  UnaryOp op;
  ExprId operand;
};
enum class BinaryOp : uint8_t {
  kMul,
  kDiv,
  kMod,
  kAdd,
  kSub,
  kRange,
  kCoalesce,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kIn,
  kAnd,
  kOr,
};
struct BinaryExpr {
  BinaryOp op;
  Span op_span;
  ExprId left;
  ExprId right;
};
struct WithExpr {
  ExprId base;
  ExprId changes;
};  // changes: a RecordLit
struct IfExpr {
  ExprId condition;
  ExprId then;
  ExprId otherwise;
};
struct MatchArm {
  std::optional<ExprId> pattern;
  ExprId value;
  Span span;
};  // nullopt: else
struct MatchExpr {
  ExprId subject;
  std::vector<MatchArm> arms;
};
struct LambdaExpr {
  std::vector<Name> params;
  ExprId body;
};
struct ListElement {
  bool spread;
  ExprId value;
};
struct ListLit {
  std::vector<ListElement> elements;
};
struct Binder {
  Name first;
  std::optional<Name> second;
};  // for x in, for k, v in
struct ListComp {
  Binder binder;
  ExprId over;
  std::optional<ExprId> condition;
  ExprId value;
};
// name: value  |  ...value (then `name` is empty and `key` null)
struct RecordEntry {
  Name name;                  // of a plain field
  std::optional<ExprId> key;  // of a field whose name is an interpolated string
  ExprId value;
  bool spread = false;
};
struct RecordLit {
  std::vector<RecordEntry> entries;
};
struct RecordComp {
  Binder binder;
  ExprId over;
  std::optional<ExprId> condition;
  ExprId key;
  ExprId value;
};
struct ErrorExpr {};  // a syntax error was reported here

using ExprNode =
    std::variant<NullLit, BoolLit, IntLit, FloatLit, QuantityLit, RegexLit, StringLit, NameRef,
                 MemberExpr, IndexExpr, CallExpr, UnaryExpr, BinaryExpr, WithExpr, IfExpr,
                 MatchExpr, LambdaExpr, ListLit, ListComp, RecordLit, RecordComp, ErrorExpr>;
struct Expr {
  ExprNode node;
  Span span;
};

// ---------------------------------------------------------------- types

struct NamedTypeExpr {
  QName name;
  std::vector<TypeExprId> args;
};  // rows<Order>
struct LiteralTypeExpr {
  std::variant<std::string, int64_t, bool> value;
};
// base(low..high, /regex/): bounds are literal expressions; a single bound `n` means n..n.
struct RefinedTypeExpr {
  TypeExprId base;
  std::optional<ExprId> low, high;
  std::string pattern;
  Span pattern_span;
};
struct ListTypeExpr {
  TypeExprId element;
};
struct MapTypeExpr {
  TypeExprId key;
  TypeExprId value;
};  // {string: T}: key is the name `string`
struct TypeField {
  Name name;
  TypeExprId type;
  std::optional<ExprId> default_value;
};
struct RecordTypeExpr {
  std::vector<TypeField> fields;
};
struct UnionTypeExpr {
  std::vector<TypeExprId> members;
};
struct OptionalTypeExpr {
  TypeExprId base;
};
struct SecretTypeExpr {
  TypeExprId base;
};
struct FunctionTypeExpr {
  std::vector<TypeExprId> params;
  TypeExprId result;
};
struct ErrorTypeExpr {};

using TypeExprNode = std::variant<NamedTypeExpr, LiteralTypeExpr, RefinedTypeExpr, ListTypeExpr,
                                  MapTypeExpr, RecordTypeExpr, UnionTypeExpr, OptionalTypeExpr,
                                  SecretTypeExpr, FunctionTypeExpr, ErrorTypeExpr>;
struct TypeExpr {
  TypeExprNode node;
  Span span;
};

// ---------------------------------------------------------------- declarations

struct Annotation {
  Name name;
  std::vector<Arg> args;
};

struct ImportDecl {
  QName qname;                      // import std.k8s
  std::optional<std::string> path;  // import "./lib/web"
  std::vector<Arg> args;            // import git("URL", tag: "v1"): qname is `git`
  std::optional<Name> alias;
};
struct ParamDecl {
  Name name;
  TypeExprId type;
  std::optional<ExprId> default_value;
};
struct LetDecl {
  Name name;
  std::optional<TypeExprId> type;
  ExprId value;
};
struct OutDecl {
  Name name;
  std::optional<TypeExprId> type;
  ExprId value;
};
struct FnParam {
  Name name;
  TypeExprId type;
  std::optional<ExprId> default_value;
  bool variadic = false;  // ...name: [T]
};
struct FnDecl {
  bool is_extern = false;
  Name name;
  std::vector<Name> type_params;  // fn map<T, U>(…)
  std::vector<FnParam> params;
  TypeExprId result;
  std::optional<ExprId> body;  // absent: extern
};
struct TypeMember {  // of a type body; `check` members have no name
  std::string doc;
  std::vector<Annotation> annotations;
  bool is_out = false;  // extern types: `out url: string`
  Name name;
  TypeExprId type;
  std::optional<ExprId> default_value;
};
struct TypeCheck {
  ExprId condition;
  ExprId message;
  Span span;
};
struct TypeDecl {
  bool is_extern = false;
  Name name;
  std::optional<TypeExprId> alias;  // type X = …
  std::vector<TypeMember> members;  // type X { … }
  std::vector<TypeCheck> checks;
};
struct ComponentDecl {
  Name name;
  std::vector<DeclId> items;
};
// A member of an instance body, in source order.
struct InstanceMember {
  std::string doc;
  enum class Kind : uint8_t { kField, kOut, kSpread } kind = Kind::kField;
  Name name;                       // of a field or out
  std::optional<TypeExprId> type;  // of an out
  ExprId value;
};
struct InstanceDecl {
  QName type;
  Name name;
  std::optional<ExprId> key;
  std::optional<ExprId> condition;
  std::vector<InstanceMember> members;
};
struct ForDecl {
  Binder binder;
  ExprId over;
  std::vector<DeclId> items;
};
struct IfDecl {
  ExprId condition;
  std::vector<DeclId> then;
  std::vector<DeclId> otherwise;
};
struct AssertDecl {
  ExprId condition;
  ExprId message;
};
struct MovedDecl {
  ExprId from;
  ExprId to;
};
struct RemovedDecl {
  ExprId address;
};
struct ErrorDecl {
  std::optional<Name> name;
};  // a broken item; `name`: what it would declare

using DeclNode =
    std::variant<ImportDecl, ParamDecl, LetDecl, OutDecl, FnDecl, TypeDecl, ComponentDecl,
                 InstanceDecl, ForDecl, IfDecl, AssertDecl, MovedDecl, RemovedDecl, ErrorDecl>;
struct Decl {
  DeclNode node;
  Span span;
  std::string doc;  // without `///`
  std::vector<Annotation> annotations;
};

// One file.
struct File {
  FileId file = kNone<FileId>;
  std::optional<int64_t> edition;
  Span edition_span;
  std::vector<DeclId> items;  // top level, in source order
  Store<ExprId, Expr> exprs;
  Store<TypeExprId, TypeExpr> types;
  Store<DeclId, Decl> decls;
};

}  // namespace opsc::ast
