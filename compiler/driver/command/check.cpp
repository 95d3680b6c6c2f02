#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "compiler/driver/project/checked.h"
#include "compiler/driver/project/lasting.h"
#include "compiler/driver/project/params.h"
#include "compiler/driver/project/prepare.h"
#include "compiler/driver/project/trees.h"
#include "compiler/driver/show/graph_json.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/kernel/encode.h"
#include "compiler/syntax/parse.h"
#include "runtime/base/check.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--format", "FORMAT", "of what is found", "text|json|sarif|github"},
    {"--json", "", "as --format json: one JSON object a line"},
    {"--emit", "PHASE", "print what a phase made", "ast|model|graph|kernel"},
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

// The kernel that a value of the graph is, where it is one.
void EmitKernel(const Value& value, const std::string& name) {
  if (value.is(ValueKind::kRecord)) {
    for (const auto& [field, part] : value.AsRecord()) EmitKernel(part, name + "." + field.str());
  }
  if (!value.is(ValueKind::kString) || !value.AsString().starts_with("{\"kernel\":")) return;
  auto function = kernel::Decode(value.AsString());
  if (!function) return;
  function->name = name;
  WriteOut(kernel::Print(*function));
}

void EmitKernels(const Graph& graph) {
  for (const Node& node : graph.nodes) EmitKernel(node.fields, node.address);
}

void Emit(const std::string& phase, const LoadedProgram& program) {
  if (phase == "ast") EmitAst(program);
  if (phase == "model") WriteOut(PrintModel(program.model, program.parsed.sources));
  if (phase == "kernel" && program.evaluation) EmitKernels(program.evaluation->graph());
  if (phase == "graph" && program.evaluation) {
    WriteOut(JsonText(GraphJson(program.evaluation->graph()), 2) + "\n");
  }
}

std::string Counted(size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// "3 files, 12 instances: no errors"; without `instances` where nothing was evaluated.
std::string Verdict(const Project& project, std::optional<size_t> instances) {
  std::string text = Counted(project.files.size(), "file");
  if (instances) text += ", " + Counted(*instances, "instance");
  return text + ": no errors\n";
}

std::string VerdictOf(const LoadedProgram& program, const Project& project) {
  if (!program.ok()) return Counted(program.diagnostics.error_count(), "error") + "\n";
  if (!program.evaluation) return Verdict(project, std::nullopt);
  return Verdict(project, program.evaluation->graph().nodes.size());
}

// Gives the parameters that the program was evaluated with.
Result<ParamTexts> EvaluateConstants(CliSession& session, const Args& args, const Project& project,
                                     LoadedProgram& program) {
  OPS_ASSIGN(ParamTexts params, CollectParams(*session.env, args, program.parsed.root));
  EvalOptions options =
      EvaluationOptions(*session.env, project, params, Secrets::kUnknown, program);
  OPS_TRY(AddEnvironment(args, program, options));
  if (!program.ok()) return params;
  program.evaluation =
      Evaluate(program.model, program.parsed.sources, options, program.diagnostics);
  program.diagnostics.SortBySource();
  return params;
}

// What comes after the diagnostics of a check that dumps nothing.
void SayVerdict(const CliSession& session, DiagFormat format, const std::string& verdict) {
  if (format == DiagFormat::kText && session.verbosity != Verbosity::kQuiet) WriteErr(verdict);
}

Result<int> CheckAnew(CliSession& session, const Args& args, const Project& project,
                      const std::string& phase, DiagFormat format) {
  LoadedProgram& program = Lasting(CheckProject(*session.env, project));
  bool needs_graph = phase.empty() || phase == "graph" || phase == "kernel";
  if (needs_graph) DropTrees(program);
  ParamTexts params;
  if (program.ok() && needs_graph) {
    OPS_ASSIGN(params, EvaluateConstants(session, args, project, program));
  }
  ReportDiagnostics(session, program, format);
  if (!phase.empty()) {
    Emit(phase, program);
  } else {
    if (program.diagnostics.all().empty()) {
      RememberChecked(*session.env, project, args, params, program);
    }
    SayVerdict(session, format, VerdictOf(program, project));
  }
  return ExitCodeOf(program.diagnostics);
}

Result<int> Run(CliSession& session, const Args& args) {
  std::optional<std::string> path;
  if (!args.positional.empty()) path = args.positional.front();
  OPS_ASSIGN(Project project, FindProject(*session.env, path));
  std::string phase = args.ValueOr("emit", "");
  DiagFormat format = FormatOf(args.ValueOr("format", session.json ? "json" : "text"));
  auto known = phase.empty() ? RecallChecked(*session.env, project, args) : std::nullopt;
  if (!known) return CheckAnew(session, args, project, phase, format);
  ReportDiagnostics(session, LoadedProgram(), format);
  SayVerdict(session, format, Verdict(project, known->instances));
  return kExitOk;
}

}  // namespace

extern const Command kCheckCommand = {
    .name = "check",
    .summary = "parse, type-check and evaluate; touches nothing",
    .example = "opsc check --format json",
    .run = Run,
    .positional = {"PATH", 0, 1, Completes::kFiles},
    .options = kOptions,
    .groups = kProgramGroup,
    .details =
        "PATH is a directory, or one .ops file: a module of just that file. Where there is a\n"
        "`.ops/`, a check that found nothing is remembered until anything it read changes."};

}  // namespace opsc
