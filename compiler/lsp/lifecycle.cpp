// How a client and the server come to know each other, and what is pushed.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/lsp/features.h"
#include "compiler/lsp/session.h"
#include "compiler/lsp/uri.h"

namespace opsc::lsp {
namespace {

bool Offers(const Json& encodings, std::string_view name) {
  return std::ranges::any_of(encodings, [&](const Json& e) { return e.is_string() && e == name; });
}

Encoding EncodingFor(const Json& params) {
  Json offered = At(params, {"capabilities", "general", "positionEncodings"}, Json::array());
  if (!offered.is_array() || offered.empty()) return Encoding::kUtf16;
  if (Offers(offered, "utf-8")) return Encoding::kUtf8;
  return Offers(offered, "utf-16") || !Offers(offered, "utf-32") ? Encoding::kUtf16
                                                                 : Encoding::kUtf32;
}

std::string_view NameOf(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return "utf-8";
    case Encoding::kUtf16:
      return "utf-16";
    case Encoding::kUtf32:
      return "utf-32";
  }
  return "utf-16";
}

ClientAbilities AbilitiesOf(const Json& params) {
  auto has = [&](std::initializer_list<const char*> path) {
    return At(At(params, {"capabilities"}, Json::object()), path, false);
  };
  ClientAbilities can;
  can.snippets = has({"textDocument", "completion", "completionItem", "snippetSupport"});
  bool pulls = At(params, {"capabilities", "textDocument", "diagnostic"}, Json()).is_object();
  bool takes =
      At(params, {"capabilities", "textDocument", "publishDiagnostics"}, Json()).is_object();
  bool asked = At(params, {"initializationOptions", "diagnostics"}, std::string()) == "pull";
  can.pull_diagnostics = pulls && (asked || !takes);
  can.progress = has({"window", "workDoneProgress"});
  can.watch_files = has({"workspace", "didChangeWatchedFiles", "dynamicRegistration"});
  can.refresh_lenses = has({"workspace", "codeLens", "refreshSupport"});
  can.refresh_hints = has({"workspace", "inlayHint", "refreshSupport"});
  can.refresh_tokens = has({"workspace", "semanticTokens", "refreshSupport"});
  can.refresh_diagnostics = has({"workspace", "diagnostics", "refreshSupport"});
  return can;
}

std::vector<std::string> FoldersOf(const Json& params) {
  std::vector<std::string> folders;
  Json listed = At(params, {"workspaceFolders"}, Json());
  if (listed.is_array()) {
    for (const Json& folder : listed) {
      if (auto path = PathOfUri(At(folder, {"uri"}, std::string()))) folders.push_back(*path);
    }
  } else if (auto path = PathOfUri(At(params, {"rootUri"}, std::string()))) {
    folders.push_back(*path);
  } else if (auto root = At(params, {"rootPath"}, std::string()); !root.empty()) {
    folders.push_back(root);
  }
  for (std::string& folder : folders) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  }
  return folders;
}

Json CapabilitiesFor(const Workspace& w) {
  Json capabilities = {
      {"positionEncoding", NameOf(w.encoding)},
      {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", true}}},
      {"completionProvider",
       {{"triggerCharacters", {".", "\"", "@", "/"}}, {"resolveProvider", true}}},
      {"hoverProvider", true},
      {"signatureHelpProvider", {{"triggerCharacters", {"(", ","}}}},
      {"definitionProvider", true},
      {"declarationProvider", true},
      {"typeDefinitionProvider", true},
      {"referencesProvider", true},
      {"documentHighlightProvider", true},
      {"documentSymbolProvider", true},
      {"workspaceSymbolProvider", true},
      {"renameProvider", {{"prepareProvider", true}}},
      {"codeActionProvider", {{"codeActionKinds", {"quickfix"}}}},
      {"codeLensProvider", {{"resolveProvider", false}}},
      {"documentFormattingProvider", true},
      {"documentLinkProvider", {{"resolveProvider", false}}},
      {"foldingRangeProvider", true},
      {"selectionRangeProvider", true},
      {"inlayHintProvider", true},
      {"semanticTokensProvider",
       {{"legend", SemanticTokensLegend()}, {"full", true}, {"range", true}}},
      {"executeCommandProvider",
       {{"commands", {"opsc.lens.plan", "opsc.lens.run", "opsc.lens.test"}}}},
      {"workspace", {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}}}},
  };
  if (w.client.pull_diagnostics) {
    capabilities["diagnosticProvider"] = {
        {"identifier", "opsc"}, {"interFileDependencies", true}, {"workspaceDiagnostics", true}};
  }
  return capabilities;
}

