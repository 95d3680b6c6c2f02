#include "compiler/driver/revision/graph_journal.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "runtime/graph/diff.h"
#include "runtime/graph/kind.h"
#include "runtime/graph/task.h"

namespace opsc {
namespace {

class GraphJournal : public Journal {
 public:
  std::map<std::string, StateEntry> entries;

  GraphJournal() : salt_(32, '\0') {}

  Result<std::vector<StateEntry>> Entries() override {
    std::vector<StateEntry> all;
    for (const auto& [address, entry] : entries) all.push_back(entry);
    return all;
  }
  Result<std::optional<StateEntry>> Entry(const std::string& address) override {
    auto found = entries.find(address);
    return found == entries.end() ? std::nullopt : std::optional(found->second);
  }
  Result<uint64_t> Serial() override { return 0; }
  Result<std::vector<OpenIntent>> OpenIntents() override { return std::vector<OpenIntent>{}; }
  Result<std::vector<RunRecord>> Runs(size_t) override { return std::vector<RunRecord>{}; }
  Result<std::vector<StepRecord>> Steps(const std::string&) override {
    return std::vector<StepRecord>{};
  }
  Result<std::map<std::string, int64_t>> ExpectedDurations() override {
    return std::map<std::string, int64_t>{};
  }
  Result<std::string> BeginRun(const std::string&) override { return Refuse(); }
  Status EndRun(const std::string&, RunOutcome, const std::string&) override { return Refuse(); }
  Result<uint64_t> Intent(const IntentRequest&) override { return Refuse(); }
  Status Complete(uint64_t, const std::optional<StateEntry>&, const StepRecord&) override {
    return Refuse();
  }
  Status Abandon(uint64_t, bool, const StepRecord&) override { return Refuse(); }
  Status Record(std::span<const StateEntry>, std::span<const StepRecord>) override {
    return Refuse();
  }
  Status Move(const std::string&, const std::string&) override { return Refuse(); }
  Status Remove(const std::string&) override { return Refuse(); }
  Result<std::string> Export() override { return Refuse(); }
  Status Import(std::string_view) override { return Refuse(); }
  const std::string& secret_salt() const override { return salt_; }

 private:
  static std::unexpected<Error> Refuse() {
    return Fail(ErrorKind::kInput, "a revision is no state: nothing can be recorded in it");
  }
  std::string salt_;
};

// What an extern type gives out, as far as a text can stand for it: "(url of web)".
Value StandIns(const Types& types, const Node& node) {
  std::vector<Field> outs;
  for (size_t i = 0; i < types.nominal.size(); ++i) {
    const NominalType& type = types.nominal[static_cast<NominalId>(i)];
    if (!type.is_extern || type.name.text() != node.type) continue;
    for (const RecordField& out : type.outs) {
      if (!types.Is(out.type, Prim::kString)) continue;
      std::string text = fmt::format("({} of {})", out.name.text(), node.address);
      outs.emplace_back(out.name, Value::String(text));
    }
  }
  return Value::Record(std::move(outs));
}

std::vector<std::string> Needs(const Node& node) {
  std::vector<std::string> needs;
  for (const Edge& edge : node.edges) needs.push_back(edge.to);
  std::ranges::sort(needs);
  needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  return needs;
}

// Fills the journal, node by node, what is needed first.
class Filler {
 public:
  Filler(LoadedProgram& program, RevisionTasks& tasks, GraphJournal& journal)
      : program_(program), tasks_(tasks), journal_(journal) {}

  Status Fill() {
    const Graph& graph = program_.evaluation->graph();
    OPS_ASSIGN(auto order, TopologicalOrder(graph));
    for (size_t index : order) OPS_TRY(Take(graph.nodes[index]));
    return {};
  }

 private:
  Status Take(const Node& node) {
    Role role = RoleOf(node.type);
    if (role == Role::kNote || role == Role::kAction) return {};
    Program::Resolved resolved{node.fields, node.outs};
    if (node.fields.has_pending()) {
      OPS_ASSIGN(resolved, program_.evaluation->Resolve(node.address, known_));
    }
    return role == Role::kTask ? TakeTask(node, resolved) : TakeResource(node, resolved);
  }

  Status TakeTask(const Node& node, Program::Resolved& resolved) {
    if (resolved.fields.has_pending()) return {};
    TaskSpec spec{node.address, node.type, resolved.fields, resolved.outs, node.meta, "", ""};
    OPS_ASSIGN(Value outs, tasks_.Assume(spec));
    known_[node.address] = WithResult(outs, "ok");
    return {};
  }

  Status TakeResource(const Node& node, const Program::Resolved& resolved) {
    StateEntry entry;
    entry.address = node.address;
    entry.type = node.type;
    OPS_ASSIGN(entry.fields, Seal(resolved.fields, journal_.secret_salt()));
    entry.outs = StandIns(program_.model.types, node);
    entry.depends_on = Needs(node);
    entry.protect = node.meta.protect;
    known_[node.address] = WithResult(entry.outs, "ok");
    journal_.entries[node.address] = std::move(entry);
    return {};
  }

  LoadedProgram& program_;
  RevisionTasks& tasks_;
  GraphJournal& journal_;
  Outputs known_;
};

}  // namespace

Result<std::unique_ptr<Journal>> MakeGraphJournal(LoadedProgram& program, RevisionTasks& tasks) {
  auto journal = std::make_unique<GraphJournal>();
  OPS_TRY(Filler(program, tasks, *journal).Fill());
  return journal;
}

}  // namespace opsc
