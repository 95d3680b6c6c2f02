#include "compiler/driver/kube/immutable.h"

#include <algorithm>
#include <array>
#include <map>

#include "compiler/driver/kube/render.h"
#include "compiler/driver/kube/typed.h"
#include "runtime/graph/immutable_path.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

// Deep enough for real schemas, whose immutable fields lie below `spec`; types may hold themselves.
constexpr int kDeepest = 6;
constexpr std::array<std::string_view, 4> kHoldData = {"PersistentVolumeClaim", "PersistentVolume",
                                                       "Namespace", "CustomResourceDefinition"};

const NominalInfo* InfoOf(const Model& model, NominalId type) {
  auto found = model.nominals.find(static_cast<uint32_t>(type));
  return found == model.nominals.end() ? nullptr : &found->second;
}

bool IsImmutable(const NominalInfo* info, Symbol field) {
  if (info == nullptr) return false;
  return std::ranges::any_of(info->annotations, [&](const auto& entry) {
    auto immutable = [](Symbol word) { return word.text() == "immutable"; };
    return entry.first == field && std::ranges::any_of(entry.second, immutable);
  });
}

// Adds what is immutable in the type, at and below `path`. Items of lists have no path.
void AddPaths(const Model& model, NominalId type, const std::string& path, int depth,
              std::vector<std::string>& out) {
  if (depth == kDeepest) return;
  const NominalInfo* info = InfoOf(model, type);
  for (const RecordField& field : model.types.nominal[type].fields) {
    std::string at = path.empty() ? field.name.str() : path + "." + field.name.str();
    if (IsImmutable(info, field.name)) {
      out.push_back(ImmutablePath(at));
      continue;
    }
    TypeId inside = field.type;
    if (const auto* optional = model.types.As<OptionalType>(inside)) inside = optional->base;
    if (const auto* named = model.types.As<NamedType>(inside)) {
      AddPaths(model, named->nominal, at, depth + 1, out);
    }
  }
}

// The text that the type alone allows in a field; "" where it allows others.
std::string OnlyText(const Model& model, const NominalType& type, std::string_view name) {
  auto field = std::ranges::find(type.fields, Symbol(name), &RecordField::name);
  if (field == type.fields.end()) return "";
  const auto* literal = model.types.As<LiteralType>(field->type);
  bool text = literal != nullptr && literal->value.is(ValueKind::kString);
  return text ? std::string(literal->value.AsString()) : "";
}

// By "apps/v1 Deployment".
using ImmutableByKind = std::map<std::string, std::vector<std::string>>;
ImmutableByKind KindsOf(const Model& model) {
  ImmutableByKind kinds;
  for (size_t i = 0; i < model.types.nominal.size(); ++i) {
    auto id = static_cast<NominalId>(i);
    const NominalInfo* info = InfoOf(model, id);
    if (info == nullptr || info->kind.text() != kKubernetesKind) continue;
    const NominalType& type = model.types.nominal[id];
    std::string kind = OnlyText(model, type, "kind");
    std::string version = OnlyText(model, type, "apiVersion");
    bool holds_data = std::ranges::find(kHoldData, kind) != kHoldData.end();
    if (kind.empty() || version.empty() || holds_data) continue;
    AddPaths(model, id, "", 0, kinds[version + " " + kind]);
  }
  return kinds;
}

}  // namespace

void AddImmutable(const Model& model, Graph& graph) {
  ImmutableByKind kinds = KindsOf(model);
  if (kinds.empty()) return;
  for (Node& node : graph.nodes) {
    if (node.type != kKubernetesKind) continue;
    auto found =
        kinds.find(TextField(node.fields, "apiVersion") + " " + TextField(node.fields, "kind"));
    if (found == kinds.end()) continue;
    auto& paths = node.meta.replace_when;
    paths.insert(paths.end(), found->second.begin(), found->second.end());
  }
}

}  // namespace opsc
