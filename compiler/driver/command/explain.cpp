#include <charconv>
#include <map>

#include <fmt/format.h>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/targets.h"
#include "compiler/driver/show/diff_text.h"
#include "runtime/graph/diff.h"

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
  std::map<std::string, std::string_view> codes;  // by code, as they are asked for
  for (const DiagInfo& info : Catalogue()) codes.emplace(CodeOf(info.id), info.text);
  for (const auto& [code, text] : codes) WriteOut(fmt::format("{}  {}\n", code, text));
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

void ExplainNode(const Node& node, bool color) {
  WriteOut(fmt::format(
      "{}  {}\n", Paint(color, Style::kBold, node.type + " " + node.address),
      Paint(color, Style::kDim,
            fmt::format("{}:{}:{}", node.origin.file, node.origin.line, node.origin.column))));
  if (!node.doc.empty()) WriteOut(node.doc + "\n");
  WriteOut(FieldsText(node.fields, {.color = color, .indent = 2}));
}

void ExplainOrigin(const LoadedProgram& program, const std::string& word, const Value& value,
                   bool color) {
  WriteOut(fmt::format("{} = {}\n", Paint(color, Style::kBold, word), ToText(value)));
  for (const Evaluation::OriginStep& step : program.evaluation->Explain(value)) {
    WriteOut(StepText(step, program.parsed.sources, color));
  }
}

// What the last apply left at a place of an instance: a field, or an out of its kind.
std::optional<Value> RecordedAt(Env& env, const Project& project, const NodeAndPath& place) {
  auto journal = OpenExistingJournal(env, project);
  if (!journal) return std::nullopt;
  auto entry = (*journal)->Entry(place.node->address);
  if (!entry || !*entry) return std::nullopt;
  Node applied;
  applied.fields = Overlay((*entry)->fields, (*entry)->outs);
  Result<Value> value = FindField(applied, place.path);
  return value ? std::optional(*std::move(value)) : std::nullopt;
}

void ExplainRecorded(const std::string& word, const Value& value, bool color) {
  WriteOut(fmt::format("{} = {}\n  as the last apply left it\n", Paint(color, Style::kBold, word),
                       ToText(value)));
}

// A parameter, a value of an instance, an instance, or all in a family or component.
Result<int> ExplainValue(CliSession& session, const Args& args, const std::string& word) {
  OPS_ASSIGN(auto prepared, Prepare(session, args, {.secrets = Secrets::kUnknown}));
  if (!prepared) return session.errors_exit;
  const Graph& graph = prepared->graph();
  bool color = session.terminal.out_color;
  if (auto param = graph.params.find(word); param != graph.params.end()) {
    ExplainOrigin(*prepared->program, word, param->second, color);
    return kExitOk;
  }
  if (auto nodes = FindNodes(graph, word)) {
    for (const Node* node : *nodes) ExplainNode(*node, color);
    return kExitOk;
  }
  OPS_ASSIGN(NodeAndPath place, FindNodeAndPath(graph, word));
  std::optional<Value> recorded = RecordedAt(*session.env, prepared->project, place);
  Result<Value> value = FindField(*place.node, place.path);
  if (!value && !recorded) return std::unexpected(value.error());
  if (value) ExplainOrigin(*prepared->program, word, *value, color);
  if (recorded && (!value || value->has_pending())) ExplainRecorded(word, *recorded, color);
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
    .positional = {"ADDRESS[.FIELD]|PARAM|CODE", 1, 1, Completes::kAddresses},
    .groups = kProgramGroup,
    .details = "A code is one such as OPS0201; `opsc explain OPS` lists all."};

}  // namespace opsc
