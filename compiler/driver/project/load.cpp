#include <atomic>
#include <set>
#include <thread>

#include "compiler/driver/kube/crd_module.h"
#include "compiler/driver/kube/immutable.h"
#include "compiler/driver/project/kinds.h"
#include "compiler/driver/project/load.h"
#include "compiler/syntax/parse.h"
#include "opsc_stdlib.h"
#include "runtime/graph/natural_order.h"

namespace opsc {
namespace {

constexpr std::string_view kPrelude = "prelude";
constexpr size_t kParallelBytes = 64 * 1024;  // below, a thread costs more than it saves

// Files that wait to be parsed, and the module that each belongs to.
struct ModuleBatch {
  std::vector<FileId> files;
  std::vector<ParsedModule*> modules;
  size_t bytes = 0;

  void Add(FileId file, ParsedModule* module, size_t size) {
    files.push_back(file);
    modules.push_back(module);
    bytes += size;
  }
};

void ParseBatch(const ModuleBatch& batch, ParsedProgram& out, Diagnostics& diagnostics) {
  std::vector<ast::File> trees(batch.files.size());
  std::vector<Diagnostics> found(batch.files.size());
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t i = next++; i < batch.files.size(); i = next++) {
      trees[i] = Parse(out.sources, batch.files[i], {}, found[i]);
    }
  };
  std::vector<std::jthread> threads;
  size_t cores = std::max(1u, std::thread::hardware_concurrency());
  size_t helpers = batch.bytes < kParallelBytes ? 0 : std::min(cores, batch.files.size()) - 1;
  for (size_t i = 0; i < helpers; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  for (size_t i = 0; i < trees.size(); ++i) {
    diagnostics.Append(found[i]);
    out.files.push_back(std::move(trees[i]));
    batch.modules[i]->files.push_back(&out.files.back());
  }
}

// Enters a text as it is in `sources`: to be parsed, or indexed.
void AddText(FileId file, Use use, const ParsedProgram& program, ParsedModule& module,
             ModuleBatch& batch) {
  const std::string& text = program.sources[file].text;
  auto decls = use == Use::kOnDemand ? IndexDeclarations(text) : std::nullopt;
  if (!decls) return batch.Add(file, &module, text.size());
  module.on_demand.push_back({file, *std::move(decls)});
}

void AddStdlib(std::string_view name, Use use, ParsedProgram& out, ParsedModule& module,
               ModuleBatch& batch) {
  module.path = "std/" + std::string(name);
  for (size_t i = 0; i < kStdlibSize; ++i) {
    const EmbeddedFile& file = kStdlib[i];
    if (DirName(file.path) != name) continue;
    FileId id = out.sources.Add("std/" + std::string(file.path), std::string(file.text));
    AddText(id, use, out, module, batch);
  }
}

void AddUnreadable(const std::string& path, const Error& error, ParsedProgram& out,
                   Diagnostics& diagnostics) {
  std::string_view reason = error.message;  // "cannot open PATH: REASON"
  if (size_t at = reason.rfind(": "); at != reason.npos) reason.remove_prefix(at + 2);
  FileId id = out.sources.Add(path, "");
  diagnostics.Add(Diag::kUnreadableFile, {id, 0, 0}, {path, reason}).hint =
      error.hint.empty() ? "each `.ops` file of the directory belongs to the module: repair it, or "
                           "give it another name"
                         : error.hint;
}

void AddFiles(Env& env, const Project& project, const std::vector<std::string>& paths, Use use,
              ParsedProgram& out, ParsedModule& module, ModuleBatch& batch,
              Diagnostics& diagnostics) {
  for (const std::string& path : paths) {
    Result<std::string> text = env.ReadFile(project.Absolute(path));
    if (!text) {
      AddUnreadable(path, text.error(), out, diagnostics);
      continue;
    }
    AddText(out.sources.Add(path, std::move(*text)), use, out, module, batch);
  }
}

}  // namespace

std::string ImportPath(const std::string& importer, const ast::ImportDecl& import) {
  if (import.path) {
    bool from_root = importer.empty() || importer == ".";
    return NormalRelativePath(from_root ? *import.path : JoinPath(importer, *import.path))
        .value_or("");
  }
  if (import.qname.size() < 2 || import.qname[0].text.text() != "std") return "";
  std::string path = "std";
  for (size_t i = 1; i < import.qname.size(); ++i) path += "/" + import.qname[i].text.str();
  return path;
}

