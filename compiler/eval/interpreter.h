// One evaluation of a program: its state and its parts, which stand in a file each.
#pragma once

#include <deque>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "compiler/eval/builtins.h"
#include "compiler/eval/ensure.h"
#include "compiler/eval/eval.h"
#include "compiler/eval/operators.h"
#include "compiler/eval/origin.h"
#include "compiler/eval/pending.h"
#include "compiler/eval/scopes.h"

namespace re2 {
class RE2;
}

namespace opsc::eval {

// The row that a function over rows is being run on, as the reference for its kernel.
struct RowAtHand {
  int64_t time = 0;  // its event time
  const RowTables& tables;
};

// InstanceRep::type of what is no instance but is named like one.
inline constexpr std::string_view kTypeAsValue = "type";
inline constexpr std::string_view kModuleAsValue = "module";

// Evaluates expressions and items on demand. After a failure (a diagnostic was added) `failed()`
// holds, every result is null, and whoever began the work takes the failure and goes on elsewhere.
class Interpreter {
 public:
  Interpreter(const Model& model, const Sources& sources, const EvalOptions& options,
              Diagnostics& diagnostics);
  ~Interpreter();

  // Before work that comes from outside: counts steps anew and looks at the thread's stack.
  void Begin();

  const Model& model() const { return model_; }
  const Sources& sources() const { return sources_; }
  const EvalOptions& options() const { return options_; }
  Origins& origins() { return origins_; }
  const Origins& origins() const { return origins_; }
  ValueStack& stack() { return stack_; }
  Ensurer& ensurer() { return ensurer_; }

  // --- failures (failure.cpp)
  Value Fail(Diag id, Span span, std::initializer_list<std::string_view> args = {});
  Value Fail(const Problem& problem, Span span) { return Fail(problem.id, span, {problem.detail}); }
  // A second place in the diagnostic that was added last.
  void Relate(Span span, std::string message);
  bool failed() const { return failed_; }
  bool TakeFailure() { return std::exchange(failed_, false); }
  void FailSilently() { failed_ = true; }
  // Work whose diagnostics go to `into`, for as long as the result lives.
  Diagnostics* Redirect(Diagnostics* into) { return std::exchange(diagnostics_, into); }
  Diagnostics& diagnostics() { return *diagnostics_; }
  std::string Where(Span span) const;  // "file:line:col"
  SourceLocation Location(Span span) const;

  // --- expressions (expressions.cpp, collections.cpp, calls.cpp, members.cpp)
  Value Eval(ExprId id, Frame& frame);
  // An expression with a frame of its own.
  Value EvalIn(ExprId id, uint32_t frame_size, Activation* activation, Self self = {});
  // Runs what a pending value leaves undecided, only to see which instances it uses and waits for.
  template <typename Work>
  void SpeculateWith(std::vector<std::string>& waits, Work&& work) {
    Diagnostics ignored;
    Diagnostics* before = Redirect(&ignored);
    ++speculating_;
    Value result = work();
    --speculating_;
    Redirect(before);
    last_ = nullptr;
    if (!TakeFailure()) AddWaits(result, waits);
  }
  bool EnterCall(Span span);
  void LeaveCall() { calls_.pop_back(); }
  Value CallBuiltin(BuiltinId id, std::span<Value> args, Span span, TypeId type = kNone<TypeId>,
                    std::optional<IntRange> range = {});
  bool CheckSize(size_t elements, Span span) {
    if (elements > options_.max_elements) TooManyElements(span);
    return elements <= options_.max_elements;
  }
  Value TooManyElements(Span span);
  Value Checked(Value made, Span span);  // refuses data nested too deep

  // --- items (items.cpp)
  Activation* ModuleActivation(ScopeId scope);
  Activation* FindActivation(Activation* from, ScopeId scope);
  Value ItemValue(Activation* activation, ItemId id);
  const std::vector<Activation*>& Expand(Activation* activation, ItemId id);
  Activation* NewActivation(ScopeId scope, Activation* parent, Activation* owner);
  ItemState& StateOf(Activation* activation, ItemId id);
  uint32_t PositionOf(ItemId id) const { return positions_[static_cast<size_t>(id)]; }

