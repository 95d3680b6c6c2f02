// Model → Graph: the interpreter.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diag/diagnostics.h"
#include "compiler/model/builtin_names.h"
#include "compiler/model/model.h"
#include "runtime/graph/graph.h"

namespace opsc {

struct EvalOptions {
  std::map<std::string, std::string> params;  // text of `-p NAME=VALUE`: read by the param's type
  std::map<std::string, Value> values;        // of an environment or test; below `params`
  std::map<std::string, std::string>
      places;                        // where `params` and `values` were said: "--params FILE"
  uint64_t max_steps = 100'000'000;  // expression steps; beyond: OPS0508
  size_t max_elements = 10'000'000;  // of one list, map or range
  int max_call_depth = 1000;
  int64_t run_started_ns = 0;  // `run.started`
  // Reads `secret_env(name)` (source "env") and `secret_file(path)` (source "file"). Without it, as
  // in `check`, a secret is an unknown secret string; where it fails, that is an error.
  std::function<Result<std::string>(std::string_view source, const std::string& name)> read_secret;
  // A secret that cannot be read is an unknown one, too, and listed by Evaluation::unread_secrets:
  // whoever asks for this refuses what needs one.
  bool secrets_may_be_unread = false;
  // Adds to the finished graph what the program need not say: edges that the kinds know of.
  std::function<void(Graph& graph)> complete;
};

BuiltinNames Builtins();

// `environment NAME { params: { … } }`.
struct EnvironmentCase {
  std::string name;
  std::map<std::string, Value> params;
  bool protect = false;
  Span span;
};

// `test NAME { with: { … }, expect: … }`.
struct TestCase {
  std::string name;
  std::map<std::string, Value> with;
  Span span;
};

// `pipeline NAME { goals: [ … ] }`: a map of keyed instances and a component stand for all in them.
struct PipelineCase {
  std::string name;
  std::vector<std::string> goals;  // addresses of nodes, in order, without duplicates
  Value fields;                    // all but the goals: `on`, `concurrency`
  Span span;
};

// What the names of unread secrets in `PendingRep::waits_for` begin with: no address does.
inline constexpr std::string_view kUnreadSecret = "secret ";

// A secret that could not be read: an error only for those that need it.
struct UnreadSecret {
  std::string waited_for;  // in `waits_for` of all that it flows into
  std::string name;
  Error error;
  Span span;
};

void AddMissing(const UnreadSecret& secret, std::string_view why, Diagnostics& diagnostics);

// The rows of datasets, by address, each a record: what windows look at in the reference.
using RowTables = std::map<std::string, std::vector<Value>>;

// An evaluated program. Keeps the model, the memo of lets, and answers Resolve.
class Evaluation : public Program {
 public:
  virtual const Graph& graph() const = 0;
  // `opsc eval EXPR`, checked by CheckExpression, with every node in `known` no longer pending. An
  // instance comes back as its fields and outs.
  virtual std::optional<Value> Evaluate(ExprId expr, uint32_t frame_size, const Outputs& known,
                                        Diagnostics& diagnostics) = 0;
  // `opsc explain ADDRESS.field`: the origin chain of a value of the graph, nearest first.
  struct OriginStep {
    std::string what;
    Span span;
  };
  virtual std::vector<OriginStep> Explain(const Value& value) const = 0;

  // None of these are nodes of the graph.
  virtual const std::vector<EnvironmentCase>& environments() const = 0;
  virtual const std::vector<TestCase>& tests() const = 0;
  virtual const std::vector<PipelineCase>& pipelines() const = 0;
  virtual const std::vector<UnreadSecret>& unread_secrets() const = 0;

  // Runs the `expect` of a test on this program. REQUIRES: it was evaluated with the test's `with`
  // as EvalOptions::values. A failure is a diagnostic with the values of both sides.
  virtual bool RunTest(const std::string& name, Diagnostics& diagnostics) = 0;

  // The reference for kernels: runs the function over rows that stands in a field of an instance
  // (`field`, or `field.key` of a map) on one row. Fails where the row has no result.
  virtual Result<Value> RunOnRow(const std::string& address, const std::string& field,
                                 const Value& row, const RowTables& tables) = 0;

  // The asserts and policies that were pending, as far as they are known now. Resolve does this
  // too; for those that only the last node decides, call it at the end. Fails with the first that
  // is broken.
  virtual Status DecideChecks(const Outputs& known) = 0;
};

// REQUIRES: `model` has no errors; it and `sources` outlive the result. nullptr after errors.
std::unique_ptr<Evaluation> Evaluate(const Model& model, const Sources& sources,
                                     const EvalOptions& options, Diagnostics& diagnostics);

// The environments and tests of the root module, before any parameter is known: evaluates nothing
// else. For `--env NAME` and `opsc test`, which evaluate the program with what these say.
struct DeclaredCases {
  std::vector<EnvironmentCase> environments;
  std::vector<TestCase> tests;
};
DeclaredCases ListCases(const Model& model, const Sources& sources, const EvalOptions& options,
                        Diagnostics& diagnostics);

}  // namespace opsc
