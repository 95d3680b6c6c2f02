// The Model: a typed, resolved program as data. Made by sema, run by eval, printed by
// `--emit=model`.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "compiler/source/source.h"
#include "runtime/base/store.h"
#include "runtime/base/symbol.h"
#include "runtime/graph/graph.h"
#include "runtime/value/type.h"
#include "runtime/value/value.h"

namespace opsc {

enum class ExprId : uint32_t {};
enum class FnId : uint32_t {};
enum class BuiltinId : uint32_t {};  // row of the builtin table (eval/builtins.h)
enum class ScopeId : uint32_t {};    // a static scope: module, component, for body, if branch
enum class ItemId : uint32_t {};     // a let, param, out, instance, for, if, assert… of a scope

// ---------------------------------------------------------------- expressions
// Every expression belongs to one frame: the flat array of locals of a lambda, function, or item.
// Names are resolved: a local by slot, an item by how many scopes up it stands and its id.

struct ConstExpr {
  Value value;
};
struct LocalExpr {
  uint32_t slot;
  Symbol name;
};
// A let, param or loop variable: `scopes_up` activations outwards, in that scope. An instance:
// found from anywhere in its module or component, so `scopes_up` counts to that enclosing module or
// component activation even where the instance stands in a `for` or `if` below it; a keyed one (in
// a `for`) without an IndexExpr around it is the map of all its instances by key. Evaluating an
// instance whose condition is false is an error of the program.
struct ItemExpr {
  uint32_t scopes_up;
  ItemId item;
};
struct FnExpr {
  FnId fn;
};
struct BuiltinExpr {
  BuiltinId builtin;
};
struct TypeExprValue {
  TypeId type;
};  // `rows: Order`, `all(k8s.Container)`
struct ModuleExpr {
  uint32_t module;
};  // the root as a value (`test`'s `m`)
struct SelfFieldExpr {
  Symbol name;
};  // self.name, inside an instance or record
struct MemberExpr {
  ExprId object;
  Symbol name;
  bool optional;
};
struct IndexExpr {
  ExprId object;
  ExprId index;
};
struct CallFnExpr {
  FnId fn;
  std::vector<ExprId> args;
};  // all params, defaults filled in
struct CallBuiltinExpr {
  BuiltinId builtin;
  std::vector<ExprId> args;
};
struct CallValueExpr {
  ExprId callee;
  std::vector<ExprId> args;
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
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kIn,
  kAnd,
  kOr,
  kCoalesce,
};
struct BinaryExpr {
  BinaryOp op;
  ExprId left;
  ExprId right;
};
struct IfExpr {
  ExprId condition;
  ExprId then;
  ExprId otherwise;
};
// An arm matches when the subject equals `value`, or, for discriminated unions, when the subject's
// type test holds; nullopt: else.
struct MatchArm {
  std::optional<ExprId> pattern;
  std::optional<TypeId> type_test;
  ExprId value;
};
struct MatchExpr {
  ExprId subject;
  std::vector<MatchArm> arms;
};
// Captures copy outer slots into the first slots of the lambda's own frame; then come its params.
struct LambdaExpr {
  std::vector<uint32_t> captures;
  uint32_t param_count;
  uint32_t frame_size;
  ExprId body;
};
struct InterpExpr {
  std::vector<std::string> texts;
  std::vector<ExprId> parts;
};  // a string
struct TemplateExpr {
  std::vector<std::string> texts;
  std::vector<ExprId> parts;
};  // a shell template
struct ListElement {
  bool spread;
  ExprId value;
};
struct ListExpr {
  std::vector<ListElement> elements;
};
struct RecordEntry {
  Symbol name;
  std::optional<ExprId> key;
  ExprId value;
  bool spread;
};
struct RecordExpr {
  std::vector<RecordEntry> entries;
};
// Loop variables take slots of the enclosing frame.
struct ListCompExpr {
  uint32_t slot;
  std::optional<uint32_t> second_slot;
  ExprId over;
  std::optional<ExprId> condition;
  ExprId value;
};
struct RecordCompExpr {
  uint32_t slot;
  std::optional<uint32_t> second_slot;
  ExprId over;
  std::optional<ExprId> condition;
  ExprId key;
  ExprId value;
};
struct WithExpr {
  ExprId base;
  ExprId changes;
};
// The value must fit `type`: inserted by the checker where a refinement, a union or a `check` of a
// declared type cannot be decided statically. Also fills defaults of declared record types.
struct EnsureExpr {
  ExprId value;
  TypeId type;
};
struct ErrorExpr {};  // reported; evaluating it is a bug

using ExprNode = std::variant<ConstExpr, LocalExpr, ItemExpr, FnExpr, BuiltinExpr, TypeExprValue,
                              ModuleExpr, SelfFieldExpr, MemberExpr, IndexExpr, CallFnExpr,
                              CallBuiltinExpr, CallValueExpr, UnaryExpr, BinaryExpr, IfExpr,
                              MatchExpr, LambdaExpr, InterpExpr, TemplateExpr, ListExpr, RecordExpr,
                              ListCompExpr, RecordCompExpr, WithExpr, EnsureExpr, ErrorExpr>;
struct Expr {
  ExprNode node;
  TypeId type;
  Span span;
};

// ---------------------------------------------------------------- items and scopes

struct LetItem {
  Symbol name;
  ExprId value;
  uint32_t frame_size;
};
struct ParamItem {
  Symbol name;
  TypeId type;
  std::optional<ExprId> default_value;
  uint32_t frame_size;
};
struct LoopVarItem {
  Symbol name;
};
struct OutItem {
  Symbol name;
  TypeId type;
  ExprId value;
  uint32_t frame_size;
};
struct InstanceField {
  Symbol name;
  ExprId value;
  uint32_t frame_size;
  Span span;
  bool is_default;
};
struct InstanceOut {
  Symbol name;
  TypeId type;
  ExprId value;
  uint32_t frame_size;
  Span span;
};
struct InstanceItem {
  Symbol name;
  NominalId type;
  std::optional<ExprId> key;  // frame_size below serves key and condition
  std::optional<ExprId> condition;
  uint32_t frame_size;
  // Set fields, then those that take the type's default. Spreads come expanded by the checker where
  // their type is known: one InstanceField a field, reading from the spread value.
  std::vector<InstanceField> fields;
  std::vector<InstanceOut> outs;
  bool is_component = false;
  ScopeId component = kNone<ScopeId>;  // of components: the body; fields are its params
};
struct ForItem {
  ExprId over;
  uint32_t frame_size;
  ScopeId body;
  ItemId first;
  std::optional<ItemId> second;
};
struct IfItem {
  ExprId condition;
  uint32_t frame_size;
  ScopeId then;
  ScopeId otherwise;
};  // kNone: no else
struct AssertItem {
  ExprId condition;
  ExprId message;
  uint32_t frame_size;
};

using ItemNode = std::variant<LetItem, ParamItem, LoopVarItem, OutItem, InstanceItem, ForItem,
                              IfItem, AssertItem>;
struct Item {
  ItemNode node;
  ScopeId scope;  // where it is declared
  Span span;
  std::string doc;
};

// Items in source order. At run time a scope has one activation a module / component instance /
// loop round / branch taken; `ItemExpr::scopes_up` counts activations outwards.
struct Scope {
  enum class Kind : uint8_t { kModule, kComponent, kFor, kIf } kind = Kind::kModule;
  ScopeId parent = kNone<ScopeId>;  // of a component: the module that declares it
  std::vector<ItemId> items;
};

struct Function {
  Symbol name;
  std::vector<TypeId> params;
  TypeId result;
  uint32_t frame_size = 0;  // params first
  ExprId body = kNone<ExprId>;
  Span span;
  bool recursive = false;  // refused by the checker
  // Where it is declared: the body's names count outwards from there. At run time: the nearest
  // enclosing activation of that scope, or else the one activation of the module it belongs to.
  ScopeId scope = kNone<ScopeId>;
};

// `check COND else "message"` of a declared type: run on each value of it. Slot 0 is the record.
struct NominalCheck {
  ExprId condition;
  ExprId message;
  uint32_t frame_size;
  Span span;
};

// What the checker knows of a declared type beyond Types::nominal.
struct NominalInfo {
  std::vector<std::pair<Symbol, ExprId>> defaults;  // in a frame of their own, no locals
  std::vector<NominalCheck> checks;
  std::vector<std::pair<Symbol, std::vector<Symbol>>> annotations;  // field -> names
  Symbol kind;                     // of extern types: `@kind("kubernetes")`; empty: the type's name
  TypeId alias = kNone<TypeId>;    // `type X = T` with checks or to be printed by name
  ScopeId scope = kNone<ScopeId>;  // where it is declared, for the names in `checks`
  Span span;
  std::string doc;
};

// One module instantiated into the program; 0 is the root.
struct Module {
  std::string path;  // relative to the project root, or "std/…"
  ScopeId scope;
};

struct Model {
  Types types;
  Store<ExprId, Expr> exprs;
  Store<FnId, Function> functions;
  Store<ScopeId, Scope> scopes;
  Store<ItemId, Item> items;
  std::unordered_map<uint32_t, NominalInfo> nominals;  // by NominalId
  std::vector<Module> modules;
  std::vector<Move> moves;
  std::vector<std::pair<std::string, Span>> removed;
  // The checker's own tables, kept so that CheckExpression finds the names again. Nobody else's.
  std::shared_ptr<void> checker;
};

// One node a line: `--emit=model`.
std::string PrintModel(const Model& model, const Sources& sources);

}  // namespace opsc
