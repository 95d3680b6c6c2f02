#include "compiler/driver/project/prepare.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/driver/cli/name_hint.h"
#include "compiler/driver/live/event_json.h"
#include "compiler/driver/ml/lower.h"
#include "compiler/driver/project/params.h"
#include "compiler/driver/project/trees.h"
#include "runtime/base/spare_memory.h"
#include "runtime/graph/diff.h"

namespace opsc {
namespace {

// Texts and bytes in `value` that are secret: what logs have to mask.
void CollectSecrets(const Value& value, std::vector<std::string>& secrets) {
  if (!value.has_secret()) return;
  if (value.is(ValueKind::kString)) secrets.emplace_back(value.AsString());
  if (value.is(ValueKind::kList)) {
    for (const Value& item : value.AsList()) CollectSecrets(item, secrets);
  }
  if (value.is(ValueKind::kRecord)) {
    for (const auto& [name, field] : value.AsRecord()) CollectSecrets(field, secrets);
  }
}

// Variables that look like parameters of the program and are none.
void NoteUnknownVariables(const CliSession& session, const std::vector<std::string>& declared) {
  constexpr std::string_view kPrefix = "OPSC_PARAM_";
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view word = *entry;
    if (!word.starts_with(kPrefix)) continue;
    std::string name(word.substr(kPrefix.size(), word.find('=') - kPrefix.size()));
    if (std::ranges::find(declared, name) != declared.end()) continue;
    PrintNote(session, fmt::format("`{}{}` is set, and there is no parameter `{}` ({})", kPrefix,
                                   name, name, NameHint(name, declared, "case counts")));
  }
}

Status EvaluatePrepared(CliSession& session, const Args& args, const PrepareOptions& prepare,
                        Prepared& prepared) {
  LoadedProgram& program = *prepared.program;
  ParamTexts params;
  ParamPlaces places;
  bool given = prepare.params == Params::kGiven;
  if (given) {
    OPS_ASSIGN(params, CollectParams(*session.env, args, program.parsed.root));
    places = PlacesOfParams(*session.env, args, DeclaredParams(program.parsed.root));
  }
  EvalOptions options = EvaluationOptions(*session.env, prepared.project, std::move(params),
                                          prepare.secrets, program);
  options.values = prepare.values;
  options.places = std::move(places);
  for (const auto& [name, value] : prepare.values) options.places[name] = "the saved plan";
  for (const auto& [name, value] : prepare.values) options.params.erase(name);
  if (given) OPS_TRY(AddEnvironment(args, program, options));
  if (!program.ok()) return {};
  program.evaluation =
      Evaluate(program.model, program.parsed.sources, options, program.diagnostics);
  program.diagnostics.SortBySource();
  if (!program.evaluation) return {};
  OPS_ASSIGN(program.evaluation,
             LowerProgram(std::move(program.evaluation), *session.env, prepared.project.root));
  std::set<std::string> shown;
  for (const auto& [name, value] : program.evaluation->graph().params) {
    CollectSecrets(value, program.secrets);
    if (!value.has_secret()) shown.insert(name);
  }
  session.command_line = RecordedCommandLine(session.words, shown);
  if (given) NoteUnknownVariables(session, DeclaredParams(program.parsed.root));
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
      if (options.params.contains(param)) continue;
      if (options.values.try_emplace(param, value).second) {
        options.places[param] = fmt::format("`--env {}`", name);
      }
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
  DropTrees(program);
  ShareOneHeap();  // the evaluation, on a thread of its own, gets what the trees had
  if (program.ok()) OPS_TRY(EvaluatePrepared(session, args, options, *prepared));
  ReportDiagnostics(session, program);
  session.errors_exit = ExitCodeOf(program.diagnostics);
  if (!program.ok() || !program.evaluation) return nullptr;
  return prepared;
}

int ExitCodeOf(const Diagnostics& diagnostics) {
  bool denied = diagnostics.has_errors();
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.severity == Severity::kError) denied = denied && d.id == Diag::kAssertFailed;
  }
  if (denied) return kExitDenied;
  return diagnostics.has_errors() ? kExitError : kExitOk;
}

bool HasItsSecrets(CliSession& session, Prepared& prepared, const Plan& plan) {
  std::map<std::string, std::string>
      needed;  // what is waited for → the first address that needs it
  for (const Change& change : plan.changes) {
    if (change.action == Action::kDelete || change.action == Action::kForget) continue;
    for (const Node& node : prepared.graph().nodes) {
      if (node.address != change.address) continue;
      std::vector<std::string> waits;
      CollectWaits(node.fields, waits);
      for (std::string& wait : waits) needed.emplace(std::move(wait), node.address);
    }
  }
  LoadedProgram& program = *prepared.program;
  program.diagnostics = {};  // the others are printed
  for (const UnreadSecret& secret : program.evaluation->unread_secrets()) {
    auto by = needed.find(secret.waited_for);
    if (by == needed.end()) continue;
    std::string what = fmt::format("{}, and `{}` needs it", secret.error.message, by->second);
    AddMissing(secret, what, program.diagnostics);
  }
  if (program.ok()) return true;
  ReportDiagnostics(session, program);
  session.errors_exit = ExitCodeOf(program.diagnostics);
  return false;
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
