// The only file that sees yaml-cpp: its exceptions end here.
#include "runtime/kube/kubeconfig.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <optional>

#include "runtime/base/env.h"

namespace opsc {
namespace {

constexpr int kDeepest = 50;  // a kubeconfig is flat; deeper is an attack or a mistake

Value ScalarOf(const YAML::Node& node) {
  if (node.Tag() != "!") {  // not quoted
    bool truth = false;
    if (YAML::convert<bool>::decode(node, truth)) return Value::Bool(truth);
    if (node.Scalar() == "null" || node.Scalar() == "~") return Value::Null();
  }
  return Value::String(node.Scalar());
}

std::optional<Value> ValueOf(const YAML::Node& node, int depth) {
  if (depth > kDeepest) return std::nullopt;
  if (node.IsScalar()) return ScalarOf(node);
  if (node.IsSequence()) {
    std::vector<Value> items;
    for (const YAML::Node& item : node) {
      auto value = ValueOf(item, depth + 1);
      if (!value) return std::nullopt;
      items.push_back(std::move(*value));
    }
    return Value::List(std::move(items));
  }
  if (!node.IsMap()) return Value::Null();
  std::vector<Field> fields;
  for (const auto& pair : node) {
    if (!pair.first.IsScalar()) return std::nullopt;
    auto value = ValueOf(pair.second, depth + 1);
    if (!value) return std::nullopt;
    Symbol name(pair.first.Scalar());
    std::erase_if(fields, [&](const Field& field) { return field.first == name; });
    fields.emplace_back(name, std::move(*value));
  }
  return Value::Record(std::move(fields));
}

Result<Value> ParseYaml(const std::string& path, std::string_view text) {
  try {
    if (auto value = ValueOf(YAML::Load(std::string(text)), 0)) return std::move(*value);
    return Fail(ErrorKind::kInput, fmt::format("`{}` is no kubeconfig", path));
  } catch (const YAML::Exception& broken) {
    // The message of yaml-cpp can hold text of the file, so only the place is told.
    return Fail(ErrorKind::kInput, fmt::format("`{}` is no YAML: line {}, column {}", path,
                                               broken.mark.line + 1, broken.mark.column + 1));
  }
}

void AddEntries(const Value& file, std::string_view list, std::string_view part,
                const std::string& directory, std::map<std::string, Kubeconfig::Entry>& out) {
  const Value* entries = file.Find(list);
  if (entries == nullptr || !entries->is(ValueKind::kList)) return;
  for (const Value& entry : entries->AsList()) {
    const Value* name = entry.Find("name");
    const Value* fields = entry.Find(part);
    if (name == nullptr || !name->is(ValueKind::kString)) continue;
    out.try_emplace(std::string(name->AsString()),
                    Kubeconfig::Entry{fields == nullptr ? Value::Record({}) : *fields, directory});
  }
}

}  // namespace

Status AddKubeconfig(const std::string& path, std::string_view text, Kubeconfig& config) {
  OPS_ASSIGN(const Value file, ParseYaml(path, text));
  if (file.is_null()) return {};  // an empty file
  if (!file.is(ValueKind::kRecord)) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` is no kubeconfig", path));
  }
  std::string directory(DirName(path));
  AddEntries(file, "clusters", "cluster", directory, config.clusters);
  AddEntries(file, "users", "user", directory, config.users);
  AddEntries(file, "contexts", "context", directory, config.contexts);
  const Value* current = file.Find("current-context");
  if (config.current_context.empty() && current != nullptr && current->is(ValueKind::kString)) {
    config.current_context = current->AsString();
  }
  return {};
}

}  // namespace opsc
