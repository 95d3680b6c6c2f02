// What the phases of the checker share: the model being made, and the tables of names.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/sema/check.h"

namespace opsc::sema {

enum class SignatureId : uint32_t {};
enum class AliasId : uint32_t {};

// As Store, with entries that stay where they are: a name may load declarations while one is used.
template <typename Id, typename T>
class Table {
 public:
  Id Add(T value) {
    items_.push_back(std::move(value));
    return static_cast<Id>(items_.size() - 1);
  }
  T& operator[](Id id) {
    OPS_CHECK(static_cast<size_t>(id) < items_.size(), "id out of range");
    return items_[static_cast<size_t>(id)];
  }
  const T& operator[](Id id) const {
    OPS_CHECK(static_cast<size_t>(id) < items_.size(), "id out of range");
    return items_[static_cast<size_t>(id)];
  }
  size_t size() const { return items_.size(); }

 private:
  std::deque<T> items_;
};

// How far an on-demand fact has come; met while running, it is a cycle.
enum class Progress : uint8_t { kUntouched, kRunning, kDone };

// A declaration in its file.
struct DeclRef {
  const ast::File* file = nullptr;
  ast::DeclId id = kNone<ast::DeclId>;

  const ast::Decl& decl() const { return file->decls[id]; }
  template <typename T>
  const T& As() const {
    return std::get<T>(decl().node);
  }
};

// What a name stands for among values; `index` is an ItemId, SignatureId or module.
struct ValueName {
  enum class Kind : uint8_t { kItem, kFunction, kModule, kBroken } kind = Kind::kBroken;
  uint32_t index = 0;
  Span span;
};

// What a name stands for among types; `index` is a NominalId, AliasId or module.
struct TypeName {
  enum class Kind : uint8_t { kNominal, kAlias, kModule, kBroken } kind = Kind::kBroken;
  uint32_t index = 0;
  Span span;
};

// The names declared in one scope. `owner` is the module or component around it.
struct ScopeNames {
  std::unordered_map<Symbol, ValueName> values;
  std::unordered_map<Symbol, TypeName> types;
  ScopeId owner = kNone<ScopeId>;
  uint32_t module = 0;
  ItemId loop = kNone<ItemId>;  // of the body of a `for`: that item
  // Of a branch of `if`: the condition that holds (or not) in it, and where that stands.
  std::optional<ast::ExprId> condition;
  bool negated = false;
  ScopeId outside = kNone<ScopeId>;
};

struct Parameter {
  Symbol name;
  TypeId type = kNone<TypeId>;
  bool variadic = false;
  Progress default_progress = Progress::kUntouched;
  ExprId default_value = kNone<ExprId>;
};

// What is known of a function before and without its body.
struct Signature {
  Symbol name;
  DeclRef decl;
  ScopeId scope = kNone<ScopeId>;
  std::optional<BuiltinId> builtin;
  FnId fn = kNone<FnId>;  // none: extern
  Progress progress = Progress::kUntouched;
  std::vector<Parameter> params;
  TypeId result = kNone<TypeId>;
  bool waits = false;  // its result does, where notes are asked for

  const ast::FnDecl& ast() const { return decl.As<ast::FnDecl>(); }
};

// `type X = T`: transparent, another name of T.
struct Alias {
  DeclRef decl;
  ScopeId scope = kNone<ScopeId>;
  Progress progress = Progress::kUntouched;
  TypeId type = kNone<TypeId>;
};

// What the checker knows of an item beyond its node.
struct ItemInfo {
  DeclRef decl;
  Progress type_progress = Progress::kUntouched;
  Progress body_progress = Progress::kUntouched;
  TypeId type = kNone<TypeId>;
  bool in_cycle = false;  // reported
  bool beside = false;    // declared for others to name: checked as far as they need it
  Waits waits = {};       // of an instance, where notes are asked for
};

// A default as written in a declared type.
struct DefaultSource {
  Symbol name;
  ast::ExprId value;
  Progress progress = Progress::kUntouched;
};

// What heads an instance: a declared type, a component or a module.
struct NominalSource {
  DeclRef decl;                        // kNone id: a module
  ScopeId scope = kNone<ScopeId>;      // where it is declared
  ScopeId component = kNone<ScopeId>;  // of components and modules: the body
  Progress progress = Progress::kUntouched;
  std::vector<DefaultSource> defaults;  // beside NominalInfo::defaults
};

// `import … as name`; kNone: it could not be loaded.
struct ImportName {
  ast::Name name;
  uint32_t module = 0xFFFFFFFFu;
};

// `alias.name` of an imported module that is not instantiated.
struct ModuleRead {
  Span span;
  Symbol module;
  Symbol name;
  std::optional<ItemId> item;
  std::optional<FnId> fn;
};

// A declaration that nothing has named yet.
struct WaitingDecl {
  FileId file;
  const IndexedDecl* decl;
  uint32_t order = 0;  // in the module's sources
};

struct ModuleInfo {
  const ParsedModule* parsed = nullptr;
  std::unordered_multimap<std::string_view, WaitingDecl> waiting;
  std::unordered_set<Symbol> asked;  // of ParsedModule::by_name
  std::vector<ImportName> imports;
  ScopeId scope = kNone<ScopeId>;
  NominalId nominal = kNone<NominalId>;  // the module as a component
  Progress progress = Progress::kUntouched;
};

// How a value of one type fits a place of another.
enum class Fit : uint8_t {
  kNo,
  kEnsure,  // may fit: decided when the value is known
  kYes,
};

// One run of the checker.
struct Context {
  CheckInputs in;
  Model* model = nullptr;
  Diagnostics* diags = nullptr;