// The sources below a folder, without hidden directories and those of builds.
void ListSources(Env& env, const std::string& folder, std::vector<std::string>& files) {
  constexpr size_t kMost = 20'000;
  auto entries = env.List(folder);
  if (!entries || files.size() > kMost) return;
  for (const DirEntry& entry : *entries) {
    if (entry.name.starts_with('.') || entry.name == "node_modules" || entry.name == "build")
      continue;
    std::string path = JoinPath(folder, entry.name);
    if (entry.type == FileType::kDirectory) ListSources(env, path, files);
    if (entry.type == FileType::kFile && entry.name.ends_with(".ops")) files.push_back(path);
  }
}

constexpr std::string_view kLoading = "opsc-load";

}  // namespace

Json Session::Initialize(const Json& params) {
  initialized_ = true;
  w_.encoding = EncodingFor(params);
  w_.client = AbilitiesOf(params);
  w_.folders = FoldersOf(params);
  TakeSettings(At(params, {"initializationOptions"}, Json()));
  return {{"capabilities", CapabilitiesFor(w_)},
          {"serverInfo", {{"name", "opsc"}, {"version", w_.host->version}}}};
}

void Session::Initialized() {
  if (w_.client.watch_files) {
    Json watchers = Json::array({{{"globPattern", "**/*.{ops,yaml,yml}"}}});
    Call("client/registerCapability",
         {{"registrations", Json::array({{{"id", "opsc-files"},
                                          {"method", "workspace/didChangeWatchedFiles"},
                                          {"registerOptions", {{"watchers", watchers}}}}})}});
  }
  for (const std::string& folder : w_.folders) ListSources(*w_.host->env, folder, unopened_);
  std::ranges::reverse(unopened_);
  loading_ = !unopened_.empty();
  if (loading_) BeginProgress(std::string(kLoading), "opsc: reading the workspace");
}

void Session::TakeSettings(const Json& given) {
  if (!given.is_object()) return;
  Json settings = given.contains("opsc") ? given.at("opsc") : given;
  Settings& s = w_.settings;
  s.inlay_types = At(settings, {"inlayHints", "types"}, s.inlay_types);
  s.inlay_defaults = At(settings, {"inlayHints", "defaults"}, s.inlay_defaults);
  s.inlay_pending = At(settings, {"inlayHints", "pending"}, s.inlay_pending);
  s.lenses = At(settings, {"codeLens", "enabled"}, s.lenses);
  s.check_on_save = At(settings, {"checkOnSave"}, s.check_on_save);
}

void Session::ChangeFolders(const Json& event) {
  for (const Json& folder : event.at("removed")) {
    if (auto path = PathOfUri(folder.at("uri").get<std::string>())) CloseFolder(w_, *path);
  }
  for (const Json& folder : event.at("added")) {
    auto path = PathOfUri(folder.at("uri").get<std::string>());
    if (!path || std::ranges::find(w_.folders, *path) != w_.folders.end()) continue;
    w_.folders.push_back(*path);
    std::vector<std::string> files;
    ListSources(*w_.host->env, *path, files);
    unopened_.insert(unopened_.begin(), files.rbegin(), files.rend());
  }
}

void Session::BeginProgress(const std::string& token, const std::string& title) {
  if (!w_.client.progress) return;
  Call("window/workDoneProgress/create", {{"token", token}});
  Notify("$/progress", {{"token", token},
                        {"value", {{"kind", "begin"}, {"title", title}, {"cancellable", true}}}});
}

void Session::EndProgress(const std::string& token, const std::string& text) {
  if (!w_.client.progress) return;
  Notify("$/progress", {{"token", token}, {"value", {{"kind", "end"}, {"message", text}}}});
}

bool Session::OpenNext() {
  while (!unopened_.empty()) {
    std::string path = std::move(unopened_.back());
    unopened_.pop_back();
    bool known = std::ranges::any_of(
        w_.programs, [&](const auto& entry) { return entry.second->FileAt(path) != nullptr; });
    if (known) continue;
    HomeOf(w_, path);
    return true;
  }
  return false;
}

// Those of open documents may stay.
void Session::ForgetTrees() {
  size_t bytes = kKeptTrees;
  for (const auto& [path, document] : w_.documents) bytes += 2 * document.text.size();
  for (const auto& [root, program] : w_.programs) lsp::ForgetTrees(*program, bytes);
}

bool Session::Idle() {
  FinishRuns();
  ForgetTrees();
  if (!initialized_ || shut_down_) return false;
  Home active;
  auto open = w_.documents.find(w_.active);
  if (open != w_.documents.end()) active = HomeOf(w_, w_.active);
  if (active.program && Settle(*active.program, active.file)) {
    Publish(*active.program);
    return true;
  }
  for (const auto& [root, program] : w_.programs) {
    bool worked = Settle(*program, nullptr);
    if (!program->changed.empty()) Publish(*program);
    if (worked) return true;
  }
  if (OpenNext()) return true;
  if (std::exchange(loading_, false)) EndProgress(std::string(kLoading), "ready");
  ClearGone();
  Evaluate();
  return false;
}

}  // namespace opsc::lsp
