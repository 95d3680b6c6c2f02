#include "compiler/driver/ml/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "compiler/driver/ml/lower_model.h"
#include "runtime/data/natural_name.h"
#include "runtime/exec/source_tree.h"
#include "runtime/graph/address.h"

namespace opsc {
namespace {

constexpr LowerRow kRows[] = {
    {"dataset", LowerDataset},   {"features", LowerFeatures}, {"model", LowerModel},
    {"endpoint", LowerEndpoint}, {"batch", LowerBatch},
};

// Words of a command line are shorter than 128 KiB each.
constexpr size_t kWord = 100'000;

const LowerRow* RowOf(std::string_view type) {
  auto row = std::ranges::find(kRows, type, &LowerRow::type);
  return row == std::end(kRows) ? nullptr : row;
}

// Addresses that a value names: what it waits for, who made its files, instances.
void CollectNeeds(const Value& value, std::set<std::string>& needs) {
  switch (value.kind()) {
    case ValueKind::kPending:
      needs.insert(value.AsPending().waits_for.begin(), value.AsPending().waits_for.end());
      break;
    case ValueKind::kFile:
      if (!value.AsFile().producer.empty()) needs.insert(value.AsFile().producer);
      break;
    case ValueKind::kInstance:
      needs.insert(value.AsInstance().address);
      break;
    case ValueKind::kFiles:
      for (const Value& file : value.AsFiles().files) CollectNeeds(file, needs);
      break;
    case ValueKind::kList:
      for (const Value& item : value.AsList()) CollectNeeds(item, needs);
      break;
    case ValueKind::kRecord:
      for (const auto& [name, field] : value.AsRecord()) CollectNeeds(field, needs);
      break;
    default:
      break;
  }
}

// What every lowering of one program shares.
class Context : public LowerContext {
 public:
  Context(Env& env, std::string root) : env_(env), root_(root), sources_(std::move(root), &env) {}

  Value OutOf(const std::string& address, std::string_view out) const override {
    if (known_ != nullptr) {
      auto outs = known_->find(address);
      const Value* value = outs == known_->end() ? nullptr : outs->second.Find(out);
      if (value != nullptr) return *value;
    }
    return Value::Pending({address});
  }
  const Node* Declared(const std::string& address) const override {
    auto node = declared.find(address);
    return node == declared.end() ? nullptr : &node->second;
  }
  std::vector<const Node*> DeclaredOf(std::string_view type) const override {
    std::vector<const Node*> nodes;
    for (const auto& [address, node] : declared) {
      if (node.type == type) nodes.push_back(&node);
    }
    return nodes;
  }
  std::vector<std::string> Matches(const FilesRep& patterns) override {
    SourceTree::Selection selection;
    for (const std::string& pattern : patterns.include) {
      bool takes_away = pattern.starts_with('!');
      (takes_away ? selection.exclude : selection.include)
          .push_back(pattern.substr(takes_away ? 1 : 0));
    }
    selection.exclude.insert(selection.exclude.end(), patterns.exclude.begin(),
                             patterns.exclude.end());
    auto selected = sources_.Select(selection);
    std::vector<std::string> files;
    if (!selected) return files;
    for (const SourceEntry& entry : (*selected)->entries) {
      if (entry.type == FileType::kFile || entry.type == FileType::kSymlink) {
        files.push_back(entry.path);
      }
    }
    std::ranges::sort(files, NaturalLess);
    return files;
  }
  uint64_t SizeOf(const std::string& file) const override {
    return env_.Stat(JoinPath(root_, file)).size;
  }

  void Refuse(const Node& node, std::string message, std::string hint) override {
    if (!refused_) return;
    refused_ = Fail(ErrorKind::kInput,
                    fmt::format("{}:{}: {}", node.origin.file, node.origin.line, message),
                    std::move(hint));
  }

  void Know(const Outputs* known) { known_ = known; }
  const Status& refused() const { return refused_; }

  std::map<std::string, Node> declared;  // those that are lowered

 private:
  Env& env_;
  std::string root_;
  SourceTree sources_;
  const Outputs* known_ = nullptr;
  Status refused_;
};

// Addresses of nodes that were made, and of the declared node that each stands for.
using Owners = std::unordered_map<std::string, std::string>;

// Of the fields' needs and of what the declared node comes `after`.
void AddEdges(const Node& declared, Node& made) {
  std::set<std::string> needs;
  CollectNeeds(made.fields, needs);
  needs.erase(made.address);
  for (const std::string& to : needs) made.edges.push_back({to, Edge::Reason::kData, "inputs"});
  for (const Edge& edge : declared.edges) {
    if (edge.reason == Edge::Reason::kAfter) made.edges.push_back(edge);
  }
  made.origin = declared.origin;
}

Graph Lowered(const Graph& declared, Context& context, Owners& owners) {
  Graph graph = declared;
  for (const Node& node : declared.nodes) {
    if (RowOf(node.type) != nullptr) context.declared.emplace(node.address, node);
  }
  graph.nodes.clear();
  for (const Node& node : declared.nodes) {
    const LowerRow* row = RowOf(node.type);
    if (row == nullptr) {
      graph.nodes.push_back(node);
      continue;
    }
    for (Node& made : row->lower(node, context)) {
      owners.emplace(made.address, node.address);
      AddEdges(node, made);
      graph.nodes.push_back(std::move(made));
    }
  }
  return graph;
}

class LoweredEvaluation : public Evaluation {
 public:
  LoweredEvaluation(std::unique_ptr<Evaluation> declared, Env& env, const std::string& root)
      : declared_(std::move(declared)),
        context_(env, root),
        graph_(Lowered(declared_->graph(), context_, owners_)) {}

