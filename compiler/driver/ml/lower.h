// Datasets, features, models and batches → the tasks behind them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/eval/eval.h"
#include "runtime/base/env.h"

namespace opsc {

// What a lowering may ask while it makes nodes of one declared node.
class LowerContext {
 public:
  virtual ~LowerContext() = default;
  // A file out of a lowered node: a file with its digest where it is known, else pending.
  virtual Value OutOf(const std::string& address, std::string_view out) const = 0;
  // A declared node with its fields as far as they are known; nullptr: there is none.
  virtual const Node* Declared(const std::string& address) const = 0;
  // All declared nodes of a type that is lowered, in the order of their addresses.
  virtual std::vector<const Node*> DeclaredOf(std::string_view type) const = 0;
  // Files of the project that match the patterns, in natural order; nothing where none does.
  virtual std::vector<std::string> Matches(const FilesRep& patterns) = 0;
  virtual uint64_t SizeOf(const std::string& file) const = 0;  // of the project; bytes
  // The declared node makes no sense: said with its place, and nothing is planned.
  virtual void Refuse(const Node& declared, std::string message, std::string hint) = 0;
};

// Makes the nodes that stand for `declared`, one of which has its address. They have no edges:
// those follow from what their fields name. The same addresses come whatever is known.
using LowerNode = std::vector<Node> (*)(const Node& declared, LowerContext& context);

// All rows: a type of the stdlib and how its instances are lowered.
struct LowerRow {
  std::string_view type;
  LowerNode lower;
};

bool IsLowered(std::string_view type);

// The program with its datasets and the like lowered: another graph, and Resolve for the nodes
// made. All else is asked of `evaluation`. `root`: of the project. `env` outlives the result.
// kInput where an instance makes no sense in a way that types do not hold.
Result<std::unique_ptr<Evaluation>> LowerProgram(std::unique_ptr<Evaluation> evaluation, Env& env,
                                                 const std::string& root);

// Where a lowered node leaves an out, relative to the project root.
std::string OutPath(const std::string& address, std::string_view file);

// One source file of a dataset.
struct DatasetChunk {
  std::string key;      // its path, or who makes it
  std::string address;  // of the task that reads it
};
std::vector<DatasetChunk> ChunksOfDataset(const std::string& address, LowerContext& context);

// What a task that reads a dataset takes as inputs: its manifest (first) and its chunks.
std::vector<Value> InputsOfDataset(const std::string& address, LowerContext& context);

// A task's fields that run this opsc: `own` is what the key holds instead of the program, `spec` is
// handed over as JSON in as many words as it takes.
Value OwnTask(std::string_view own, std::string_view command, std::string_view spec,
              std::vector<Value> inputs);
// The same while the spec is not known yet: pending on what `inputs` wait for.
Value PendingOwnTask(std::string_view own, std::string_view command, std::vector<Value> inputs);

std::vector<Node> LowerDataset(const Node& declared, LowerContext& context);

}  // namespace opsc