  Table<ScopeId, ScopeNames> names;          // beside Model::scopes
  Store<ItemId, ItemInfo> items;             // beside Model::items
  Table<NominalId, NominalSource> nominals;  // beside Types::nominal
  Table<SignatureId, Signature> signatures;
  Table<AliasId, Alias> aliases;
  std::deque<ModuleInfo> modules;  // beside Model::modules
  // How many of each are resolved; more come when a name loads declarations.
  struct Resolved {
    uint32_t aliases = 0;
    uint32_t nominals = 0;
    uint32_t signatures = 0;
    bool open = false;  // all modules are declared: what comes now is resolved as it comes
    bool running = false;
  } resolved;
  std::vector<uint32_t> loading;  // the import chain
  uint32_t prelude = 0;
  std::vector<ItemId> inferring;  // items whose types are being found, outermost first

  bool declaring_beside = false;  // what is entered now is there for others to name
  std::vector<ModuleRead> module_reads;
  std::vector<ItemId> value_order;         // lets and params after all that they read
  std::vector<RecordField> metas;          // the fields every instance has
  std::unordered_map<uint64_t, Fit> fits;  // (from, to)
  std::unordered_map<TypeId, TypeId> widened;
  std::unordered_map<TypeId, bool> has_secret;
  std::unordered_map<TypeId, bool> has_var;
  std::unordered_map<ExprId, bool> needs_place;  // of shared defaults: what reads an item
  uint32_t next_binding = 0;                     // names each local apart
  int depth = 0;                                 // of nested checks, to keep the stack in bounds

  Types& types() { return model->types; }
  TypeId prim(Prim p) const { return model->types.prim(p); }
};

// One level of nested checks, through expressions, types, and declarations used before their own
// turn: limited, so that no program exhausts the stack.
class DepthScope {
 public:
  explicit DepthScope(Context& c) : c_(c) { ++c_.depth; }
  ~DepthScope() { --c_.depth; }
  DepthScope(const DepthScope&) = delete;
  DepthScope& operator=(const DepthScope&) = delete;

  bool too_deep() const { return c_.depth > kMax; }

 private:
  static constexpr int kMax = 1500;
  Context& c_;
};

// ---------------------------------------------------------------- expressions in their place

// A lambda parameter, loop variable or function parameter.
struct Local {
  Symbol name;
  uint32_t slot = 0;
  TypeId type = kNone<TypeId>;
  uint32_t binding = 0;
  Span declared;
};

// The flat array of locals of a lambda, function or item.
struct Frame {
  std::vector<Local> locals;
  uint32_t next = 0;
  uint32_t size = 0;
};

// The record or instance that `self` means.
struct SelfScope {
  // The type of a field; nullopt: there is none of this name.
  std::function<std::optional<TypeId>(Symbol name, Span use)> type_of;
  std::function<std::vector<std::string>()> names;
  // The sibling that `name` would be mistaken for while `field` is checked.
  std::function<bool(Symbol name)> shadows;
  std::optional<uint32_t> slot;  // of a `check`: the local that holds the record
  uint32_t id = 0;
};

// A value that can be narrowed: a name and the fields read from it.
struct Path {
  enum class Root : uint8_t { kLocal, kItem, kSelf } root = Root::kLocal;
  uint32_t id = 0;
  std::vector<Symbol> members;
  bool operator==(const Path&) const = default;
};

// What a test has shown of a value.
struct Fact {
  Path path;
  TypeId type;
};

// Where an expression stands.
struct Env {
  const ast::File* file = nullptr;
  ScopeId scope = kNone<ScopeId>;
  Frame* frame = nullptr;
  const SelfScope* self = nullptr;
  std::vector<Fact> facts;
};

}  // namespace opsc::sema
