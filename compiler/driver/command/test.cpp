#include <chrono>

#include <fmt/format.h>

#include "compiler/driver/cli/name_hint.h"
#include "compiler/driver/cli/result_file.h"
#include "compiler/driver/live/event_json.h"
#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/params.h"
#include "compiler/driver/show/duration_text.h"
#include "compiler/driver/show/junit.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--junit", "FILE", "write the results as JUnit XML"},
};

struct Outcome {
  std::string name;
  bool ok = false;
  std::string text;  // diagnostics, rendered
  std::chrono::nanoseconds took{0};
};

// Evaluates the program with the test's params and holds its `expect` against it.
Outcome RunOne(const CliSession& session, const LoadedProgram& program, const EvalOptions& base,
               const TestCase& test) {
  auto begin = std::chrono::steady_clock::now();
  EvalOptions options = base;
  for (const auto& [name, value] : test.with) {
    options.values[name] = value;
    options.params.erase(name);
  }
  Outcome outcome{test.name, false, "", {}};
  Diagnostics diagnostics;
  auto evaluation = Evaluate(program.model, program.parsed.sources, options, diagnostics);
  if (evaluation && !diagnostics.has_errors()) {
    outcome.ok = evaluation->RunTest(test.name, diagnostics) && !diagnostics.has_errors();
  }
  bool color = session.terminal.out_color && !session.json;
  outcome.text = Render(diagnostics, program.parsed.sources, DiagFormat::kText,
                        color ? Color::kAlways : Color::kNever);
  outcome.took = std::chrono::steady_clock::now() - begin;
  return outcome;
}

Result<std::vector<TestCase>> Choose(const std::vector<TestCase>& all,
                                     const std::vector<std::string>& names) {
  if (names.empty()) return all;
  std::vector<TestCase> chosen;
  for (const std::string& name : names) {
    std::vector<std::string> known;
    size_t before = chosen.size();
    for (const TestCase& test : all) {
      if (test.name == name) chosen.push_back(test);
      known.push_back(test.name);
    }
    if (chosen.size() > before) continue;
    return Fail(ErrorKind::kInput, fmt::format("there is no test `{}`", name),
                NameHint(name, known, "declare it: test NAME { expect: m => … }"));
  }
  return chosen;
}

void PrintOutcome(const CliSession& session, const Outcome& outcome) {
  if (session.json) {
    Event event;
    event.type = outcome.ok ? Event::Type::kDone : Event::Type::kFailed;
    event.time = session.env->Now();
    event.address = outcome.name;
    event.message = outcome.text;
    event.duration = outcome.took;
    return WriteOut(EventLine(event));
  }
  bool color = session.terminal.out_color;
  std::string mark = outcome.ok ? Paint(color, Style::kGreen, "✓") : Paint(color, Style::kRed, "✗");
  if (!outcome.ok || session.verbosity != Verbosity::kQuiet) {
    WriteOut(fmt::format("{} {} ({})\n{}", mark, outcome.name, RoundedDuration(outcome.took),
                         outcome.text));
  }
}

Status WriteJUnit(CliSession& session, const std::string& path,
                  const std::vector<Outcome>& outcomes) {
  std::vector<JUnitCase> cases;
  for (const Outcome& outcome : outcomes) {
    std::string first = outcome.text.substr(0, outcome.text.find('\n'));
    cases.push_back({outcome.name, std::chrono::duration<double>(outcome.took).count(),
                     outcome.ok ? JUnitCase::Result::kOk : JUnitCase::Result::kFailed, first,
                     outcome.text});
  }
  return WriteResultFile(*session.env, path, JUnitXml("opsc test", cases), 0644);
}

Result<int> RunTests(CliSession& session, const Args& args, LoadedProgram& program,
                     const EvalOptions& options) {
  DeclaredCases declared =
      ListCases(program.model, program.parsed.sources, options, program.diagnostics);
  ReportDiagnostics(session, program);
  if (!program.ok()) return ProgramHasErrors(session);
  OPS_ASSIGN(std::vector<TestCase> tests, Choose(declared.tests, args.positional));
  std::vector<Outcome> outcomes;
  int failed = 0;
  for (const TestCase& test : tests) {
    outcomes.push_back(RunOne(session, program, options, test));
    failed += outcomes.back().ok ? 0 : 1;
    PrintOutcome(session, outcomes.back());
  }
  if (auto path = args.Value("junit")) OPS_TRY(WriteJUnit(session, *path, outcomes));
  int exit_code = failed == 0 ? kExitOk : kExitError;
  int passed = static_cast<int>(tests.size()) - failed;
  WriteOut(session.json ? TestSummaryLine(passed, failed, exit_code, session.env->Now())
                        : fmt::format("{} passed, {} failed.\n", passed, failed));
  return exit_code;
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(Project project, FindProject(*session.env, std::nullopt));
  auto program = CheckProject(*session.env, project);
  if (!program->ok()) {
    ReportDiagnostics(session, *program);
    return ProgramHasErrors(session);
  }
  OPS_ASSIGN(auto params, CollectParams(*session.env, args, program->parsed.root));
  EvalOptions options =
      EvaluationOptions(*session.env, project, std::move(params), Secrets::kUnknown, *program);
  OPS_TRY(AddEnvironment(args, *program, options));
  return RunTests(session, args, *program, options);
}

}  // namespace

extern const Command kTestCommand = {
    .name = "test",
    .summary = "run the program's `test` instances; touches nothing",
    .example = "opsc test --junit results.xml",
    .run = Run,
    .positional = {"NAME", 0, kAnyNumber, Completes::kTests},
    .options = kOptions,
    .groups = kProgramGroup | kEventsGroup,
    .details = "Each test evaluates the program with its own parameters and looks at the result."};

}  // namespace opsc
