// The desired graph: what the evaluator makes of a program, and all that the planner sees of it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// Where something stands in the sources, resolved for printing. Lines and columns from 1, in bytes.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;
};

// Why one node comes after another.
struct Edge {
  std::string to;  // address of what is needed first
  enum class Reason { kData, kAfter } reason = Reason::kData;
  std::string path;  // the field that uses it, e.g. "run[0]"
};

// One declared output of a task instance: `out server: file = "out/shop"`.
struct OutDecl {
  Symbol name;
  Value value;           // for files: the path (kString) relative to the task's directory
  bool is_file = false;  // file: captured; otherwise a value computed from fields
};

// Fields every instance has, taken out of `fields`.
struct Meta {
  bool protect = false;
  bool create_first = false;
  std::vector<std::string> ignore;        // paths of fields left to others
  std::vector<std::string> replace_when;  // paths of fields whose change replaces
  int64_t timeout_ns = 0;                 // 0: none
  int64_t retries = 0;
  std::map<std::string, std::string> labels;
};

// One instance, evaluated. `fields` may hold pending values; then Program::Resolve gives them
// later.
struct Node {
  std::string address;
  std::string type;  // extern type's name: "task", "file"
  Value fields;      // kRecord, defaults filled in, metas taken out
  std::vector<OutDecl> outs;
  Meta meta;
  std::vector<Edge> edges;
  SourceLocation origin;
  std::string doc;
};

struct Move {
  std::string from;
  std::string to;
};

// A check that could only be decided with the graph: `policy`, `assert` over pending values.
struct GraphCheck {
  std::string address;  // of the policy, or "assert"
  std::string message;
  bool failed = false;
  bool pending = false;
  bool warning = false;  // broken, it is said and stops nothing
  SourceLocation origin;
};

struct Graph {
  std::vector<Node> nodes;  // in source order; addresses are distinct
  std::vector<Move> moves;
  std::vector<std::string> removed;
  std::vector<GraphCheck> checks;
  std::vector<std::pair<std::string, Value>> outs;  // of the root module; may be pending
  std::map<std::string, Digest> sources;            // path relative to the project root -> content
  std::map<std::string, Value> params;              // of the root module, as given or by default

  // Index by address; REQUIRES: call after the last change of `nodes`.
  std::unordered_map<std::string, size_t> BuildIndex() const;
};

// What is known of applied nodes: address -> record of its outs.
using Outputs = std::unordered_map<std::string, Value>;
// `outs` with "$result" in it: "ok", "failed", "skipped" or "cancelled", the value of `result(x)`.
Value WithResult(const Value& outs, std::string_view result);

// What the runtime needs of the compiler after the graph was made: the fields of one node with the
// results of others filled in. The driver passes it in. Thread-safe: no; call from one thread.
class Program {
 public:
  virtual ~Program() = default;
  // Fields (and outs) of `address`, with every node in `known` no longer pending. Fails where a
  // value now breaks a refinement, an `assert` or a `check`; the message has the source position.
  struct Resolved {
    Value fields;
    std::vector<OutDecl> outs;
  };
  virtual Result<Resolved> Resolve(const std::string& address, const Outputs& known) = 0;
  virtual Result<Value> ResolveOut(Symbol name, const Outputs& known) = 0;  // of the root module
};

// Addresses in an order in which everything comes after what it needs; or the cycle, as text.
// Stable: among ready nodes, source order.
Result<std::vector<size_t>> TopologicalOrder(const Graph& graph);

}  // namespace opsc
