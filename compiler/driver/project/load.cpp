#include <atomic>
#include <set>
#include <thread>

#include "compiler/driver/project/load.h"
#include "compiler/syntax/parse.h"
#include "opsc_stdlib.h"

namespace opsc {
namespace {

constexpr std::string_view kPrelude = "prelude";
constexpr size_t kParallelBytes = 64 * 1024;  // below, a thread costs more than it saves

// Files that wait to be parsed, and the module that each belongs to.
struct Batch {
  std::vector<FileId> files;
  std::vector<ParsedModule*> modules;
  size_t bytes = 0;

  void Add(FileId file, ParsedModule* module, size_t size) {
    files.push_back(file);
    modules.push_back(module);
    bytes += size;
  }
};

void ParseBatch(const Batch& batch, ParsedProgram& out, Diagnostics& diagnostics) {
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

void AddStdlib(std::string_view name, ParsedProgram& out, ParsedModule& module, Batch& batch) {
  module.path = "std/" + std::string(name);
  std::string folder = std::string(name) + "/";
  for (size_t i = 0; i < kStdlibSize; ++i) {
    const EmbeddedFile& file = kStdlib[i];
    if (!file.path.starts_with(folder)) continue;
    FileId id = out.sources.Add("std/" + std::string(file.path), std::string(file.text));
    batch.Add(id, &module, file.text.size());
  }
}

void AddFiles(Env& env, const Project& project, const std::vector<std::string>& paths,
              ParsedProgram& out, ParsedModule& module, Batch& batch, Diagnostics& diagnostics) {
  for (const std::string& path : paths) {
    Result<std::string> text = env.ReadFile(project.Absolute(path));
    if (!text) {
      FileId id = out.sources.Add(path, "");
      diagnostics.Add(Diag::kUnreadableFile, {id, 0, 0}, {path, text.error().message});
      continue;
    }
    size_t size = text->size();
    batch.Add(out.sources.Add(path, std::move(*text)), &module, size);
  }
}

// The path of an imported module, or "" where it cannot be one (the checker says so).
std::string ImportPath(const std::string& importer, const ast::ImportDecl& import) {
  if (import.path) {
    bool from_root = importer.empty() || importer == ".";
    return NormalRelativePath(from_root ? *import.path : JoinPath(importer, *import.path))
        .value_or("");
  }
  if (import.qname.size() != 2 || import.qname[0].text.text() != "std") return "";
  return "std/" + import.qname[1].text.str();
}

// Adds the paths of modules that `module` imports and that are not there yet.
void CollectMissing(const ParsedModule& module, const ParsedProgram& program,
                    std::set<std::string>& missing) {
  for (const ast::File* file : module.files) {
    for (ast::DeclId id : file->items) {
      const auto* import = std::get_if<ast::ImportDecl>(&file->decls[id].node);
      if (!import) continue;
      std::string path = ImportPath(module.path, *import);
      if (!path.empty() && !program.imported.contains(path)) missing.insert(path);
    }
  }
}

void AddModule(Env& env, const Project& project, const std::string& path, ParsedProgram& out,
               Batch& batch, Diagnostics& diagnostics) {
  auto [entry, is_new] = out.imported.try_emplace(path);
  if (!is_new) return;
  entry->second.path = path;
  if (path.starts_with("std/")) {
    AddStdlib(path.substr(4), out, entry->second, batch);
    return;
  }
  std::vector<std::string> files;
  for (const std::string& name : OpsFilesIn(env, project.Absolute(path))) {
    files.push_back(JoinPath(path, name));
  }
  AddFiles(env, project, files, out, entry->second, batch, diagnostics);
}

}  // namespace

void ParseProject(Env& env, const Project& project, ParsedProgram& out, Diagnostics& diagnostics) {
  Batch batch;
  AddStdlib(kPrelude, out, out.prelude, batch);
  AddFiles(env, project, project.files, out, out.root, batch, diagnostics);
  ParseBatch(batch, out, diagnostics);
  std::vector<const ParsedModule*> fresh = {&out.prelude, &out.root};
  while (!fresh.empty()) {
    std::set<std::string> missing;
    for (const ParsedModule* module : fresh) CollectMissing(*module, out, missing);
    Batch wave;
    fresh.clear();
    for (const std::string& path : missing) {
      AddModule(env, project, path, out, wave, diagnostics);
      fresh.push_back(&out.imported.at(path));
    }
    ParseBatch(wave, out, diagnostics);
  }
}

ParsedModule ParseStdlib(std::string_view module, ParsedProgram& out, Diagnostics& diagnostics) {
  ParsedModule parsed;
  Batch batch;
  AddStdlib(module, out, parsed, batch);
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
  program->check_inputs = {&parsed.sources, &parsed.prelude, &parsed.root,
                           [&parsed](const std::string& importer, const ast::ImportDecl& import) {
                             auto found = parsed.imported.find(ImportPath(importer, import));
                             bool exists =
                                 found != parsed.imported.end() && !found->second.files.empty();
                             return exists ? &found->second : nullptr;
                           },
                           &program->builtins};
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
  if (secrets == Secrets::kUnknown) return options;
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