  // --- instances (instances.cpp)
  Created& CreatedBy(Activation* owner, ItemId id);
  Activation* OwnerOf(Activation* from, ItemId instance);
  Activation* BodyOf(Instance& component);
  // A field or out; nullopt: there is none of this name.
  std::optional<Value> Member(Instance& instance, Symbol name, Span use);
  Value MemberValue(Instance& instance, size_t member);
  // Gives back what was computed of its members; whoever reads one again computes it again.
  // REQUIRES: nothing of it is being computed.
  void ForgetMembers(Instance& instance) { std::vector<Memo>().swap(instance.members); }
  bool IsFileOut(const Instance& instance, size_t out) const;
  bool IsDefaultMember(const Instance& instance, size_t member) const;
  std::optional<size_t> FindMember(const Instance& instance, Symbol name) const;
  // A let, param, out or instance of a module, by name.
  std::optional<Value> ModuleMember(Activation* module, Symbol name, Span use);
  Value InstancesAsValue(Activation* owner, ItemId id, Span use);
  Instance* ByAddress(const std::string& address) const;
  const std::vector<UnreadSecret>& unread_secrets() const { return unread_secrets_; }
  void Touch(Instance& instance);
  // All instances below an activation, in source order. What fails is reported and left out; then
  // `collect_failed()`.
  void Collect(Activation* activation, std::vector<Instance*>& out);
  bool collect_failed() const { return collect_failed_; }
  // All instances of the program; false where some of them could not be made.
  bool CollectAll(std::vector<Instance*>& out) {
    bool before = std::exchange(collect_failed_, false);
    Collect(root(), out);
    bool made = !collect_failed_;
    collect_failed_ = collect_failed_ || before;
    return made;
  }
  Activation* root() { return ModuleActivation(model_.modules[0].scope); }
  // The File that a `file` instance is, pending until it is known; other values as they are.
  Value AsFileValue(const Value& value);

  // --- what is known of applied nodes
  void Know(const Outputs* known) {
    known_ = known;
    ++epoch_;
  }
  const Value* KnownOut(const std::string& address, Symbol name);
  bool Stale(const Memo& memo) const;

  // Is a function over rows being run, as the reference for its kernel?
  bool over_rows() const { return row_ != nullptr; }
  const RowAtHand* row() const { return row_; }
  void set_row(const RowAtHand* row) { row_ = row; }

  // Reasons shown in the plan (`declassify`).
  std::vector<GraphCheck>& notes() { return notes_; }
  // A secret by its source and name, read once.
  Value ReadSecret(std::string_view source, const std::string& name, Span span);
  // A pattern, compiled once; null where it is none.
  const re2::RE2* Regex(std::string_view pattern);
  std::vector<Instance*>& touched() { return touched_; }
  bool speculating() const { return speculating_ > 0; }

  // Runs `compute` as the value of `memo`; `describe` names it in a cycle.
  template <typename Compute, typename Describe>
  Value Memoise(Memo& memo, Span span, Describe&& describe, Compute&& compute);

 private:
  ExprId IdOf(const Expr& expr) const {
    return static_cast<ExprId>(&expr - &model_.exprs[ExprId{0}]);
  }
  struct Active {
    const void* what;
    Span span;
    std::string name;
  };

  Value EvalNode(const ConstExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const LocalExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const ItemExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const FnExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const BuiltinExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const TypeExprValue& e, const Expr& expr, Frame& frame);
  Value EvalNode(const ModuleExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const SelfFieldExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const MemberExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const IndexExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const CallFnExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const CallBuiltinExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const CallValueExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const UnaryExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const BinaryExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const IfExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const MatchExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const LambdaExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const InterpExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const TemplateExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const ListExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const RecordExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const ListCompExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const RecordCompExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const WithExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const EnsureExpr& e, const Expr& expr, Frame& frame);
  Value EvalNode(const ErrorExpr& e, const Expr& expr, Frame& frame);

