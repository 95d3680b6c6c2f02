#include "compiler/driver/kube/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "compiler/driver/kube/typed.h"
#include "compiler/driver/project/load.h"
#include "compiler/kube/instance_text.h"
#include "compiler/syntax/format.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

// An object on its way into the program.
struct Draft {
  const LocatedObject* manifest = nullptr;
  std::string name;
  std::optional<TypeReference> type;  // absent: a k8s.Object
  std::string why_open;               // then: the reason
  size_t begin = 0;                   // in the text that was checked
  size_t end = 0;
};

std::string Shown(const LocatedObject& manifest) {
  std::string kind = TextField(manifest.value, "kind");
  std::string name = MetadataField(manifest.value, "name");
  return fmt::format("{}:{} {} {}", manifest.file, manifest.line, kind.empty() ? "?" : kind,
                     name.empty() ? "?" : name);
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// "web", or where another has it "web_service", "web_service_2".
std::string FreeName(const LocatedObject& manifest, std::set<std::string>& taken) {
  std::string base = kube::InstanceName(MetadataField(manifest.value, "name"));
  std::string with_kind = base + "_" + Lower(kube::InstanceName(TextField(manifest.value, "kind")));
  for (const std::string& name : {base, with_kind}) {
    if (taken.insert(name).second) return name;
  }
  for (int i = 2;; ++i) {
    std::string name = fmt::format("{}_{}", with_kind, i);
    if (taken.insert(name).second) return name;
  }
}

std::vector<Draft> DraftsOf(const std::vector<LocatedObject>& manifests) {
  std::set<std::string> taken = {"k8s", "true", "false", "null"};
  std::vector<Draft> drafts;
  for (const LocatedObject& manifest : manifests) {
    Draft draft;
    draft.manifest = &manifest;
    draft.name = FreeName(manifest, taken);
    draft.type = BuiltinTypeOf(manifest.value);
    if (!draft.type) {
      draft.why_open =
          fmt::format("there is no type for {} {}", TextField(manifest.value, "apiVersion"),
                      TextField(manifest.value, "kind"));
    }
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

// Values that a reader of the sources would see.
bool HoldsSecrets(const Draft& draft) {
  const Value& object = draft.manifest->value;
  return TextField(object, "kind") == "Secret" &&
         (object.Find("data") || object.Find("stringData"));
}

std::string CommentOf(const Draft& draft) {
  std::string text;
  if (!draft.why_open.empty()) text += "// Untyped: " + draft.why_open + ".\n";
  if (HoldsSecrets(draft)) {
    text +=
        "// Secret in clear: read the values with secret_env(\"NAME\") or secret_file(\"PATH\").\n";
  }
  return text;
}

// The whole program; notes where each instance stands.
std::string ProgramText(std::vector<Draft>& drafts, std::vector<std::string>& notes) {
  std::string text = "edition 2026\n\nimport std.k8s\n";
  std::set<std::pair<std::string, std::string>> imports;
  for (const Draft& draft : drafts) {
    if (!draft.type || draft.type->import.empty()) continue;
    imports.emplace(draft.type->import, draft.type->type.substr(0, draft.type->type.find('.')));
  }
  for (const auto& [path, name] : imports) text += fmt::format("import {} as {}\n", path, name);
  for (Draft& draft : drafts) {
    text += "\n" + CommentOf(draft);
    std::vector<std::string> left_out;
    kube::InstanceHead head{draft.type ? draft.type->type : "k8s.Object", draft.name,
                            draft.type.has_value()};
    draft.begin = text.size();
    text += kube::InstanceText(draft.manifest->value, head, left_out);
    draft.end = text.size();
    for (const std::string& field : left_out) {
      notes.push_back(fmt::format(
          "{}: the field `{}` is not carried over: {}", Shown(*draft.manifest), field,
          field == "status" ? "the cluster writes it" : "every instance has one of this name"));
    }
  }
  return text;
}

// Checks and evaluates the program in memory; opens the drafts that do not fit. False: all fit.
bool OpenWhatDoesNotFit(const std::string& text, std::vector<Draft>& drafts, Diagnostics& all) {
  MemoryEnv env;
  Project project{"/import", "/import/.ops", {"import.ops"}};
  OPS_CHECK(env.MakeDirs("/import"), "memory takes folders");
  OPS_CHECK(env.WriteFile("/import/import.ops", text, 0644), "memory takes files");
  auto program = CheckProject(env, project);
  if (program->ok()) {
    EvalOptions options;
    program->evaluation =
        Evaluate(program->model, program->parsed.sources, options, program->diagnostics);
  }
  bool changed = false;
  for (const Diagnostic& diagnostic : program->diagnostics.all()) {
    if (diagnostic.severity != Severity::kError) continue;
    for (Draft& draft : drafts) {
      bool inside = program->parsed.sources[diagnostic.span.file].path == "import.ops" &&
                    draft.begin <= diagnostic.span.begin && diagnostic.span.begin < draft.end;
      if (!inside || !draft.type) continue;
      draft.why_open = diagnostic.message;
      draft.type.reset();
      changed = true;
    }
  }
  all = program->diagnostics;
  return changed;
}

// Null fields mean nothing to the API; they are left out and said.
size_t NullFields(const Value& value) {
  size_t count = 0;
  if (value.is(ValueKind::kRecord)) {
    for (const auto& [name, field] : value.AsRecord())
      count += field.is_null() ? 1 : NullFields(field);
  } else if (value.is(ValueKind::kList)) {
    for (const Value& item : value.AsList()) count += NullFields(item);
  }
  return count;
}

Result<std::string> Formatted(std::string text) {
  Sources sources;
  Diagnostics diagnostics;
  FileId file = sources.Add("import.ops", std::move(text));
  return Format(sources, file, diagnostics);
}

}  // namespace

Result<ImportedProgram> ImportManifests(const std::vector<LocatedObject>& manifests) {
  std::vector<Draft> drafts = DraftsOf(manifests);
  ImportedProgram imported;
  Diagnostics diagnostics;
  std::string text;
  do {
    imported.notes.clear();
    text = ProgramText(drafts, imported.notes);
  } while (OpenWhatDoesNotFit(text, drafts, diagnostics));
  if (diagnostics.has_errors()) {
    return Fail(ErrorKind::kInput,
                "the objects cannot be written as a program: " + diagnostics.all()[0].message);
  }
  OPS_ASSIGN(imported.text, Formatted(std::move(text)));
  for (const Draft& draft : drafts) {
    if (!draft.why_open.empty())
      imported.notes.push_back(
          fmt::format("{}: kept as k8s.Object: {}", Shown(*draft.manifest), draft.why_open));
    if (HoldsSecrets(draft))
      imported.notes.push_back(Shown(*draft.manifest) +
                               ": its values stand in the source in clear");
    if (size_t nulls = NullFields(draft.manifest->value); nulls > 0) {
      imported.notes.push_back(fmt::format("{}: {} null field{} left out", Shown(*draft.manifest),
                                           nulls, nulls == 1 ? "" : "s"));
    }
  }
  return imported;
}

}  // namespace opsc
