#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "compiler/driver/project/params.h"
#include "compiler/driver/project/prepare.h"
#include "compiler/driver/show/graph_json.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/syntax/parse.h"
#include "runtime/base/check.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--format", "FORMAT", "of what is found", "text|json|sarif|github"},
    {"--emit", "PHASE", "print what a phase made", "ast|model|graph"},
};

DiagFormat FormatOf(const std::string& name) {
  if (name == "json") return DiagFormat::kJson;
  if (name == "sarif") return DiagFormat::kSarif;
  if (name == "github") return DiagFormat::kGithub;
  return DiagFormat::kText;
}

void EmitAst(const LoadedProgram& program) {
  for (const ast::File* file : program.parsed.root.files) {
    WriteOut(PrintAst(*file, program.parsed.sources));
  }
}

void Emit(const std::string& phase, const LoadedProgram& program) {
  if (phase == "ast") EmitAst(program);
  if (phase == "model") WriteOut(PrintModel(program.model, program.parsed.sources));
  if (phase == "graph" && program.evaluation) {
    WriteOut(JsonText(GraphJson(program.evaluation->graph()), 2) + "\n");
  }
}

std::string Counted(size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// "3 files, 12 instances: no errors".
std::string Verdict(const LoadedProgram& program, const Project& project) {
  if (!program.ok()) return Counted(program.diagnostics.error_count(), "error") + "\n";
  std::string text = Counted(project.files.size(), "file");
  if (program.evaluation) {
    text += ", " + Counted(program.evaluation->graph().nodes.size(), "instance");
  }
  return text + ": no errors\n";
}

Status EvaluateConstants(CliSession& session, const Args& args, const Project& project,
                         LoadedProgram& program) {
  OPS_ASSIGN(auto params, CollectParams(*session.env, args, program.parsed.root));
  EvalOptions options =
      EvaluationOptions(*session.env, project, std::move(params), Secrets::kUnknown, program);
  OPS_TRY(AddEnvironment(args, program, options));
  if (!program.ok()) return {};
  program.evaluation =
      Evaluate(program.model, program.parsed.sources, options, program.diagnostics);
  program.diagnostics.SortBySource();
  return {};
}

Result<int> Run(CliSession& session, const Args& args) {
  std::optional<std::string> path;
  if (!args.positional.empty()) path = args.positional.front();
  OPS_ASSIGN(Project project, FindProject(*session.env, path));
  std::string phase = args.ValueOr("emit", "");
  auto program = CheckProject(*session.env, project);
  bool needs_graph = phase.empty() || phase == "graph";
  if (program->ok() && needs_graph) {
    OPS_TRY(EvaluateConstants(session, args, project, *program));
  }
  DiagFormat format = FormatOf(args.ValueOr("format", session.json ? "json" : "text"));
  ReportDiagnostics(session, *program, format);
  if (!phase.empty()) Emit(phase, *program);
  bool says_verdict =
      format == DiagFormat::kText && phase.empty() && session.verbosity != Verbosity::kQuiet;
  if (says_verdict) WriteErr(Verdict(*program, project));
  return program->ok() ? kExitOk : kExitError;
}

}  // namespace

extern const Command kCheckCommand = {
    .name = "check",
    .summary = "parse, type-check and evaluate; touches nothing",
    .example = "opsc check --format json",
    .run = Run,
    .positional = {"PATH", 0, 1, Completes::kFiles},
    .options = kOptions,
    .groups = kProgramGroup | kJsonGroup,
    .details = "PATH is a directory, or one .ops file: a module of just that file."};

}  // namespace opsc
