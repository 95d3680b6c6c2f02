#include <deque>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/kube/kept_object.h"
#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/targets.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/object_text.h"
#include "compiler/driver/show/run_text.h"
#include "compiler/driver/show/table_text.h"
#include "compiler/driver/sync/sync_view.h"

namespace opsc {
namespace {

constexpr size_t kRunsSearched = 50;
constexpr size_t kStepsShown = 5;

// What stands around one node, and what happened to it lately.
struct Surroundings {
  const Node* node = nullptr;
  std::vector<Edge> needs;
  std::vector<std::pair<std::string, Edge>> needed_by;
  std::vector<StepRecord> steps;      // newest first
  std::optional<SyncOrigin> synced;   // where a sync keeps it
  std::optional<ObjectFacts> object;  // of the cluster, where it was named so

  std::string Address() const {
    return synced ? synced->record.name + "/" + node->address : node->address;
  }
};

Result<std::vector<StepRecord>> LastSteps(Env& env, const Project& project,
                                          const std::string& address) {
  std::vector<StepRecord> found;
  auto journal = OpenExistingJournal(env, project);
  if (!journal) return found;
  OPS_ASSIGN(auto runs, (*journal)->Runs(kRunsSearched));
  for (const RunRecord& run : runs) {
    OPS_ASSIGN(auto steps, (*journal)->Steps(run.id));
    for (StepRecord& step : steps) {
      if (step.address == address) found.push_back(std::move(step));
    }
    if (found.size() >= kStepsShown) break;
  }
  return found;
}

std::string EdgeText(const std::string& address, const Edge& edge) {
  if (edge.reason == Edge::Reason::kAfter) return fmt::format("    {} (after)\n", address);
  return edge.path.empty() ? fmt::format("    {}\n", address)
                           : fmt::format("    {} (in {})\n", address, edge.path);
}

std::string WhyText(const Surroundings& around, Time now, bool color) {
  const Node& node = *around.node;
  std::string text = Paint(color, Style::kBold, node.type + " " + around.Address()) + "\n";
  if (around.object) text += ObjectIsText(*around.object);
  std::string file = around.synced ? around.synced->FileOf(node) : node.origin.file;
  text += fmt::format("  declared at {}:{}:{}\n", file, node.origin.line, node.origin.column);
  if (around.synced) text += SyncOriginText(*around.synced, now);
  if (around.object) text += WritersText(*around.object, now);
  text += around.needs.empty() ? "  needs nothing\n" : "  needs\n";
  for (const Edge& edge : around.needs) text += EdgeText(edge.to, edge);
  text += around.needed_by.empty() ? "  needed by nothing\n" : "  needed by\n";
  for (const auto& [address, edge] : around.needed_by) text += EdgeText(address, edge);
  if (around.steps.empty()) return text + "  never applied\n";
  text += "  lately\n";
  for (const StepRecord& step : around.steps) {
    std::string message = step.message.empty() ? "" : ": " + step.message;
    std::string what = step.action == step.result ? step.result : step.action + " " + step.result;
    std::string commit = around.synced ? around.synced->CommitOf(step.run) : "";
    text += fmt::format("    {}: {} in {}{}{}\n", AgoText(step.started, now), what, step.run,
                        commit, message);
  }
  return text;
}

nlohmann::ordered_json EdgeJson(const std::string& address, const Edge& edge) {
  bool after = edge.reason == Edge::Reason::kAfter;
  return {{"address", address}, {"why", after ? "after" : "data"}, {"path", edge.path}};
}

nlohmann::ordered_json WhyJson(const Surroundings& around) {
  const SourceLocation& origin = around.node->origin;
  nlohmann::ordered_json json = {{"address", around.Address()}, {"type", around.node->type}};
  json["file"] = around.synced ? around.synced->FileOf(*around.node) : origin.file;
  json["line"] = origin.line;
  if (around.synced) json["commit"] = SyncOriginJson(*around.synced);
  if (around.object) json["object"] = ObjectJson(*around.object);
  json["needs"] = nlohmann::ordered_json::array();
  for (const Edge& edge : around.needs) json["needs"].push_back(EdgeJson(edge.to, edge));
  json["needed_by"] = nlohmann::ordered_json::array();
  for (const auto& [address, edge] : around.needed_by) {
    json["needed_by"].push_back(EdgeJson(address, edge));
  }
  json["steps"] = nlohmann::ordered_json::array();
  for (const StepRecord& step : around.steps) {
    nlohmann::ordered_json entry = StepJson(step);
    entry["run"] = step.run;
    json["steps"].push_back(std::move(entry));
  }
  return json;
}

Surroundings SurroundingsOf(const Graph& graph, const Node& node) {
  Surroundings around;
  around.node = &node;
  around.needs = node.edges;
  for (const Node& other : graph.nodes) {
    for (const Edge& edge : other.edges) {
      if (edge.to == node.address) around.needed_by.emplace_back(other.address, edge);
    }
  }
  return around;
}

// The instances that one word names, of the program or of a sync.
Result<std::vector<Surroundings>> NamedBy(const CliSession& session, const Prepared& prepared,
                                          const std::string& word,
                                          std::optional<SyncedAddress>& synced) {
  OPS_ASSIGN(synced, FindSynced(session, prepared, word));
  Project project = synced ? synced->spec.project() : prepared.project;
  const Graph& graph = synced ? synced->program->graph : prepared.graph();
  OPS_ASSIGN(auto nodes, FindNodes(graph, synced ? synced->address : word));
  std::vector<Surroundings> all;
  for (const Node* node : nodes) {
    Surroundings around = SurroundingsOf(graph, *node);
    if (synced) around.synced = SyncOrigin{synced->record, synced->spec.path};
    OPS_ASSIGN(around.steps, LastSteps(*session.env, project, node->address));
    all.push_back(std::move(around));
  }
  return all;
}

// The same of an object of a cluster, with what the cluster says of it.
Status AddObject(const CliSession& session, const Prepared& prepared, const ObjectWord& word,
                 std::deque<std::optional<SyncedAddress>>& synced, std::vector<Surroundings>& all) {
  OPS_ASSIGN(auto specs, ReadSyncSpecs(prepared.project, prepared.graph()));
  OPS_ASSIGN(auto found, FindKeptObjects(session, prepared.project, specs, word));
  for (const KeptObject& kept : found) {
    std::string address = kept.sync.empty() ? kept.address : kept.sync + "/" + kept.address;
    OPS_ASSIGN(auto named, NamedBy(session, prepared, address, synced.emplace_back()));
    for (Surroundings& around : named) {
      around.object = ObjectFacts{
          kept, HistoryOfObject(*session.env, prepared.project.root, kept.cluster, kept.name, {})};
      all.push_back(std::move(around));
    }
  }
  return {};
}

// One document for one instance, a list of them for a family or a component.
Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(auto prepared, Prepare(session, args, {.secrets = Secrets::kUnknown}));
  if (!prepared) return session.errors_exit;
  const std::string& word = args.positional.front();
  std::deque<std::optional<SyncedAddress>> synced;  // the nodes below are theirs
  std::vector<Surroundings> all;
  OPS_ASSIGN(auto object, ReadObjectWord(word));
  if (object) {
    OPS_TRY(AddObject(session, *prepared, *object, synced, all));
  } else {
    OPS_ASSIGN(all, NamedBy(session, *prepared, word, synced.emplace_back()));
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Surroundings& around : all) {
    if (session.json) {
      list.push_back(WhyJson(around));
    } else {
      WriteOut(WhyText(around, session.env->Now(), session.terminal.out_color));
    }
  }
  if (session.json) WriteOut(JsonText(all.size() == 1 ? list.front() : list, 2) + "\n");
  return kExitOk;
}

}  // namespace

extern const Command kWhyCommand = {
    .name = "why",
    .summary = "what an instance needs, what needs it, and what happened to it lately",
    .example = "opsc why 'test[\"unit\"]'",
    .run = Run,
    .positional = {"ADDRESS", 1, 1, Completes::kAddresses},
    .groups = kProgramGroup | kJsonGroup,
    .details =
        "What a sync keeps is SYNC/ADDRESS: its file and line are those of the commit. An object "
        "of "
        "a\ncluster is k8s/NAMESPACE/KIND/NAME, or k8s/KIND/NAME where it has no namespace: also "
        "who "
        "wrote\nwhich of its fields is told; pods and the like are told by what they belong to."};

}  // namespace opsc
