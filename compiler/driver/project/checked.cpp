#include "compiler/driver/project/checked.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "compiler/driver/project/own_program.h"

namespace opsc {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kFormat = "opsc.checked/1";

// Paths and digests of the files of one module, sorted by path.
using ModuleFiles = std::vector<std::pair<std::string, Digest>>;

// What a program consists of besides the stdlib, which is a part of opsc.
struct Contents {
  std::map<std::string, ModuleFiles> modules;  // by path; "" is the root module
  std::vector<std::string> params;             // names, as the root module declares them
};

std::string MemoPath(const Project& project) {
  return JoinPath(project.state_dir, "cache/checked");
}

// Whole files: of one that is read name by name, too, every byte counts.
ModuleFiles FilesOf(const ParsedModule& module, const Sources& sources) {
  ModuleFiles files;
  auto add = [&](FileId id) { files.emplace_back(sources[id].path, sources[id].digest); };
  for (const ast::File* file : module.files) add(file->file);
  for (const auto& file : module.on_demand) add(file.file);
  std::ranges::sort(files);
  return files;
}

Contents ContentsOf(const ParsedProgram& parsed) {
  Contents contents;
  contents.modules[""] = FilesOf(parsed.root, parsed.sources);
  for (const auto& [path, module] : parsed.imported) {
    if (!path.starts_with("std/")) contents.modules[path] = FilesOf(module, parsed.sources);
  }
  contents.params = DeclaredParams(parsed.root);
  return contents;
}

// The same from disk. nullopt: something cannot be read.
std::optional<ModuleFiles> FilesOnDisk(Env& env, const Project& project,
                                       const std::vector<std::string>& paths) {
  ModuleFiles files;
  for (const std::string& path : paths) {
    Result<std::string> text = env.ReadFile(project.Absolute(path));
    if (!text) return std::nullopt;
    files.emplace_back(path, Sha256(*text));
  }
  std::ranges::sort(files);
  return files;
}

std::optional<Contents> ContentsOnDisk(Env& env, const Project& project,
                                       const std::vector<std::string>& modules,
                                       std::vector<std::string> params) {
  Contents contents{.modules = {}, .params = std::move(params)};
  for (const std::string& module : modules) {
    std::vector<std::string> paths = project.files;
    if (!module.empty()) {
      paths = OpsFilesIn(env, project.Absolute(module));
      for (std::string& path : paths) path = JoinPath(module, path);
    }
    auto files = FilesOnDisk(env, project, paths);
    if (!files) return std::nullopt;
    contents.modules[module] = std::move(*files);
  }
  return contents;
}

Digest KeyOf(Env& env, const Args& args, const ParamTexts& params, const Contents& contents) {
  Hasher hasher;
  hasher.Part(kFormat);
  AddOwnProgram(env, hasher);
  hasher.Part(args.ValueOr("env", "")).Part(params.size());
  for (const auto& [name, text] : params) hasher.Part(name).Part(text);
  hasher.Part(contents.modules.size());
  for (const auto& [module, files] : contents.modules) {
    hasher.Part(module).Part(files.size());
    for (const auto& [path, digest] : files) hasher.Part(path).Part(digest);
  }
  return hasher.Finish();
}

// The memo, where it has the form that RememberChecked gives it.
std::optional<Json> ReadMemo(Env& env, const Project& project) {
  Result<std::string> text = env.ReadFile(MemoPath(project));
  if (!text) return std::nullopt;
  Json memo = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  auto is_list = [&](const char* name) {
    if (!memo.contains(name) || !memo[name].is_array()) return false;
    return std::ranges::all_of(memo[name], [](const Json& item) { return item.is_string(); });
  };
  bool whole = memo.is_object() && memo.contains("key") && memo["key"].is_string() &&
               memo.contains("instances") && memo["instances"].is_number_unsigned() &&
               is_list("modules") && is_list("params");
  return whole ? std::optional(std::move(memo)) : std::nullopt;
}

}  // namespace

std::optional<CheckedProgram> RecallChecked(Env& env, const Project& project, const Args& args) {
  auto memo = ReadMemo(env, project);
  if (!memo) return std::nullopt;
  auto contents = ContentsOnDisk(env, project, (*memo)["modules"].get<std::vector<std::string>>(),
                                 (*memo)["params"].get<std::vector<std::string>>());
  if (!contents) return std::nullopt;
  auto params = CollectParams(env, args, contents->params);
  if (!params) return std::nullopt;
  Digest key = KeyOf(env, args, *params, *contents);
  if (key.Hex() != (*memo)["key"].get<std::string>()) return std::nullopt;
  return CheckedProgram{.instances = (*memo)["instances"].get<size_t>()};
}

void RememberChecked(Env& env, const Project& project, const Args& args, const ParamTexts& params,
                     const LoadedProgram& program) {
  if (env.Stat(project.state_dir).type != FileType::kDirectory) return;
  for (const auto& [name, value] : program.evaluation->graph().params) {
    if (params.contains(name) && value.has_secret()) return;  // the key would tell of it
  }
  Contents contents = ContentsOf(program.parsed);
  Json modules = Json::array();
  for (const auto& [module, files] : contents.modules) modules.push_back(module);
  Json memo = {{"key", KeyOf(env, args, params, contents).Hex()},
               {"modules", std::move(modules)},
               {"params", contents.params},
               {"instances", program.evaluation->graph().nodes.size()}};
  std::string path = MemoPath(project);
  if (!env.MakeDirs(std::string(DirName(path)))) return;
  (void)env.WriteFile(path, memo.dump() + "\n", 0644, Durability::kCached);
}

}  // namespace opsc
