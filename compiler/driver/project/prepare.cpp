#include "compiler/driver/project/prepare.h"

#include <fmt/format.h>

#include "compiler/driver/cli/name_hint.h"
#include "compiler/driver/live/event_json.h"
#include "compiler/driver/project/params.h"

namespace opsc {
namespace {

Status EvaluatePrepared(CliSession& session, const Args& args, const PrepareOptions& prepare,
                        Prepared& prepared) {
  LoadedProgram& program = *prepared.program;
  OPS_ASSIGN(auto params, CollectParams(*session.env, args, program.parsed.root));
  EvalOptions options = EvaluationOptions(*session.env, prepared.project, std::move(params),
                                          prepare.secrets, program);
  options.values = prepare.values;
  for (const auto& [name, value] : prepare.values) options.params.erase(name);
  OPS_TRY(AddEnvironment(args, program, options));
  if (!program.ok()) return {};
  program.evaluation =
      Evaluate(program.model, program.parsed.sources, options, program.diagnostics);
  program.diagnostics.SortBySource();
  return {};
}

}  // namespace

Status AddEnvironment(const Args& args, LoadedProgram& program, EvalOptions& options) {
  if (!args.Value("env")) return {};
  std::string name = *args.Value("env");
  DeclaredCases cases =
      ListCases(program.model, program.parsed.sources, options, program.diagnostics);
  std::vector<std::string> known;
  for (const EnvironmentCase& environment : cases.environments) {
    known.push_back(environment.name);
    if (environment.name != name) continue;
    for (const auto& [param, value] : environment.params) {
      if (!options.params.contains(param)) options.values.try_emplace(param, value);
    }
    return {};
  }
  if (!program.ok()) return {};
  return Fail(
      ErrorKind::kInput, fmt::format("there is no environment `{}`", name),
      NameHint(name, known, fmt::format("declare it: environment {} {{ params: {{ … }} }}", name)));
}

Result<std::unique_ptr<Prepared>> Prepare(CliSession& session, const Args& args,
                                          const PrepareOptions& options) {
  OPS_ASSIGN(Project project, FindProject(*session.env, options.path));
  return PrepareProject(session, args, std::move(project), options);
}

Result<std::unique_ptr<Prepared>> PrepareProject(CliSession& session, const Args& args,
                                                 Project project, const PrepareOptions& options) {
  auto prepared = std::make_unique<Prepared>();
  prepared->project = std::move(project);
  prepared->program = CheckProject(*session.env, prepared->project);
  LoadedProgram& program = *prepared->program;
  if (program.ok()) OPS_TRY(EvaluatePrepared(session, args, options, *prepared));
  ReportDiagnostics(session, program);
  if (!program.ok() || !program.evaluation) return nullptr;
  return prepared;
}

void ReportDiagnostics(const CliSession& session, const LoadedProgram& program) {
  if (session.json) {
    for (const std::string& line : DiagnosticEvents(program, session.env->Now())) WriteOut(line);
    return;
  }
  ReportDiagnostics(session, program, DiagFormat::kText);
}

void ReportDiagnostics(const CliSession& session, const LoadedProgram& program, DiagFormat format) {
  bool is_text = format == DiagFormat::kText;
  bool color = is_text && session.terminal.err_color;
  std::string text = Render(program.diagnostics, program.parsed.sources, format,
                            color ? Color::kAlways : Color::kNever);
  if (!is_text) {
    WriteOut(text);
    return;
  }
  WriteErr(text);
}

}  // namespace opsc
