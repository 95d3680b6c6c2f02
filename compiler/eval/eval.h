// Model → Graph: the interpreter.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "compiler/diag/diagnostics.h"
#include "compiler/model/builtin_names.h"
#include "compiler/model/model.h"
#include "runtime/graph/graph.h"

namespace opsc {

struct EvalOptions {
  std::map<std::string, std::string> params;  // text of `-p NAME=VALUE`: read by the param's type
  uint64_t max_steps = 1'000'000'000;  // expression steps; beyond: OPS05xx
  size_t max_elements = 10'000'000;    // of one list, map or range
  int max_call_depth = 1000;
  int64_t run_started_ns = 0;          // `run.started`
  // Reads `secret_env(name)` (source "env") and `secret_file(path)` (source "file"). Without it, as in
  // `check`, a secret is an unknown secret string.
  std::function<Result<std::string>(std::string_view source, const std::string& name)> read_secret;
};

BuiltinNames Builtins();

// An evaluated program. Keeps the model, the memo of lets, and answers Resolve.
class Evaluation : public Program {
 public:
  virtual const Graph& graph() const = 0;
  // `opsc eval EXPR`, checked by CheckExpression.
  virtual std::optional<Value> Evaluate(ExprId expr, uint32_t frame_size, Diagnostics& diagnostics) = 0;
  // `opsc explain ADDRESS.field`: the origin chain of a value of the graph, nearest first.
  struct OriginStep { std::string what; Span span; };
  virtual std::vector<OriginStep> Explain(const Value& value) const = 0;
};

// REQUIRES: `model` has no errors; it and `sources` outlive the result. nullptr after errors.
std::unique_ptr<Evaluation> Evaluate(const Model& model, const Sources& sources,
                                     const EvalOptions& options, Diagnostics& diagnostics);

}  // namespace opsc
