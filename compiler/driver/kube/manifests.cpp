#include "compiler/driver/kube/manifests.h"

#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>

#include "runtime/value/json.h"
#include "runtime/yaml/yaml.h"

namespace opsc {
namespace {

Result<std::string> ReadAll(Env& env, const std::string& path) {
  if (path != "-") return env.ReadFile(path);
  std::string text;
  char buffer[65536];
  for (;;) {
    ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
    if (n < 0) return FailErrno("cannot read the standard input", errno);
    if (n == 0) return text;
    text.append(buffer, static_cast<size_t>(n));
  }
}

// JSON of one document is read by the faster reader.
Result<std::vector<YamlDocument>> Documents(const std::string& path, const std::string& text) {
  if (path.ends_with(".json")) {
    if (auto value = FromJson(text)) return std::vector{YamlDocument{*std::move(value), 1}};
  }
  return ReadYaml(text);
}

bool IsList(const Value& value) {
  const Value* kind = value.Find("kind");
  const Value* items = value.Find("items");
  bool list = kind && kind->is(ValueKind::kString) && kind->AsString().ends_with("List");
  return list && items && items->is(ValueKind::kList);
}

}  // namespace

Result<std::vector<LocatedObject>> ReadManifests(Env& env, const std::string& path) {
  OPS_ASSIGN(std::string text, ReadAll(env, path));
  std::string name = path == "-" ? "<stdin>" : path;
  auto documents = Documents(path, text);
  if (!documents) {
    return Fail(ErrorKind::kInput, fmt::format("{}: {}", name, documents.error().message),
                documents.error().hint);
  }
  std::vector<LocatedObject> manifests;
  for (YamlDocument& document : *documents) {
    if (document.value.is_null()) continue;
    if (!document.value.is(ValueKind::kRecord)) {
      return Fail(ErrorKind::kInput,
                  fmt::format("{}: line {}: this is no object", name, document.line));
    }
    if (!IsList(document.value)) {
      manifests.push_back({std::move(document.value), name, document.line});
      continue;
    }
    for (const Value& item : document.value.Find("items")->AsList()) {
      manifests.push_back({item, name, document.line});
    }
  }
  return manifests;
}

}  // namespace opsc
