#include "compiler/lsp/session.h"

#include <unordered_map>

#include <fmt/format.h>

#include "compiler/lsp/features.h"
#include "compiler/lsp/uri.h"

namespace opsc::lsp {
namespace {

using Answer = Json (*)(Workspace&, const Json&);

const std::unordered_map<std::string_view, Answer>& Answers() {
  static const std::unordered_map<std::string_view, Answer> answers{
      {"textDocument/completion", Complete},
      {"completionItem/resolve", ResolveCompletion},
      {"textDocument/hover", Hover},
      {"textDocument/signatureHelp", SignatureHelp},
      {"textDocument/definition", Definition},
      {"textDocument/declaration", Definition},
      {"textDocument/typeDefinition", TypeDefinition},
      {"textDocument/references", References},
      {"textDocument/documentHighlight", Highlights},
      {"textDocument/prepareRename", PrepareRename},
      {"textDocument/documentSymbol", DocumentSymbols},
      {"workspace/symbol", WorkspaceSymbols},
      {"textDocument/semanticTokens/full", SemanticTokens},
      {"textDocument/semanticTokens/range", SemanticTokensRange},
      {"textDocument/inlayHint", InlayHints},
      {"textDocument/foldingRange", FoldingRanges},
      {"textDocument/selectionRange", SelectionRanges},
      {"textDocument/formatting", Formatting},
      {"textDocument/codeAction", CodeActions},
      {"textDocument/codeLens", CodeLenses},
      {"textDocument/documentLink", DocumentLinks},
      {"textDocument/diagnostic", PullDiagnostics},
      {"workspace/diagnostic", PullWorkspaceDiagnostics},
  };
  return answers;
}

std::string PathIn(const Json& params) {
  return PathOf(params.at("textDocument").at("uri").get<std::string>());
}

}  // namespace

Session::Session(const Host& host, std::function<void(const Json&)> send,
                 std::function<void()> wake)
    : send_(std::move(send)), wake_(std::move(wake)), runs_([this](LensOutcome outcome) {
        {
          std::lock_guard lock(mutex_);
          outcomes_.push_back(std::move(outcome));
        }
        wake_();
      }) {
  w_.host = &host;
}

void Session::Handle(const std::string& body) {
  Json message = Json::parse(body, nullptr, false);
  if (message.is_discarded()) {
    send_(ErrorResponse(nullptr, ErrorCode::kParseError, "the message is no JSON"));
    return;
  }
  if (!message.is_object()) {
    send_(ErrorResponse(nullptr, ErrorCode::kInvalidRequest, "a message is an object"));
    return;
  }
  Dispatch(message);
}

void Session::Dispatch(const Json& message) {
  auto method = message.find("method");
  auto id = message.find("id");
  if (method == message.end()) {
    bool answers = message.contains("result") || message.contains("error");
    if (!answers) send_(ErrorResponse(nullptr, ErrorCode::kInvalidRequest, "no method"));
    return;  // an answer to a request of ours
  }
  const Json params = message.value("params", Json::object());
  bool valid =
      method->is_string() && (id == message.end() || id->is_string() || id->is_number_integer());
  if (!valid) {
    send_(ErrorResponse(nullptr, ErrorCode::kInvalidRequest, "no such message"));
    return;
  }
  auto name = method->get<std::string>();
  try {
    if (id == message.end()) {
      Notification(name, params);
    } else {
      Request(*id, name, params);
    }
  } catch (const Json::exception& e) {  // the JSON library's: a shape that the protocol has not
    Log(1, fmt::format("{}: {}", name, e.what()));
    if (id != message.end()) send_(ErrorResponse(*id, ErrorCode::kInvalidParams, e.what()));
  }
}

void Session::Cancel(const Json& id) {
  std::lock_guard lock(mutex_);
  constexpr size_t kMost = 1000;  // of requests that were answered before
  if (cancelled_.size() > kMost) cancelled_.clear();
  cancelled_.insert(id.dump());
}

bool Session::TakeCancelled(const Json& id) {
  std::lock_guard lock(mutex_);
  return cancelled_.erase(id.dump()) > 0;
}

void Session::Request(const Json& id, const std::string& method, const Json& params) {
  if (method == "initialize") {
    if (initialized_) {
      return send_(ErrorResponse(id, ErrorCode::kInvalidRequest, "initialized already"));
    }
    return send_(Response(id, Initialize(params)));
  }
  if (!initialized_) {
    return send_(ErrorResponse(id, ErrorCode::kServerNotInitialized, "`initialize` comes first"));
  }
  if (shut_down_) return send_(ErrorResponse(id, ErrorCode::kInvalidRequest, "shut down"));
  if (method == "shutdown") {
    shut_down_ = true;
    return send_(Response(id, nullptr));
  }
  if (TakeCancelled(id)) {
    return send_(ErrorResponse(id, ErrorCode::kRequestCancelled, "cancelled"));
  }
  if (method == "textDocument/rename" || method == "workspace/executeCommand") {
    auto result = method == "textDocument/rename" ? Rename(w_, params) : Execute(params);
    if (result) return send_(Response(id, *std::move(result)));
    Log(2, fmt::format("{}: {}", method, result.error().message));
    return send_(ErrorResponse(id, ErrorCode::kRequestFailed, result.error().message));
  }
  auto answer = Answers().find(method);
  if (answer == Answers().end()) {
    return send_(
        ErrorResponse(id, ErrorCode::kMethodNotFound, fmt::format("no `{}` here", method)));
  }
  send_(Response(id, answer->second(w_, params)));
}

void Session::Notification(const std::string& method, const Json& params) {
  if (method == "exit") {
    exited_ = true;
  } else if (!initialized_ || shut_down_) {
    return;
  } else if (method == "initialized") {
    Initialized();
  } else if (method == "textDocument/didOpen") {
    const Json& document = params.at("textDocument");
    Document opened;
    opened.uri = document.at("uri").get<std::string>();
    opened.path = PathOf(opened.uri);
    opened.version = At(document, {"version"}, int64_t{0});
    opened.text = document.at("text").get<std::string>();
    std::string path = opened.path;
    OpenDocument(w_, std::move(opened));
    WantEvaluated(path);
  } else if (method == "textDocument/didSave") {
    WantEvaluated(PathIn(params));
  } else if (method == "textDocument/didChange") {
    int64_t version = At(params, {"textDocument", "version"}, int64_t{0});
    ChangeDocument(w_, PathIn(params), version, params.at("contentChanges"));
  } else if (method == "textDocument/didClose") {
    CloseDocument(w_, PathIn(params));
  } else if (method == "workspace/didChangeWatchedFiles") {
    for (const Json& change : params.at("changes")) {
      std::string path = PathOf(change.at("uri").get<std::string>());
      FileChangedOnDisk(w_, path);
      WantEvaluated(path);
    }
  } else if (method == "workspace/didChangeWorkspaceFolders") {
    ChangeFolders(params.at("event"));
  } else if (method == "workspace/didChangeConfiguration") {
    TakeSettings(At(params, {"settings"}, Json()));
  } else if (method == "window/workDoneProgress/cancel") {
    runs_.Stop(At(params, {"token"}, std::string()));
  }
}

void Session::Call(const std::string& method, Json params) {
  send_({{"jsonrpc", "2.0"},
         {"id", fmt::format("opsc-{}", next_id_++)},
         {"method", method},
         {"params", std::move(params)}});
}

void Session::Notify(const std::string& method, Json params) {
  send_({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

void Session::Log(int type, const std::string& text) {
  Notify("window/logMessage", {{"type", type}, {"message", text}});
}

}  // namespace opsc::lsp
