// Diagnostics that are pushed, and runs of lenses.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/lsp/evaluated.h"
#include "compiler/lsp/features.h"
#include "compiler/lsp/session.h"

namespace opsc::lsp {
namespace {

bool HasDirty(const Program& program, const ProgramFile& file) {
  return !program.dirty.empty() && std::ranges::any_of(file.pieces.pieces, [&](const Piece& piece) {
    return program.dirty.contains(piece.file);
  });
}

constexpr std::string_view kEvaluation = "\ncheck\n";

bool IsEvaluation(std::string_view key) {
  return key.ends_with(kEvaluation);
}

}  // namespace

void Session::WantEvaluated(const std::string& path) {
  if (!w_.settings.check_on_save) return;
  for (const auto& [root, program] : w_.programs) {
    if (program->FileAt(path)) to_evaluate_.insert(root);
  }
}

void Session::Evaluate() {
  for (auto it = to_evaluate_.begin(); it != to_evaluate_.end();) {
    const std::string& root = *it;
    auto program = w_.programs.find(root);
    std::string key = LensKey(root, "check", "");
    if (runs_.IsRunning(key)) {
      ++it;
      continue;
    }
    bool wanted = program != w_.programs.end() && root.starts_with('/') &&
                  CanBeEvaluated(w_, *program->second) &&
                  !(evaluated_.contains(root) && evaluated_[root] == program->second->revision);
    if (wanted && runs_.Start(key, {w_.host->program, "-C", root, "check", "--format", "json"})) {
      evaluated_[root] = program->second->revision;
    }
    it = to_evaluate_.erase(it);
  }
}

void Session::FinishEvaluation(const std::string& root, const LensOutcome& outcome) {
  auto program = w_.programs.find(root);
  if (program == w_.programs.end()) return;
  if (evaluated_[root] != program->second->revision) {  // it was edited meanwhile
    evaluated_.erase(root);
    return;
  }
  TakeEvaluated(*program->second, outcome.output);
  Publish(*program->second);
}

void Session::Publish(Program& program) {
  bool any = false;
  for (auto it = program.changed.begin(); it != program.changed.end();) {
    if (HasDirty(program, **it)) {
      ++it;
      continue;
    }
    PublishFile(program, **it);
    any = true;
    it = program.changed.erase(it);
  }
  if (any && w_.client.pull_diagnostics && w_.client.refresh_diagnostics) {
    Call("workspace/diagnostic/refresh", nullptr);
  }
}

void Session::PublishFile(const Program& program, const ProgramFile& file) {
  if (w_.client.pull_diagnostics || file.absolute.empty()) return;
  std::string uri = UriOf(w_, program, file);
  Json items = DiagnosticsOf(w_, program, file);
  std::string text = items.dump();
  auto open = w_.documents.find(file.absolute);
  int64_t version = open == w_.documents.end() ? -1 : open->second.version;
  auto known = published_.find(uri);
  bool same = known == published_.end()
                  ? items.empty() && version < 0
                  : known->second.items == text && known->second.version == version;
  if (same) return;
  published_[uri] = {std::move(text), version};
  Json params = {{"uri", uri}, {"diagnostics", std::move(items)}};
  if (version >= 0) params["version"] = version;
  Notify("textDocument/publishDiagnostics", std::move(params));
}

// Files that no program has any more have no diagnostics.
void Session::ClearGone() {
  for (auto it = published_.begin(); it != published_.end();) {
    std::string path = PathOf(it->first);
    bool there =
        w_.documents.contains(path) || std::ranges::any_of(w_.programs, [&](const auto& entry) {
          return entry.second->FileAt(path) != nullptr;
        });
    if (there) {
      ++it;
      continue;
    }
    if (it->second.items != "[]") {
      Notify("textDocument/publishDiagnostics",
             {{"uri", it->first}, {"diagnostics", Json::array()}});
    }
    it = published_.erase(it);
  }
}

Result<Json> Session::Execute(const Json& params) {
  auto command = params.at("command").get<std::string>();
  constexpr std::string_view kPrefix = "opsc.lens.";
  std::string action = command.starts_with(kPrefix) ? command.substr(kPrefix.size()) : "";
  if (action != "plan" && action != "run" && action != "test") {
    return Fail(ErrorKind::kInput, fmt::format("there is no command `{}`", command));
  }
  const Json& argument = params.at("arguments").at(0);
  auto root = argument.at("root").get<std::string>();
  auto name = argument.at("address").get<std::string>();
  if (!w_.programs.contains(root)) {
    return Fail(ErrorKind::kInput, fmt::format("no program at `{}` is open", root));
  }
  std::string key = LensKey(root, action, name);
  std::vector<std::string> words{w_.host->program, "--no-color", "-C", root, action};
  if (action == "plan") words.emplace_back("--target");
  words.push_back(name);
  if (!runs_.Start(key, words)) {
    return Fail(ErrorKind::kEnvironment,
                fmt::format("`opsc {} {}` runs already, or cannot be started", action, name));
  }
  w_.lens_results[key] = {"…", true};
  BeginProgress(key, fmt::format("opsc {} {}", action, name));
  if (w_.client.refresh_lenses) Call("workspace/codeLens/refresh", nullptr);
  return Json();
}

void Session::FinishRuns() {
  std::vector<LensOutcome> outcomes;
  {
    std::lock_guard lock(mutex_);
    outcomes.swap(outcomes_);
  }
  for (const LensOutcome& outcome : outcomes) {
    runs_.Forget(outcome.key);
    if (IsEvaluation(outcome.key)) {
      FinishEvaluation(outcome.key.substr(0, outcome.key.find('\n')), outcome);
      continue;
    }
    std::string line = SummaryLine(outcome);
    w_.lens_results[outcome.key] = {line, false};
    EndProgress(outcome.key, line);
    Notify("opsc/ran",
           {{"key", outcome.key}, {"exit", outcome.exit_code}, {"output", outcome.output}});
    Log(outcome.exit_code == 0 ? 3 : 2, outcome.output);
    if (w_.client.refresh_lenses) Call("workspace/codeLens/refresh", nullptr);
  }
}

}  // namespace opsc::lsp
