#include <fmt/format.h>

#include <algorithm>

#include "compiler/eval/builtins.h"
#include "compiler/eval/cases.h"
#include "compiler/eval/checks.h"
#include "compiler/eval/deep_stack.h"
#include "compiler/eval/nodes.h"
#include "compiler/eval/params.h"
#include "compiler/eval/rows.h"

namespace opsc {
namespace {

using namespace eval;

// The first error as one line, "file:line:col: message".
Error AsError(const Interpreter& in, const Diagnostics& diagnostics) {
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.severity != Severity::kError) continue;
    std::string where = d.span.valid() ? in.Where(d.span) + ": " : "";
    return Error{ErrorKind::kInput, where + d.message, d.hint};
  }
  return Error{ErrorKind::kInput, "the value could not be evaluated", ""};
}

// The program, its graph, and the checks that are still open.
class EvaluationImpl : public Evaluation {
 public:
  EvaluationImpl(const Model& model, const Sources& sources, const EvalOptions& options,
                 Diagnostics& diagnostics)
      : options_(options), in_(model, sources, options_, diagnostics) {}

  // False after errors.
  bool Build() {
    in_.Begin();
    RefuseUnknownParams(in_);
    EvaluateParams();
    in_.Collect(in_.root(), instances_);
    graph_.nodes.reserve(instances_.size());
    for (Instance* instance : instances_) AddInstance(*instance);
    graph_.moves = in_.model().moves;
    for (const auto& [address, span] : in_.model().removed) graph_.removed.push_back(address);
    EvaluateOuts();
    AddSources();
    if (!in_.diagnostics().has_errors()) RefuseRings(graph_, in_);
    in_.TakeFailure();
    AddChecks();
    if (options_.complete && !in_.diagnostics().has_errors()) options_.complete(graph_);
    index_ = graph_.BuildIndex();
    if (!options_.secrets_may_be_unread || in_.diagnostics().has_errors()) ReportUnreadSecrets();
    for (Instance* instance : instances_) in_.ForgetMembers(*instance);  // the graph has them
    return !in_.diagnostics().has_errors() && !in_.collect_failed();
  }

  void ListCases(DeclaredCases& cases) {
    in_.Begin();
    for (size_t i = 0; i < in_.model().items.size(); ++i) AddCasesOf(static_cast<ItemId>(i));
    cases.environments = environments_;
    cases.tests = tests_;
  }

  const Graph& graph() const override { return graph_; }
  const std::vector<EnvironmentCase>& environments() const override { return environments_; }
  const std::vector<TestCase>& tests() const override { return tests_; }
  const std::vector<PipelineCase>& pipelines() const override { return pipelines_; }
  const std::vector<UnreadSecret>& unread_secrets() const override { return in_.unread_secrets(); }
  std::vector<OriginStep> Explain(const Value& value) const override {
    return in_.origins().Chain(value.origin());
  }

  Result<Resolved> Resolve(const std::string& address, const Outputs& known) override {
    Instance* instance = in_.ByAddress(address);
    auto at = index_.find(address);
    if (instance == nullptr || at == index_.end()) {
      return Fail(ErrorKind::kInput,
                  fmt::format("there is no instance `{}` in the program", address));
    }
    OPS_TRY(DecideChecks(known));
    const Node& node = graph_.nodes[at->second];
    bool known_already = !node.fields.has_pending();
    for (const OutDecl& out : node.outs) known_already = known_already && !out.value.has_pending();
    if (known_already) return Resolved{node.fields, node.outs};
    Diagnostics diagnostics;
    Diagnostics* before = Start(diagnostics, &known);
    auto resolved = ResolveNode(in_, *instance, node);
    Stop(before);
    in_.ForgetMembers(*instance);
    if (!resolved) return std::unexpected(AsError(in_, diagnostics));
    return *std::move(resolved);
  }

  Result<Value> ResolveOut(Symbol name, const Outputs& known) override {
    Diagnostics diagnostics;
    Diagnostics* before = Start(diagnostics, &known);
    auto value = in_.ModuleMember(in_.root(), name, Span{});
    if (!in_.failed() && value) value = in_.AsFileValue(*value);
    bool failed = in_.failed();
    Stop(before);
    if (failed) return std::unexpected(AsError(in_, diagnostics));
    if (!value) {
      return Fail(ErrorKind::kInput, fmt::format("the program has no out `{}`", name.text()));
    }
    return *std::move(value);
  }

