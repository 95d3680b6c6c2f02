#include "compiler/driver/project/targets.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/cli/name_hint.h"
#include "runtime/graph/address.h"

namespace opsc {
namespace {

std::string Normal(const std::string& word) {
  auto parsed = Address::Parse(word);
  return parsed ? parsed->ToText() : word;
}

// The same, where a key may hold `/` or `.`: of several readings, the one that is known.
template <typename IsKnown>
std::string Normal(const std::string& word, IsKnown&& is_known) {
  std::string address = Normal(word);
  if (is_known(address)) return address;
  for (size_t dot = word.find('.'); dot != word.npos; dot = word.find('.', dot + 1)) {
    std::string keyed = Normal(word.substr(0, dot)) + "[" + Quote(word.substr(dot + 1)) + "]";
    if (is_known(keyed)) return keyed;
  }
  return address;
}

std::unexpected<Error> Unknown(const std::string& word, const std::vector<std::string>& known) {
  return Fail(ErrorKind::kInput, fmt::format("there is no `{}` in the program", word),
              NameHint(Normal(word), known, "`opsc graph` lists what there is"));
}

std::vector<std::string> KnownWords(const Graph& graph, const std::vector<std::string>& recorded) {
  std::vector<std::string> known = recorded;
  for (const Node& node : graph.nodes) {
    known.push_back(node.address);
    if (size_t bracket = node.address.find('['); bracket != node.address.npos) {
      known.push_back(node.address.substr(0, bracket));
    }
  }
  return known;
}

bool IsPipeline(const Evaluation& evaluation, const std::string& name) {
  return std::ranges::any_of(evaluation.pipelines(),
                             [&](const PipelineCase& pipeline) { return pipeline.name == name; });
}

// The node of this address; else the goals of the pipeline; else all that stands below the name.
void AppendMatches(const Evaluation& evaluation, const std::vector<std::string>& recorded,
                   const std::string& address, std::vector<std::string>& out) {
  for (const Node& node : evaluation.graph().nodes) {
    if (node.address == address) return out.push_back(address);
  }
  for (const PipelineCase& pipeline : evaluation.pipelines()) {
    if (pipeline.name != address) continue;
    out.insert(out.end(), pipeline.goals.begin(), pipeline.goals.end());
    return;
  }
  for (const Node& node : evaluation.graph().nodes) {
    if (IsInside(node.address, address)) out.push_back(node.address);
  }
  for (const std::string& old : recorded) {
    if (old == address || IsInside(old, address)) out.push_back(old);
  }
}

// Takes the first step of `.spec.ports[0]["a.b"]` off: "spec", "ports", "0", "a.b".
std::string SplitStep(std::string_view& path) {
  path.remove_prefix(path.starts_with('.') ? 1 : 0);
  if (path.starts_with("[\"")) {
    size_t end = std::min(path.find("\"]"), path.size());
    std::string step(path.substr(2, end - 2));
    path.remove_prefix(std::min(end + 2, path.size()));
    return step;
  }
  bool bracket = path.starts_with('[');
  size_t end = std::min(bracket ? path.find(']') : path.find_first_of(".[", 0), path.size());
  std::string step(path.substr(bracket ? 1 : 0, end - (bracket ? 1 : 0)));
  path.remove_prefix(std::min(end + (bracket ? 1u : 0u), path.size()));
  return step;
}

Result<Value> StepInto(const Value& value, const std::string& step) {
  if (value.is(ValueKind::kInstance)) return StepInto(value.AsInstance().fields, step);
  if (value.is(ValueKind::kList)) {
    size_t index = 0;
    auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (error == std::errc() && index < value.AsList().size()) return value.AsList()[index];
    return Fail(ErrorKind::kInput, fmt::format("the list has no element `{}`", step),
                fmt::format("it has {} elements, counted from 0", value.AsList().size()));
  }
  if (const Value* field = value.Find(step)) return *field;
  std::vector<std::string> names;
  if (value.is(ValueKind::kRecord)) {
    for (const auto& [name, field] : value.AsRecord()) names.push_back(name.str());
  }
  std::string nearest = Nearest(step, names);
  return Fail(ErrorKind::kInput, fmt::format("there is no field `{}`", step),
              nearest.empty() ? fmt::format("fields: {}", fmt::join(names, ", "))
                              : fmt::format("did you mean `{}`?", nearest));
}

bool HasNode(const Graph& graph, const std::string& address) {
  return std::ranges::any_of(graph.nodes,
                             [&](const Node& node) { return node.address == address; });
}

}  // namespace

bool IsInside(std::string_view address, std::string_view name) {
  return address.size() > name.size() && address.starts_with(name) &&
         (address[name.size()] == '[' || address[name.size()] == '/');
}

Result<std::vector<std::string>> ResolveTargets(const Evaluation& evaluation,
                                                const std::vector<std::string>& recorded,
                                                const std::vector<std::string>& words) {
  std::vector<std::string> targets;
  for (const std::string& word : words) {
    size_t before = targets.size();
    std::string address = Normal(word, [&](const std::string& name) {
      return HasNode(evaluation.graph(), name) ||
             std::ranges::find(recorded, name) != recorded.end();
    });
    AppendMatches(evaluation, recorded, address, targets);
    if (targets.size() > before || IsPipeline(evaluation, word)) continue;
    std::vector<std::string> known = KnownWords(evaluation.graph(), recorded);
    for (const PipelineCase& pipeline : evaluation.pipelines()) known.push_back(pipeline.name);
    return Unknown(word, known);
  }
  std::set<std::string> seen;
  std::erase_if(targets, [&](const std::string& target) { return !seen.insert(target).second; });
  return targets;
}

Result<std::vector<const Node*>> FindNodes(const Graph& graph, const std::string& word) {
  std::string address = Normal(word, [&](const std::string& name) { return HasNode(graph, name); });
  std::vector<const Node*> found;
  for (const Node& node : graph.nodes) {
    if (node.address == address) return std::vector{&node};
    if (IsInside(node.address, address)) found.push_back(&node);
  }
  if (found.empty()) return Unknown(word, KnownWords(graph, {}));
  return found;
}

Result<NodeAndPath> FindNodeAndPath(const Graph& graph, const std::string& word) {
  auto index = graph.BuildIndex();
  for (size_t end = word.size(); end > 0;) {
    std::string prefix = word.substr(0, end);
    auto found = index.find(prefix);
    if (found == index.end()) found = index.find(Normal(prefix));
    if (found != index.end()) return NodeAndPath{&graph.nodes[found->second], word.substr(end)};
    size_t dot = word.find_last_of(".[", end - 1);
    if (dot == word.npos) break;
    end = dot;
  }
  std::vector<std::string> known = KnownWords(graph, {});
  for (size_t end = word.size(); end != word.npos && end > 0;
       end = word.find_last_of(".[", end - 1)) {
    std::string nearest = Nearest(Normal(word.substr(0, end)), known);
    if (nearest.empty()) continue;
    return Fail(ErrorKind::kInput, fmt::format("there is no `{}` in the program", word),
                fmt::format("did you mean `{}`?", nearest + word.substr(end)));
  }
  return Unknown(word, known);
}

Result<Value> FindField(const Node& node, std::string_view path) {
  Value value = node.fields;
  std::string_view rest = path;
  bool first = true;
  while (!rest.empty()) {
    std::string step = SplitStep(rest);
    const OutDecl* out = nullptr;
    for (const OutDecl& candidate : node.outs) {
      if (first && candidate.name.text() == step && !value.Find(step)) out = &candidate;
    }
    first = false;
    if (out) {
      value = out->value;
      continue;
    }
    OPS_ASSIGN(value, StepInto(value, step));
  }
  return value;
}

}  // namespace opsc