  const Status& refused() const { return context_.refused(); }
  const Graph& graph() const override { return graph_; }
  Result<Resolved> Resolve(const std::string& address, const Outputs& known) override {
    auto owner = owners_.find(address);
    if (owner == owners_.end()) return declared_->Resolve(address, known);
    Node node = context_.declared.at(owner->second);
    if (node.fields.has_pending()) {
      OPS_ASSIGN(Resolved resolved, declared_->Resolve(node.address, known));
      node.fields = std::move(resolved.fields);
    } else {
      OPS_TRY(declared_->DecideChecks(known));
    }
    context_.Know(&known);
    std::vector<Node> made = RowOf(node.type)->lower(node, context_);
    context_.Know(nullptr);
    OPS_TRY(refused());
    auto found = std::ranges::find(made, address, &Node::address);
    if (found == made.end()) {
      return Fail(ErrorKind::kConflict, "`" + address + "` has gone while it was planned",
                  "run again when nothing changes the sources");
    }
    return Resolved{std::move(found->fields), std::move(found->outs)};
  }

  Result<Value> ResolveOut(Symbol name, const Outputs& known) override {
    return declared_->ResolveOut(name, known);
  }
  std::optional<Value> Evaluate(ExprId expr, uint32_t frame_size, const Outputs& known,
                                Diagnostics& diagnostics) override {
    return declared_->Evaluate(expr, frame_size, known, diagnostics);
  }
  std::vector<OriginStep> Explain(const Value& value) const override {
    return declared_->Explain(value);
  }
  const std::vector<EnvironmentCase>& environments() const override {
    return declared_->environments();
  }
  const std::vector<TestCase>& tests() const override { return declared_->tests(); }
  const std::vector<PipelineCase>& pipelines() const override { return declared_->pipelines(); }
  const std::vector<UnreadSecret>& unread_secrets() const override {
    return declared_->unread_secrets();
  }
  bool RunTest(const std::string& name, Diagnostics& diagnostics) override {
    return declared_->RunTest(name, diagnostics);
  }
  Result<Value> RunOnRow(const std::string& address, const std::string& field, const Value& row,
                         const RowTables& tables) override {
    return declared_->RunOnRow(address, field, row, tables);
  }
  Status DecideChecks(const Outputs& known) override { return declared_->DecideChecks(known); }

 private:
  std::unique_ptr<Evaluation> declared_;
  Context context_;
  Owners owners_;
  Graph graph_;
};

Value OwnFields(std::string_view own, std::vector<Value> run, std::vector<Value> inputs) {
  return Value::Record({{Symbol("own"), Value::String(own)},
                        {Symbol("run"), Value::List(std::move(run))},
                        {Symbol("inputs"), Value::List(std::move(inputs))}});
}

}  // namespace

bool IsLowered(std::string_view type) {
  return RowOf(type) != nullptr;
}

Result<std::unique_ptr<Evaluation>> LowerProgram(std::unique_ptr<Evaluation> evaluation, Env& env,
                                                 const std::string& root) {
  bool any = std::ranges::any_of(evaluation->graph().nodes,
                                 [](const Node& node) { return RowOf(node.type) != nullptr; });
  if (!any) return evaluation;
  auto lowered = std::make_unique<LoweredEvaluation>(std::move(evaluation), env, root);
  OPS_TRY(lowered->refused());
  return lowered;
}

std::string OutPath(const std::string& address, std::string_view file) {
  return JoinPath(JoinPath(".ops/out", AddressToPath(address)), file);
}

Value OwnTask(std::string_view own, std::string_view command, std::string_view spec,
              std::vector<Value> inputs) {
  std::vector<Value> run = {Value::String("opsc"), Value::String(command)};
  for (; !spec.empty(); spec.remove_prefix(std::min(spec.size(), kWord))) {
    run.push_back(Value::String(spec.substr(0, kWord)));
  }
  return OwnFields(own, std::move(run), std::move(inputs));
}

Value PendingOwnTask(std::string_view own, std::string_view command, std::vector<Value> inputs) {
  std::set<std::string> waits;
  for (const Value& input : inputs) {
    if (input.has_pending()) CollectNeeds(input, waits);
  }
  std::vector<Value> run = {Value::String("opsc"), Value::String(command),
                            Value::Pending({waits.begin(), waits.end()})};
  return OwnFields(own, std::move(run), std::move(inputs));
}

}  // namespace opsc
