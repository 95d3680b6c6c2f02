// What the server answers: one file a feature. Each function takes the request's `params` and gives
// its `result`; what does not apply is null.
#pragma once

#include "compiler/lsp/workspace.h"

namespace opsc::lsp {

Json Complete(Workspace& w, const Json& params);
Json ResolveCompletion(Workspace& w, const Json& item);
Json Hover(Workspace& w, const Json& params);
Json SignatureHelp(Workspace& w, const Json& params);
Json Definition(Workspace& w, const Json& params);
Json TypeDefinition(Workspace& w, const Json& params);
Json References(Workspace& w, const Json& params);
Json Highlights(Workspace& w, const Json& params);
Json PrepareRename(Workspace& w, const Json& params);
Result<Json> Rename(Workspace& w, const Json& params);
Json DocumentSymbols(Workspace& w, const Json& params);
Json WorkspaceSymbols(Workspace& w, const Json& params);
Json SemanticTokens(Workspace& w, const Json& params);
Json SemanticTokensRange(Workspace& w, const Json& params);
Json SemanticTokensLegend();
Json InlayHints(Workspace& w, const Json& params);
Json FoldingRanges(Workspace& w, const Json& params);
Json SelectionRanges(Workspace& w, const Json& params);
Json Formatting(Workspace& w, const Json& params);
Json CodeActions(Workspace& w, const Json& params);
Json CodeLenses(Workspace& w, const Json& params);
Json DocumentLinks(Workspace& w, const Json& params);

// The diagnostics of a file, as they are pushed and pulled.
Json DiagnosticsOf(const Workspace& w, const Program& program, const ProgramFile& file);
Json PullDiagnostics(Workspace& w, const Json& params);
Json PullWorkspaceDiagnostics(Workspace& w, const Json& params);

}  // namespace opsc::lsp