  Result<Value> RunOnRow(const std::string& address, const std::string& field, const Value& row,
                         const RowTables& tables) override {
    Diagnostics diagnostics;
    Diagnostics* before = Start(diagnostics, nullptr);
    auto result = RunFunctionOnRow(in_, address, field, row, tables);
    bool failed = in_.failed();
    Stop(before);
    if (failed || !result) return std::unexpected(AsError(in_, diagnostics));
    return *std::move(result);
  }

  Status DecideChecks(const Outputs& known) override {
    if (broken_) return std::unexpected(*broken_);
    std::erase_if(open_, [&](const Open& open) {
      auto is_known = [&](const std::string& address) { return known.contains(address); };
      return std::ranges::all_of(open.waits, is_known) && Decided(open.check, known);
    });
    if (broken_) return std::unexpected(*broken_);
    return {};
  }

  std::optional<Value> Evaluate(ExprId expr, uint32_t frame_size, const Outputs& known,
                                Diagnostics& diagnostics) override {
    std::optional<Value> value;
    RunOnDeepStack([&] { value = EvaluateHere(expr, frame_size, known, diagnostics); });
    return value;
  }

  bool RunTest(const std::string& name, Diagnostics& diagnostics) override {
    Instance* test = in_.ByAddress(name);
    OPS_CHECK(test != nullptr && test->kind == InstanceKind::kTest, "the test exists");
    bool passed = false;
    RunOnDeepStack([&] {
      Diagnostics* before = Start(diagnostics, nullptr);
      passed = RunTestCase(in_, *test);
      Stop(before);
    });
    return passed;
  }

 private:
  struct Open {
    OpenCheck check;
    std::vector<std::string> waits;
  };

  std::optional<Value> EvaluateHere(ExprId expr, uint32_t frame_size, const Outputs& known,
                                    Diagnostics& diagnostics) {
    Diagnostics* before = Start(diagnostics, &known);
    Value value = in_.EvalIn(expr, frame_size, in_.root());
    if (!in_.failed() && value.is(ValueKind::kInstance)) {
      Instance* instance = in_.ByAddress(value.AsInstance().address);
      if (instance != nullptr) value = InstanceAsRecord(in_, *instance);
    }
    bool failed = in_.failed();
    Stop(before);
    return failed ? std::nullopt : std::optional(std::move(value));
  }

  Diagnostics* Start(Diagnostics& diagnostics, const Outputs* known) {
    in_.Begin();
    in_.Know(known);
    return in_.Redirect(&diagnostics);
  }
  void Stop(Diagnostics* before) {
    in_.TakeFailure();
    in_.touched().clear();
    in_.Redirect(before);
    in_.Know(nullptr);
  }

  void EvaluateParams() {
    for (ItemId id : in_.model().scopes[in_.root()->scope].items) {
      const auto* param = std::get_if<ParamItem>(&in_.model().items[id].node);
      if (param == nullptr) continue;
      Value value = in_.ItemValue(in_.root(), id);
      if (!in_.TakeFailure()) graph_.params.emplace(param->name.str(), std::move(value));
    }
    in_.touched().clear();
  }

  void EvaluateOuts() {
    for (ItemId id : in_.model().scopes[in_.root()->scope].items) {
      const auto* out = std::get_if<OutItem>(&in_.model().items[id].node);
      if (out == nullptr) continue;
      Value value = in_.ItemValue(in_.root(), id);
      if (!in_.failed()) value = in_.AsFileValue(value);
      if (!in_.TakeFailure()) graph_.outs.emplace_back(out->name.str(), std::move(value));
    }
    in_.touched().clear();
  }

  void AddInstance(Instance& instance) {
    if (instance.kind == InstanceKind::kNode) {
      auto node = MakeNode(in_, instance);
      if (node) graph_.nodes.push_back(*std::move(node));
    } else {
      AddCase(instance);
    }
    in_.TakeFailure();
    in_.touched().clear();
  }

