#include "runtime/registry/gate_clauses.h"

#include <nlohmann/json.hpp>

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

// The parts between the words `and` that stand in no brackets; none where there is an `or` or the
// like beside them, which binds less.
std::vector<std::string> PartsOf(std::string_view text) {
  const size_t arrow = text.find("=>");
  if (arrow != std::string_view::npos) text.remove_prefix(arrow + 2);
  std::vector<std::string> parts(1);
  int depth = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    depth += std::string_view("([{").find(text[at]) != std::string_view::npos;
    depth -= std::string_view(")]}").find(text[at]) != std::string_view::npos;
    if (depth == 0 && text.substr(at).starts_with(" and ")) {
      parts.emplace_back();
      at += 4;
    } else if (parts.back().empty() ? text[at] != ' ' : true) {
      parts.back() += text[at];
    }
  }
  return parts;
}

// The nodes of which the node is the conjunction, from left to right.
void AppendOperands(const Json& nodes, size_t node, std::vector<size_t>& out) {
  const Json& made = nodes.at(node);
  if (made.at(0) != "and") return out.push_back(node);
  AppendOperands(nodes, made.at(1).get<size_t>(), out);
  AppendOperands(nodes, made.at(2).get<size_t>(), out);
}

std::vector<std::string> SerialisedClauses(std::string_view serialised) {
  Json gate = Json::parse(serialised, nullptr, /*allow_exceptions=*/false);
  if (!gate.is_object()) return {};
  std::vector<std::string> clauses;
  try {
    std::vector<size_t> operands;
    AppendOperands(gate.at("nodes"), gate.at("outputs").at(0).at("value").get<size_t>(), operands);
    for (const size_t node : operands) {
      gate["outputs"][0]["value"] = node;
      clauses.push_back(gate.dump());
    }
  } catch (const Json::exception&) {
    return {};
  }
  return clauses;
}

}  // namespace

std::vector<GateClause> ClausesOf(std::string_view serialised, std::string_view text,
                                  KernelLoader& kernels) {
  const std::vector<std::string> parts = PartsOf(text);
  const std::vector<std::string> made = SerialisedClauses(serialised);
  if (parts.size() < 2 || parts.size() != made.size()) return {};
  std::vector<GateClause> clauses;
  for (size_t at = 0; at < parts.size(); ++at) {
    auto kernel = kernels.Load(made[at]);
    if (!kernel) return {};
    clauses.push_back({parts[at], *std::move(kernel)});
  }
  return clauses;
}

}  // namespace opsc
