// Import and back: every object of the corpus comes out equal.
#include "compiler/driver/kube/import.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "compiler/driver/kube/render.h"
#include "compiler/driver/project/load.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

// The sources: above the program, wherever it was built, or above the working directory.
std::filesystem::path Corpus() {
  for (std::filesystem::path path : {std::filesystem::read_symlink("/proc/self/exe").parent_path(),
                                     std::filesystem::current_path()}) {
    for (; path.has_relative_path(); path = path.parent_path()) {
      if (std::filesystem::exists(path / "test/kube/corpus")) return path / "test/kube/corpus";
    }
  }
  return {};
}

std::vector<LocatedObject> ReadCorpus() {
  auto env = MakeRealEnv();
  std::vector<LocatedObject> all;
  for (const char* name :
       {"cluster.yaml", "config.yaml", "custom.yaml", "network.json", "workloads.yaml"}) {
    auto manifests = ReadManifests(*env, (Corpus() / name).string());
    EXPECT_TRUE(manifests) << (manifests ? "" : manifests.error().message);
    for (LocatedObject& manifest : *manifests) all.push_back(std::move(manifest));
  }
  return all;
}

// Fields in the order of their names, without those that are null.
Value Canonical(const Value& value) {
  if (value.is(ValueKind::kList)) {
    std::vector<Value> items;
    for (const Value& item : value.AsList()) items.push_back(Canonical(item));
    return Value::List(std::move(items));
  }
  if (!value.is(ValueKind::kRecord)) return value;
  std::vector<Field> fields;
  for (const auto& [name, field] : value.AsRecord()) {
    if (!field.is_null()) fields.emplace_back(name, Canonical(field));
  }
  std::ranges::sort(fields, {}, [](const Field& field) { return field.first.text(); });
  return Value::Record(std::move(fields));
}

std::string Text(const Value& value) {
  return ToJson(Canonical(value), SecretPolicy::kReveal, 1);
}

// What the cluster writes is no part of a program.
Value WithoutStatus(const Value& object) {
  std::vector<Field> fields;
  for (const Field& field : object.AsRecord()) {
    if (field.first.text() != "status") fields.push_back(field);
  }
  return Value::Record(std::move(fields));
}

// The objects of the program, in source order.
std::vector<Value> Rendered(const std::string& program_text) {
  MemoryEnv env;
  EXPECT_TRUE(env.MakeDirs("/p"));
  EXPECT_TRUE(env.WriteFile("/p/main.ops", program_text, 0644));
  Project project{"/p", "/p/.ops", {"main.ops"}};
  auto program = CheckProject(env, project);
  EXPECT_TRUE(program->ok());
  std::vector<Value> objects;
  if (!program->ok()) return objects;
  program->evaluation = Evaluate(program->model, program->parsed.sources, {}, program->diagnostics);
  EXPECT_TRUE(program->evaluation);
  if (!program->evaluation) return objects;
  for (const Node& node : program->evaluation->graph().nodes) {
    auto manifest = ManifestOf(node);
    EXPECT_TRUE(manifest) << node.address;
    if (manifest) objects.push_back(*std::move(manifest));
  }
  return objects;
}

TEST(Import, RenderGivesEqualObjects) {
  std::vector<LocatedObject> manifests = ReadCorpus();
  EXPECT_GE(manifests.size(), 60u);
  auto imported = ImportManifests(manifests);
  ASSERT_TRUE(imported) << imported.error().message;
  std::vector<Value> objects = Rendered(imported->text);
  ASSERT_EQ(objects.size(), manifests.size());
  for (size_t i = 0; i < objects.size(); ++i) {
    EXPECT_EQ(Text(objects[i]), Text(WithoutStatus(manifests[i].value)));
  }
}

TEST(Import, OnlyWhatHasNoTypeOrDoesNotFitIsUntyped) {
  auto imported = ImportManifests(ReadCorpus());
  ASSERT_TRUE(imported);
  std::vector<std::string> untyped;
  for (const std::string& note : imported->notes) {
    size_t kept = note.find(": kept as k8s.Object");
    if (kept == std::string::npos) continue;
    std::string what = note.substr(0, kept);
    untyped.push_back(what.substr(what.find(' ') + 1));
  }
  EXPECT_EQ(untyped, (std::vector<std::string>{
                         "Widget one", "Certificate web", "PrometheusRule web", "Application shop",
                         "Deployment typo", "ConfigMap number", "Service web"}));
}

}  // namespace
}  // namespace opsc
