#include <fmt/format.h>

#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/lasting.h"
#include "compiler/driver/project/params.h"
#include "compiler/syntax/parse.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--format", "FORMAT", "of the value", "text|json"},
    {"--applied", "", "what is known only after apply: as the last apply left it"},
    {"--reveal", "", "print secrets in clear (only with --format json)"},
};

// The project here, or an empty one: `opsc eval '1 + 1'` needs no sources.
Project ProjectOrNothing(Env& env) {
  auto project = FindProject(env, std::nullopt);
  if (project) return *project;
  std::string here = AbsolutePath(".");
  return {here, JoinPath(here, ".ops"), {}};
}

// The outs of resources, as the last apply left them.
Result<Outputs> Recorded(Env& env, const Project& project) {
  OPS_ASSIGN(auto journal, OpenExistingJournal(env, project));
  OPS_ASSIGN(auto entries, journal->Entries());
  Outputs outs;
  for (const StateEntry& entry : entries) outs[entry.address] = WithResult(entry.outs, "ok");
  return outs;
}

// The value of `text` in the root module; absent after errors, which are in the diagnostics.
std::optional<Value> EvaluateText(LoadedProgram& program, const std::string& text,
                                  const Outputs& known) {
  Diagnostics& diagnostics = program.diagnostics;
  FileId file = program.parsed.sources.Add("<expression>", text);
  ast::File expression = ParseExpression(program.parsed.sources, file, {}, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  auto checked = CheckExpression(program.model, program.check_inputs, expression, diagnostics);
  if (!checked || diagnostics.has_errors()) return std::nullopt;
  return program.evaluation->Evaluate(checked->expr, checked->frame_size, known, diagnostics);
}

Result<int> Run(CliSession& session, const Args& args) {
  Project project = ProjectOrNothing(*session.env);
  LoadedProgram& program = Lasting(CheckProject(*session.env, project));
  std::optional<Value> value;
  bool reveal = args.Flag("reveal");
  if (program.ok()) {
    OPS_ASSIGN(auto params, CollectParams(*session.env, args, program.parsed.root));
    Secrets secrets = reveal ? Secrets::kRead : Secrets::kUnknown;
    EvalOptions options =
        EvaluationOptions(*session.env, project, std::move(params), secrets, program);
    OPS_TRY(AddEnvironment(args, program, options));
    program.evaluation =
        Evaluate(program.model, program.parsed.sources, options, program.diagnostics);
  }
  if (program.ok() && program.evaluation) {
    Outputs known;
    if (args.Flag("applied")) {
      OPS_ASSIGN(known, Recorded(*session.env, project));
    }
    value = EvaluateText(program, args.positional.front(), known);
  }
  ReportDiagnostics(session, program, DiagFormat::kText);
  if (!value || !program.ok()) return kExitError;
  bool json = session.json || reveal || args.ValueOr("format", "text") == "json";
  SecretPolicy policy = reveal ? SecretPolicy::kReveal : SecretPolicy::kRedact;
  WriteOut((json ? ToJson(*value, policy) : ToText(*value)) + "\n");
  return kExitOk;
}

}  // namespace

extern const Command kEvalCommand = {
    .name = "eval",
    .summary = "the value of an expression in the program",
    .example = "opsc eval 'web.port + 1' --format json",
    .run = Run,
    .positional = {"EXPR", 1, 1},
    .options = kOptions,
    .groups = kProgramGroup | kJsonGroup,
    .details = "Without sources here, only builtin functions are there. Touches nothing."};

}  // namespace opsc
