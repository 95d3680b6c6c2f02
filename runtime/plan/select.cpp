#include "runtime/plan/select.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "runtime/graph/address.h"

namespace opsc {
namespace {

// Calls `visit` with each name under which `address` can be asked for, longest last: `a["k"]/b` is
// also meant by `a`, and by `a["k"]`.
template <typename Visit>
bool AnyName(std::string_view address, const Visit& visit) {
  for (size_t i = 1; i < address.size(); ++i) {
    if ((address[i] == '/' || address[i] == '[') && visit(address.substr(0, i))) return true;
  }
  return visit(address);
}

// The canonical text, and the one with quotes around bare keys: `test.1` may mean `test["1"]`.
std::vector<std::string> Spellings(Address address) {
  std::vector<std::string> spellings = {address.ToText()};
  for (Address::Segment& segment : address.segments) {
    if (segment.key && !segment.key->starts_with('"')) segment.key = Quote(*segment.key);
  }
  if (address.ToText() != spellings[0]) spellings.push_back(address.ToText());
  return spellings;
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

Error UnknownAddress(std::string_view name, const std::vector<std::string_view>& known) {
  std::string nearest;
  size_t best = std::max<size_t>(name.size() / 2, 2);
  for (std::string_view address : known) {
    AnyName(address, [&](std::string_view candidate) {
      size_t distance = EditDistance(name, candidate);
      if (distance < best) {
        best = distance;
        nearest = candidate;
      }
      return false;
    });
  }
  return {ErrorKind::kInput, fmt::format("there is no `{}`", name),
          nearest.empty() ? "`opsc graph` lists all addresses"
                          : fmt::format("did you mean `{}`?", nearest)};
}

bool Starts(const Node& node, PlanOptions::Scope scope) {
  return scope == PlanOptions::Scope::kResources && RoleOf(node.type) == Role::kResource;
}

// Everything that is excluded or needs, however far away, something that is.
std::vector<bool> LeftOut(const Graph& graph, const std::vector<size_t>& order,
                          const std::unordered_map<std::string, size_t>& index,
                          Selection& selection) {
  std::vector<bool> left_out(graph.nodes.size());
  for (size_t i : order) {
    const Node& node = graph.nodes[i];
    left_out[i] = selection.excludes.Covers(node.address);
    for (size_t e = 0; e < node.edges.size() && !left_out[i]; ++e) {
      left_out[i] = left_out[index.at(node.edges[e].to)];
      if (left_out[i]) {
        selection.notes.push_back(fmt::format("`{}` is left out: it needs `{}`, which is excluded",
                                              node.address, node.edges[e].to));
      }
    }
  }
  return left_out;
}

}  // namespace

Result<AddressSet> AddressSet::Make(const std::vector<std::string>& names,
                                    const std::vector<std::string_view>& known) {
  AddressSet set;
  if (names.empty()) return set;
  std::unordered_set<std::string_view> meant;
  for (std::string_view address : known) {
    AnyName(address, [&](std::string_view name) {
      meant.insert(name);
      return false;
    });
  }
  for (const std::string& name : names) {
    OPS_ASSIGN(Address address, Address::Parse(name));
    auto spellings = Spellings(std::move(address));
    auto found = std::ranges::find_if(spellings, [&](const auto& s) { return meant.contains(s); });
    if (found == spellings.end()) return std::unexpected(UnknownAddress(spellings[0], known));
    set.names_.insert(*found);
  }
  return set;
}

bool AddressSet::Covers(std::string_view address) const {
  if (names_.empty()) return false;
  return AnyName(address,
                 [&](std::string_view name) { return names_.contains(std::string(name)); });
}

Result<Selection> Select(const Graph& graph, const std::vector<size_t>& order,
                         const PriorMap& prior, const PlanOptions& options) {
  if (options.scope == PlanOptions::Scope::kRequested && options.targets.empty()) {
    return Fail(ErrorKind::kInput, "nothing was named to be run",
                "name tasks, actions or pipelines: `opsc run NAME`");
  }
  std::vector<std::string_view> known;
  for (const Node& node : graph.nodes) known.push_back(node.address);
  for (const auto& [address, recorded] : prior) known.push_back(address);
  Selection selection;
  OPS_ASSIGN(selection.targets, AddressSet::Make(options.targets, known));
  OPS_ASSIGN(selection.excludes, AddressSet::Make(options.excludes, known));
  auto index = graph.BuildIndex();
  selection.nodes.resize(graph.nodes.size());
  selection.requested.resize(graph.nodes.size());
  std::vector<bool> left_out(graph.nodes.size());
  if (!selection.excludes.empty()) left_out = LeftOut(graph, order, index, selection);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    selection.requested[i] = selection.targets.Covers(node.address);
    bool wanted = selection.targets.empty() ? Starts(node, options.scope) : selection.requested[i];
    selection.nodes[i] = wanted && !left_out[i];
  }
  for (size_t k = order.size(); k-- > 0;) {
    if (!selection.nodes[order[k]]) continue;
    for (const Edge& edge : graph.nodes[order[k]].edges) selection.nodes[index.at(edge.to)] = true;
  }
  return selection;
}

}  // namespace opsc