namespace {

// The first link among `path` and the directories above it: where it stands in `path`, and what it
// says, from the project root on. Those that leave the project are passed over.
std::optional<std::pair<std::string, std::string>> FirstLink(Env& env, const Project& project,
                                                             const std::string& path) {
  for (size_t end = 0; end != path.npos;) {
    end = path.find('/', end + 1);
    const std::string place = path.substr(0, end);
    if (env.Stat(project.Absolute(place)).type != FileType::kSymlink) continue;
    Result<std::string> target = env.ReadLink(project.Absolute(place));
    if (!target) continue;
    const size_t slash = place.rfind('/');
    const std::string above = slash == place.npos ? "" : place.substr(0, slash + 1);
    const std::string root = project.root + "/";
    auto inside = target->starts_with(root)  ? NormalRelativePath(target->substr(root.size()))
                  : target->starts_with('/') ? std::nullopt
                                             : NormalRelativePath(above + *target);
    if (inside) return std::pair(place, *std::move(inside));
  }
  return std::nullopt;
}

// The module that an import names. Links inside the project are followed: a directory is one
// module, by whatever name it is imported.
std::string ModulePath(Env& env, const Project& project, const std::string& importer,
                       const ast::ImportDecl& import) {
  constexpr int kMaxLinks = 40;  // as the kernel
  std::string path = ImportPath(importer, import);
  if (!import.path || path.empty()) return path;
  for (int links = 0; links < kMaxLinks; ++links) {
    const auto link = FirstLink(env, project, path);
    if (!link) break;
    const auto& [place, target] = *link;
    const auto followed = NormalRelativePath(target + path.substr(place.size()));
    if (!followed) break;
    path = *followed;
  }
  return path;
}

// Adds the paths of modules that `module` imports and that are not there yet.
void CollectMissing(Env& env, const Project& project, const ParsedModule& module,
                    const ParsedProgram& program, std::set<std::string>& missing) {
  for (const ast::File* file : module.files) {
    for (ast::DeclId id : file->items) {
      const auto* import = std::get_if<ast::ImportDecl>(&file->decls[id].node);
      if (!import) continue;
      std::string path = ModulePath(env, project, module.path, *import);
      bool other = !path.empty() && path != ".";
      if (other && !program.imported.contains(path)) missing.insert(path);
    }
  }
}

// The definitions of custom resources in a file, as sources made of it.
void AddManifests(Env& env, const Project& project, const std::string& path, ParsedProgram& out,
                  ParsedModule& module, ModuleBatch& batch, Diagnostics& diagnostics) {
  Result<std::string> yaml = env.ReadFile(project.Absolute(path));
  Result<std::string> text = yaml ? ModuleOfCrds(*yaml) : yaml;
  FileId file = out.sources.Add(path, text ? *text : "");
  if (text) return AddText(file, Use::kOnDemand, out, module, batch);
  diagnostics.Add(Diag::kUnreadableFile, {file, 0, 0}, {path, text.error().message});
}

void AddModule(Env& env, const Project& project, const std::string& path, ParsedProgram& out,
               ModuleBatch& batch, Diagnostics& diagnostics) {
  auto [entry, is_new] = out.imported.try_emplace(path);
  if (!is_new) return;
  entry->second.path = path;
  if (path.starts_with("std/")) {
    AddStdlib(path.substr(4), Use::kOnDemand, out, entry->second, batch);
    return;
  }
  if (IsManifestPath(path)) {
    return AddManifests(env, project, path, out, entry->second, batch, diagnostics);
  }
  std::vector<std::string> files;
  for (const std::string& name : OpsFilesIn(env, project.Absolute(path))) {
    files.push_back(JoinPath(path, name));
  }
  AddFiles(env, project, files, Use::kOnDemand, out, entry->second, batch, diagnostics);
}

// An import that the checker asks for; one that stands in an on-demand file is read only now.
const ParsedModule* LoadImported(Env& env, const Project& project, const std::string& importer,
                                 const ast::ImportDecl& import, LoadedProgram& program) {
  std::string path = ModulePath(env, project, importer, import);
  if (path.empty()) return nullptr;
  if (path == ".") return &program.parsed.root;
  ModuleBatch batch;
  AddModule(env, project, path, program.parsed, batch, program.diagnostics);
  ParseBatch(batch, program.parsed, program.diagnostics);
  const ParsedModule& module = program.parsed.imported.at(path);
  return module.files.empty() && module.on_demand.empty() ? nullptr : &module;
}

const ast::File* ReadItem(FileId file, const IndexedDecl& decl, LoadedProgram& program) {
  ParsedProgram& parsed = program.parsed;
  auto& reader = parsed.on_demand[file];
  if (!reader) {
    reader =
        std::make_unique<ItemReader>(parsed.sources, file, ParseOptions{}, program.diagnostics);
  }
  return &parsed.files.emplace_back(reader->Read(decl.begin, decl.end));
}

}  // namespace

