#include "compiler/driver/kube/manifest_program.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/driver/kube/crd_module.h"
#include "compiler/driver/kube/object_address.h"
#include "compiler/driver/kube/typed.h"
#include "compiler/kube/instance_text.h"
#include "runtime/exec/glob.h"
#include "runtime/value/fields.h"
#include "runtime/yaml/yaml.h"

namespace opsc {
namespace {

constexpr std::string_view kRoot = "/manifests";
constexpr std::string_view kFile = "manifests.ops";

struct Selection {
  std::vector<Glob> include;
  std::vector<Glob> exclude;
};

Result<Selection> ParsePatterns(const ManifestPatterns& patterns) {
  Selection selection;
  for (const std::string& pattern : patterns) {
    bool leaves_out = pattern.starts_with('!');
    OPS_ASSIGN(Glob glob, Glob::Parse(std::string_view(pattern).substr(leaves_out ? 1 : 0)));
    (leaves_out ? selection.exclude : selection.include).push_back(std::move(glob));
  }
  return selection;
}

bool IsHidden(const std::string& path) {
  return path.starts_with('.') || path.contains("/.");
}

bool IsSelected(const Selection& selection, const std::string& path) {
  auto matches = [&](const Glob& glob) { return glob.Matches(path); };
  auto names = [&](const Glob& glob) {
    bool hidden = IsHidden(path) && !IsHidden(glob.is_plain() ? glob.plain_path() : glob.base());
    return glob.Matches(path) && !hidden;
  };
  return std::ranges::any_of(selection.include, names) &&
         std::ranges::none_of(selection.exclude, matches);
}

Status CheckObject(const LocatedObject& manifest) {
  const Value& object = manifest.value;
  std::string kind = TextField(object, "kind");
  std::string why;
  std::string hint;
  if (TextField(object, "apiVersion").empty() || kind.empty()) {
    why = "this is no object: it has no `apiVersion` and `kind`";
    hint = "leave the file out with a pattern: `!PATTERN`";
  } else if (MetadataField(object, "name").empty()) {
    why = fmt::format("the {} has no `metadata.name`", kind);
    hint = kind == "Kustomization"
               ? "what kustomize makes of it can be committed; leave this file out: `!PATTERN`"
               : "what has `generateName` would be another object each time";
  }
  if (why.empty()) return {};
  return Fail(ErrorKind::kInput, fmt::format("{}:{}: {}", manifest.file, manifest.line, why), hint);
}

// The objects of all selected files, in the order of their paths.
Result<std::vector<LocatedObject>> ReadSelected(GitTree& tree, const ManifestPatterns& patterns,
                                                std::map<std::string, std::string>& texts) {
  OPS_ASSIGN(const Selection selection, ParsePatterns(patterns));
  std::vector<LocatedObject> objects;
  for (const auto& [path, entry] : tree.entries()) {
    if (!IsSelected(selection, path)) continue;
    OPS_ASSIGN(std::string text, tree.Read(path));
    OPS_ASSIGN(auto found, ObjectsIn(path, text));
    for (LocatedObject& object : found) {
      OPS_TRY(CheckObject(object));
      objects.push_back(std::move(object));
    }
    texts.emplace(path, std::move(text));
  }
  return objects;
}

// Types of definitions that stand among the manifests: "example.org/v1 Widget" → "crd_0.Widget".
using OwnTypes = std::map<std::string, std::string>;

// Each definition is a module of its own, which the program imports.
OwnTypes AddDefinitions(const std::vector<LocatedObject>& objects, ManifestProgram& made,
                        std::string& imports) {
  OwnTypes types;
  for (const LocatedObject& object : objects) {
    if (TextField(object.value, "kind") != "CustomResourceDefinition") continue;
    std::string yaml = WriteYaml(object.value);
    std::string kind = StoredKind(object.value);
    if (kind.empty() || !ModuleOfCrds(yaml)) continue;  // the server may know what to do with it
    std::string name = fmt::format("crd_{}", types.size());
    types[kind] = name + "." + kind.substr(kind.find(' ') + 1);
    std::string file = name + ".yaml";
    OPS_CHECK(made.env->WriteFile(JoinPath(kRoot, file), yaml, 0644), "memory takes files");
    imports += fmt::format("import \"./{}\" as {}\n", file, name);
  }
  return types;
}

std::string TypeFor(const Value& object, const OwnTypes& own, std::set<std::string>& imports) {
  if (auto type = BuiltinTypeOf(object)) {
    std::string local = type->type.substr(0, type->type.find('.'));
    if (!type->import.empty())
      imports.insert(fmt::format("import {} as {}\n", type->import, local));
    return type->type;
  }
  auto found = own.find(TextField(object, "apiVersion") + " " + TextField(object, "kind"));
  return found == own.end() ? "k8s.Object" : found->second;
}

std::string InstanceOf(const PlacedObject& object, std::vector<std::string>& left_out,
                       std::vector<kube::TextMark>* marks) {
  kube::InstanceHead head{object.type, object.address, object.type != "k8s.Object"};
  return kube::InstanceText(object.manifest.value, head, left_out, marks);
}

Status RefuseTwice(const std::map<std::string, const LocatedObject*>& known,
                   const PlacedObject& object) {
  auto other = known.find(object.address);
  if (other == known.end()) return {};
  const LocatedObject& second = object.manifest;
  std::string space = MetadataField(second.value, "namespace");
  return Fail(
      ErrorKind::kInput,
      fmt::format("{}:{}: {} `{}{}{}` stands in {}:{} already", second.file, second.line,
                  TextField(second.value, "kind"), space, space.empty() ? "" : "/",
                  MetadataField(second.value, "name"), other->second->file, other->second->line));
}

Status RefuseLeftOut(const PlacedObject& object, const std::vector<std::string>& left_out) {
  for (const std::string& field : left_out) {
    if (field == "status") continue;
    return Fail(ErrorKind::kInput,
                fmt::format("{}:{}: the field `{}` of the {} means something to opsc in every "
                            "instance, and cannot be sent",
                            object.manifest.file, object.manifest.line, field,
                            TextField(object.manifest.value, "kind")),
                "leave the file out, and write the object in .ops or apply it by hand");
  }
  return {};
}

YamlPath PathInDocument(const LocatedObject& manifest, const YamlPath& path) {
  if (!manifest.item) return path;
  YamlPath inside{YamlStep::Key("items"), YamlStep::Item(*manifest.item)};
  inside.insert(inside.end(), path.begin(), path.end());
  return inside;
}

// Where in the manifests an offset of the program's text comes from.
struct Origin {
  const PlacedObject* object = nullptr;
  size_t offset = 0;
};
Origin OriginOf(const ManifestProgram& manifests, size_t offset) {
  auto after = std::ranges::upper_bound(manifests.objects, offset, {}, &PlacedObject::begin);
  if (after == manifests.objects.begin()) return {};
  const PlacedObject& object = *std::prev(after);
  std::vector<std::string> left_out;
  std::vector<kube::TextMark> marks;
  InstanceOf(object, left_out, &marks);
  kube::TextMark nearest;
  for (const kube::TextMark& mark : marks) {
    if (object.begin + mark.offset <= offset) nearest = mark;
  }
  const LocatedObject& manifest = object.manifest;
  const std::string& text = manifests.texts.at(manifest.file);
  YamlPlace place = LocateInYaml(text, manifest.document, PathInDocument(manifest, nearest.path));
  // What begins on the next line has the key as its head.
  bool below = text.substr(place.key, place.value - place.key).contains('\n');
  bool key = nearest.part == kube::TextMark::Part::kKey || below;
  return {&object, key ? place.key : place.value};
}

// One that was made elsewhere. Its message stands for its arguments until it is replaced.
void AddMade(Diagnostic made, Diagnostics& out) {
  const std::string& text = made.message;
  Diagnostic& added = out.Add(made.id, made.span, {text, text, text, text, text, text, text, text});
  added = std::move(made);
}

// From the place to the end of its word.
Span SpanAt(FileId file, const std::string& text, size_t offset) {
  size_t end = text.find_first_of(" \t\r\n,:]}#", offset);
  end = std::max(std::min(end, text.size()), std::min(offset + 1, text.size()));
  return {file, static_cast<uint32_t>(offset), static_cast<uint32_t>(end)};
}

}  // namespace

Result<ManifestProgram> ReadManifestProgram(GitTree& tree, const ManifestPatterns& patterns,
                                            const std::string& state_dir) {
  ManifestProgram made;
  made.env = std::make_unique<MemoryEnv>();
  made.project = {std::string(kRoot), state_dir, {std::string(kFile)}};
  OPS_CHECK(made.env->MakeDirs(std::string(kRoot)), "memory takes folders");
  OPS_ASSIGN(auto objects, ReadSelected(tree, patterns, made.texts));
  std::string head = "edition 2026\n\nimport std.k8s\n";
  OwnTypes own = AddDefinitions(objects, made, head);
  std::set<std::string> imports;
  std::string body;
  std::map<std::string, const LocatedObject*> known;
  made.objects.reserve(objects.size());  // `known` points into it
  for (LocatedObject& object : objects) {
    std::string type = TypeFor(object.value, own, imports);
    std::string address = ObjectAddress(object.value);
    PlacedObject placed{std::move(object), std::move(type), std::move(address)};
    OPS_TRY(RefuseTwice(known, placed));
    std::vector<std::string> left_out;
    placed.begin = body.size();
    body += InstanceOf(placed, left_out, nullptr);
    placed.end = body.size();
    OPS_TRY(RefuseLeftOut(placed, left_out));
    made.objects.push_back(std::move(placed));
    known.emplace(made.objects.back().address, &made.objects.back().manifest);
  }
  for (const std::string& line : imports) head += line;
  for (PlacedObject& object : made.objects) {
    object.begin += head.size();
    object.end += head.size();
  }
  OPS_CHECK(made.env->WriteFile(JoinPath(kRoot, kFile), head + body, 0644), "memory takes files");
  return made;
}

void PlaceDiagnostics(const ManifestProgram& manifests, LoadedProgram& program) {
  Sources& sources = program.parsed.sources;
  std::map<std::string, FileId> files;
  auto place = [&](Span& span) {
    if (!span.valid() || sources[span.file].path != kFile) return;
    Origin origin = OriginOf(manifests, span.begin);
    if (origin.object == nullptr) return;
    const std::string& path = origin.object->manifest.file;
    const std::string& text = manifests.texts.at(path);
    auto [file, is_new] = files.try_emplace(path);
    if (is_new) file->second = sources.Add(path, text);
    span = SpanAt(file->second, text, origin.offset);
  };
  Diagnostics placed;
  for (Diagnostic diagnostic : program.diagnostics.all()) {
    place(diagnostic.span);
    for (RelatedSpan& related : diagnostic.related) place(related.span);
    diagnostic.fixes.clear();  // they would edit a text that nobody has
    AddMade(std::move(diagnostic), placed);
  }
  program.diagnostics = std::move(placed);
  program.diagnostics.SortBySource();
}

void PlaceNodes(const ManifestProgram& manifests, Graph& graph) {
  std::map<std::string_view, const LocatedObject*> objects;
  for (const PlacedObject& object : manifests.objects) {
    objects.emplace(object.address, &object.manifest);
  }
  for (Node& node : graph.nodes) {
    auto found = objects.find(node.address);
    if (found != objects.end()) node.origin = {found->second->file, found->second->line, 1};
  }
}

}  // namespace opsc
