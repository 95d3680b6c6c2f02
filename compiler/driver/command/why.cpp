#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/targets.h"
#include "compiler/driver/show/json_text.h"
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
  std::vector<StepRecord> steps;     // newest first
  std::optional<SyncOrigin> synced;  // where a sync keeps it

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
  std::string file = around.synced ? around.synced->FileOf(node) : node.origin.file;
  text += fmt::format("  declared at {}:{}:{}\n", file, node.origin.line, node.origin.column);
  if (around.synced) text += SyncOriginText(*around.synced, now);
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

// One document for one instance, a list of them for a family or a component.
Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(auto prepared, Prepare(session, args, {.secrets = Secrets::kUnknown}));
  if (!prepared) return session.errors_exit;
  Project project = prepared->project;
  const Graph* graph = &prepared->graph();
  std::string word = args.positional.front();
  OPS_ASSIGN(auto synced, FindSynced(session, *prepared, word));
  if (synced) {
    project = synced->spec.project();
    graph = &synced->program->graph;
    word = synced->address;
  }
  OPS_ASSIGN(auto nodes, FindNodes(*graph, word));
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Node* node : nodes) {
    Surroundings around = SurroundingsOf(*graph, *node);
    if (synced) around.synced = SyncOrigin{synced->record, synced->spec.path};
    OPS_ASSIGN(around.steps, LastSteps(*session.env, project, node->address));
    if (session.json) {
      list.push_back(WhyJson(around));
    } else {
      WriteOut(WhyText(around, session.env->Now(), session.terminal.out_color));
    }
  }
  if (session.json) WriteOut(JsonText(nodes.size() == 1 ? list.front() : list, 2) + "\n");
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
    .details = "What a sync keeps is SYNC/ADDRESS: its file and line are those of the commit."};

}  // namespace opsc