void ParseProject(Env& env, const Project& project, ParsedProgram& out, Diagnostics& diagnostics) {
  ModuleBatch batch;
  AddStdlib(kPrelude, Use::kWhole, out, out.prelude, batch);
  AddFiles(env, project, project.files, Use::kWhole, out, out.root, batch, diagnostics);
  ParseBatch(batch, out, diagnostics);
  std::vector<const ParsedModule*> fresh = {&out.prelude, &out.root};
  while (!fresh.empty()) {
    std::set<std::string> missing;
    for (const ParsedModule* module : fresh) CollectMissing(env, project, *module, out, missing);
    ModuleBatch wave;
    fresh.clear();
    for (const std::string& path : missing) {
      AddModule(env, project, path, out, wave, diagnostics);
      fresh.push_back(&out.imported.at(path));
    }
    ParseBatch(wave, out, diagnostics);
  }
}

ParsedModule ParseStdlib(std::string_view module, Use use, ParsedProgram& out,
                         Diagnostics& diagnostics) {
  ParsedModule parsed;
  ModuleBatch batch;
  AddStdlib(module, use, out, parsed, batch);
  ParseBatch(batch, out, diagnostics);
  return parsed;
}

std::vector<std::string> StdlibModules() {
  std::set<std::string> names;
  for (size_t i = 0; i < kStdlibSize; ++i) names.emplace(DirName(kStdlib[i].path));
  return {names.begin(), names.end()};
}

std::unique_ptr<LoadedProgram> CheckProject(Env& env, const Project& project) {
  auto program = std::make_unique<LoadedProgram>();
  ParsedProgram& parsed = program->parsed;
  ParseProject(env, project, parsed, program->diagnostics);
  program->builtins = Builtins();
  LoadedProgram& loaded = *program;
  program->check_inputs = {
      .sources = &parsed.sources,
      .prelude = &parsed.prelude,
      .root = &parsed.root,
      .load =
          [&env, project, &loaded](const std::string& importer, const ast::ImportDecl& import) {
            return LoadImported(env, project, importer, import, loaded);
          },
      .std_modules = StdlibModules(),
      .builtins = &program->builtins,
      .parse = [&loaded](FileId file,
                         const IndexedDecl& decl) { return ReadItem(file, decl, loaded); },
  };
  program->model = Check(program->check_inputs, program->diagnostics);
  program->diagnostics.SortBySource();
  return program;
}

EvalOptions EvaluationOptions(Env& env, const Project& project,
                              std::map<std::string, std::string> params, Secrets secrets,
                              LoadedProgram& program) {
  EvalOptions options;
  options.params = std::move(params);
  options.run_started_ns = env.Now().time_since_epoch().count();
  options.complete = [&program](Graph& graph) {
    KindTable kinds;
    AddKinds(kinds);
    AddNaturalOrder(kinds, graph);
    AddImmutable(program.model, graph);
  };
  if (secrets == Secrets::kUnknown) return options;
  options.secrets_may_be_unread = secrets == Secrets::kReadWhereNeeded;
  if (secrets == Secrets::kNamed) {
    options.run_started_ns = 0;
    options.read_secret = [](std::string_view source, const std::string& name) {
      return Result<std::string>(std::string(source) + ":" + name);
    };
    return options;
  }
  options.read_secret = [&env, &project, &program](std::string_view source,
                                                   const std::string& name) -> Result<std::string> {
    if (source == "env") {
      auto value = env.Variable(name);
      if (!value) {
        return Fail(ErrorKind::kInput, "the environment variable `" + name + "` is not set",
                    "set it to the secret, e.g. `export " + name + "=…`");
      }
      program.secrets.push_back(*value);
      return *value;
    }
    OPS_ASSIGN(std::string text, env.ReadFile(project.Absolute(name)));
    while (text.ends_with('\n')) text.pop_back();
    program.secrets.push_back(text);
    return text;
  };
  return options;
}

}  // namespace opsc