  Value PendingCall(std::span<Value> args, Span span);
  const Value& Operand(ExprId id, Frame& frame, Value& made);
  bool PlainInt(ExprId id, const Frame& frame, int64_t& out);
  bool PlainArithmetic(const BinaryExpr& e, const Frame& frame, int64_t& out);
  std::optional<IntRange> PlainRange(ExprId id, const Frame& frame);
  Value EvalLogic(const BinaryExpr& e, Frame& frame);
  Value Combine(const BinaryExpr& e, const Expr& expr, const Value& left, const Value& right);
  Value RangeOf(const Value& low, const Value& high, Span span);
  Value PendingBranches(const Value& condition, std::initializer_list<ExprId> branches,
                        Frame& frame);
  bool Matches(const MatchArm& arm, const Value& subject, Frame& frame);
  Value EvalPlainRecord(const RecordExpr& e, const Expr& expr, Frame& frame);
  Value EvalMixedRecord(const RecordExpr& e, const Expr& expr, Frame& frame);
  Value FailSpread(ExprId spread, const Value& value, std::string_view into);
  Value FinishList(size_t mark, const Value& unknown, Span span);
  Value EvalSelfRecord(const RecordExpr& e, const Expr& expr, Frame& frame);
  Value SelfRecordField(RecordSelf& self, size_t entry);
  bool UsesSelf(ExprId id);
  // Runs `body` for each element with the loop variables set; stops after a failure.
  template <typename Body>
  bool ForEachElement(const Value& over, uint32_t slot, std::optional<uint32_t> second,
                      Frame& frame, Span span, Body&& body);
  Value PendingLoop(const Value& over, uint32_t slot, std::optional<uint32_t> second,
                    std::initializer_list<std::optional<ExprId>> parts, Frame& frame);
  Value Overridden(const Value& base, const Value& changes, Span with);
  Value ReadMember(const Value& object, const MemberExpr& e, const Expr& expr);
  Value MissingMember(const Expr& expr, std::string_view name, const Value& object);
  std::optional<Instance*> NamedInstance(ExprId id, Frame& frame);
  Instance* KeyedInstance(Activation* owner, ItemId id, const Value& key, Span span);
  Value OutOf(Instance& instance, size_t out);
  std::optional<Value> ComponentMember(Instance& component, Symbol name, Span use);
  Value ReportCycle(const void* what, const std::string& name);
  void MakeInstances(Activation* owner, ItemId id, Created& created);
  Instance* MakeInstance(Activation* around, ItemId id);
  Value ShapeOf(ExprId expr, std::string_view what, const InstanceItem& decl, Activation* around);
  std::optional<std::string> AddressOf(Activation* around, const InstanceItem& decl);
  std::optional<std::string> KeyText(const Value& key) const;
  bool RoundsOfFor(Activation* activation, const ForItem& item, Rounds& rounds);
  bool RoundsOfIf(Activation* activation, const IfItem& item, Rounds& rounds);
  Value ParamOf(Activation* activation, ItemId id, const ParamItem& param);
  Symbol KeySymbol(const Instance& instance);

  const Model& model_;
  const Sources& sources_;
  const EvalOptions& options_;
  Diagnostics* diagnostics_;
  Diagnostic* last_ = nullptr;  // the diagnostic added last
  Origins origins_;
  Ensurer ensurer_;
  ValueStack stack_;
  std::vector<Value> items_;    // elements of the lists being made, innermost last
  std::vector<Field> fields_;   // fields of the records being made
  std::vector<Span> calls_;     // where the running functions were called
  std::vector<Active> active_;  // what is being evaluated, for cycles
  std::vector<Instance*> touched_;
  std::deque<Activation> activations_;
  std::deque<Instance> instances_;
  std::unordered_map<ScopeId, Activation*> modules_;
  std::unordered_map<std::string_view, Instance*> by_address_;  // of instances_
  std::vector<uint32_t> positions_;                             // of an item in its scope
  std::vector<ItemId> holders_;     // of a scope: the `for` or `if` whose body it is
  std::vector<uint8_t> uses_self_;  // by ExprId: 0 not looked at, 1 no, 2 yes
  std::vector<std::unique_ptr<RecordSelf>> kept_selves_;
  std::unordered_map<std::string, Value> secrets_;
  std::vector<UnreadSecret> unread_secrets_;
  std::unordered_map<std::string, std::unique_ptr<re2::RE2>> regexes_;
  std::vector<GraphCheck> notes_;
  const Outputs* known_ = nullptr;
  uint64_t steps_ = 0;
  uint32_t epoch_ = 0;
  const char* stack_limit_ = nullptr;
  std::thread::id thread_;  // whose stack that is
  int speculating_ = 0;
  size_t call_base_ = 0;  // calls_ from here on belong to the value that is being computed
  bool failed_ = false;
  const RowAtHand* row_ = nullptr;
  bool known_used_ = false;  // by the value that is being computed
  bool collect_failed_ = false;
};

}  // namespace opsc::eval