  // Only of environments and tests, so that nothing else asks for parameters.
  void AddCasesOf(ItemId id) {
    const auto* decl = std::get_if<InstanceItem>(&in_.model().items[id].node);
    if (decl == nullptr || decl->is_component) return;
    std::string_view type = in_.model().types.nominal[decl->type].name.text();
    if (type != "environment" && type != "test") return;
    Activation* owner = in_.OwnerOf(in_.root(), id);
    if (owner != in_.root()) return;
    for (Instance* instance : in_.CreatedBy(owner, id).all) AddCase(*instance);
    in_.TakeFailure();
  }

  void AddCase(Instance& instance) {
    auto add = [](auto& list, auto made) {
      if (made) list.push_back(*std::move(made));
    };
    if (instance.kind == InstanceKind::kEnvironment) {
      add(environments_, MakeEnvironment(in_, instance));
    } else if (instance.kind == InstanceKind::kTest) {
      add(tests_, MakeTest(in_, instance));
    } else if (instance.kind == InstanceKind::kPipeline) {
      add(pipelines_, MakePipeline(in_, instance));
    }
    in_.TakeFailure();
  }

  void AddSources() {
    for (size_t i = 0; i < in_.sources().size(); ++i) {
      const SourceFile& file = in_.sources()[static_cast<FileId>(i)];
      if (!file.path.starts_with("std/")) graph_.sources.emplace(file.path, file.digest);
    }
  }

  void AddChecks() {
    for (const OpenCheck& check : FindChecks(in_, instances_)) {
      auto verdict = Decide(in_, check);
      in_.TakeFailure();
      if (!verdict || verdict->state == Verdict::State::kHolds) continue;
      bool broken = verdict->state == Verdict::State::kBroken;
      if (broken && check.policy == nullptr) {
        in_.Fail(Diag::kAssertFailed, SpanOf(in_, check), {verdict->message});
        in_.TakeFailure();
        continue;
      }
      if (!broken) open_.push_back(Open{check, verdict->waits});
      graph_.checks.push_back(ToGraphCheck(in_, check, *verdict));
    }
    for (GraphCheck& note : in_.notes()) graph_.checks.push_back(std::move(note));
    in_.touched().clear();
  }

  // Also beside other errors, which may come of a secret that is missing.
  void ReportUnreadSecrets() {
    for (const UnreadSecret& secret : in_.unread_secrets()) {
      AddMissing(secret, secret.error.message, in_.diagnostics());
    }
  }

  // True: it holds, or is broken and noted in `broken_`.
  bool Decided(const OpenCheck& check, const Outputs& known) {
    if (broken_) return false;
    Diagnostics diagnostics;
    Diagnostics* before = Start(diagnostics, &known);
    auto verdict = Decide(in_, check);
    Stop(before);
    if (!verdict) {
      broken_ = AsError(in_, diagnostics);
    } else if (verdict->state == Verdict::State::kPending) {
      return false;
    } else if (verdict->state == Verdict::State::kBroken && !verdict->warning) {
      broken_ = Error{ErrorKind::kDenied,
                      fmt::format("{}: {}", in_.Where(SpanOf(in_, check)), verdict->message),
                      "it could not be decided before the apply; what was done is recorded"};
    }
    return true;
  }

  EvalOptions options_;
  Interpreter in_;
  Graph graph_;
  std::unordered_map<std::string, size_t> index_;
  std::vector<Instance*> instances_;
  std::vector<EnvironmentCase> environments_;
  std::vector<TestCase> tests_;
  std::vector<PipelineCase> pipelines_;
  std::vector<Open> open_;
  std::optional<Error> broken_;
};

}  // namespace

void AddMissing(const UnreadSecret& secret, std::string_view why, Diagnostics& diagnostics) {
  diagnostics.Add(Diag::kSecretUnavailable, secret.span, {secret.name, why}).hint =
      secret.error.hint;
}

std::unique_ptr<Evaluation> Evaluate(const Model& model, const Sources& sources,
                                     const EvalOptions& options, Diagnostics& diagnostics) {
  auto evaluation = std::make_unique<EvaluationImpl>(model, sources, options, diagnostics);
  bool built = false;
  RunOnDeepStack([&] { built = evaluation->Build(); });
  if (!built) return nullptr;
  return evaluation;
}

DeclaredCases ListCases(const Model& model, const Sources& sources, const EvalOptions& options,
                        Diagnostics& diagnostics) {
  DeclaredCases cases;
  RunOnDeepStack([&] { EvaluationImpl(model, sources, options, diagnostics).ListCases(cases); });
  return cases;
}

}  // namespace opsc
