#include <charconv>

#include <fmt/format.h>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/targets.h"
#include "compiler/driver/show/diff_text.h"

namespace opsc {
namespace {

bool LooksLikeCode(std::string_view word) {
  return word.size() > 3 && (word.starts_with("OPS") || word.starts_with("ops")) &&
         word.find_first_not_of("0123456789", 3) == word.npos;
}

Result<int> ExplainCode(const std::string& word) {
  std::string code = "OPS" + word.substr(3);
  for (const DiagInfo& info : Catalogue()) {
    if (CodeOf(info.id) != code) continue;
    WriteOut(fmt::format("{}: {}\n\n{}\n", code, info.text, info.help));
    return kExitOk;
  }
  return Fail(ErrorKind::kInput, fmt::format("there is no diagnostic `{}`", code),
              "`opsc explain OPS` lists them");
}

int ListCodes() {
  for (const DiagInfo& info : Catalogue()) {
    WriteOut(fmt::format("{}  {}\n", CodeOf(info.id), info.text));
  }
  return kExitOk;
}

std::string StepText(const Evaluation::OriginStep& step, const Sources& sources, bool color) {
  if (!step.span.valid()) return fmt::format("  {}\n", step.what);
  LineColumn at = sources.Locate(step.span.file, step.span.begin);
  std::string place = fmt::format("{}:{}:{}", sources[step.span.file].path, at.line, at.column);
  std::string_view line = sources.Line(step.span.file, at.line);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return fmt::format("  {}  {}\n      {}\n", step.what, Paint(color, Style::kDim, place), line);
}

Result<int> ExplainValue(CliSession& session, const Args& args, const std::string& word) {
  OPS_ASSIGN(auto prepared, Prepare(session, args, {.secrets = Secrets::kUnknown}));
  if (!prepared) return kExitError;
  OPS_ASSIGN(NodeAndPath found, FindNodeAndPath(prepared->graph(), word));
  bool color = session.terminal.out_color;
  const Node& node = *found.node;
  if (found.path.empty()) {
    WriteOut(fmt::format(
        "{}  {}\n", Paint(color, Style::kBold, node.type + " " + node.address),
        Paint(color, Style::kDim,
              fmt::format("{}:{}:{}", node.origin.file, node.origin.line, node.origin.column))));
    if (!node.doc.empty()) WriteOut(node.doc + "\n");
    WriteOut(FieldsText(node.fields, {.color = color, .indent = 2}));
    return kExitOk;
  }
  OPS_ASSIGN(Value value, FindField(node, found.path));
  WriteOut(fmt::format("{} = {}\n", Paint(color, Style::kBold, word), ToText(value)));
  const LoadedProgram& program = *prepared->program;
  for (const Evaluation::OriginStep& step : program.evaluation->Explain(value)) {
    WriteOut(StepText(step, program.parsed.sources, color));
  }
  return kExitOk;
}

Result<int> Run(CliSession& session, const Args& args) {
  const std::string& word = args.positional.front();
  if (word == "OPS") return ListCodes();
  if (LooksLikeCode(word)) return ExplainCode(word);
  return ExplainValue(session, args, word);
}

}  // namespace

extern const Command kExplainCommand = {
    .name = "explain",
    .summary = "where a value comes from, or what a diagnostic means",
    .example = "opsc explain web.port",
    .run = Run,
    .positional = {"ADDRESS[.FIELD]|CODE", 1, 1, Completes::kAddresses},
    .groups = kProgramGroup,
    .details = "A code is one such as OPS0201; `opsc explain OPS` lists all."};

}  // namespace opsc
