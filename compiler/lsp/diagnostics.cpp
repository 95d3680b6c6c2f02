// What a check found, as the protocol says it.
#include <fmt/format.h>

#include "compiler/lsp/features.h"
#include "compiler/lsp/uri.h"

namespace opsc::lsp {
namespace {

int SeverityOf(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return 1;
    case Severity::kWarning:
      return 2;
    case Severity::kHint:
      return 3;
  }
  return 1;
}

// A page that explains the code; made when it is first linked to.
std::string PageOf(const Workspace& w, Diag id) {
  std::string path =
      JoinPath(w.host->cache_dir, "codes-" + w.host->stamp + "/" + CodeOf(id) + ".md");
  if (w.host->env->Stat(path).type != FileType::kFile) {
    const DiagInfo& info = InfoOf(id);
    std::string page = fmt::format("# {}: {}\n\n{}\n", CodeOf(id), info.text, info.help);
    if (w.host->env->MakeDirs(std::string(DirName(path)))) {
      (void)w.host->env->WriteFile(path, page, 0444, Durability::kCached);
    }
  }
  return UriOfPath(path);
}

Json FixesJson(const Workspace& w, const Program& program, const Diagnostic& d) {
  Json fixes = Json::array();
  for (const Fix& fix : d.fixes) {
    auto where = WhereIs(w, program, fix.span);
    if (!where) continue;
    fixes.push_back({{"title", fix.title},
                     {"uri", where->uri},
                     {"edit", TextEditJson(where->range, fix.replacement)}});
  }
  return fixes;
}

Json RelatedJson(const Workspace& w, const Program& program, const Diagnostic& d) {
  Json related = Json::array();
  for (const RelatedSpan& other : d.related) {
    auto where = WhereIs(w, program, other.span);
    if (!where) continue;
    related.push_back(
        {{"location", LocationJson(where->uri, where->range)}, {"message", other.message}});
  }
  return related;
}

Json ToJson(const Workspace& w, const Program& program, const ProgramFile& file,
            const Diagnostic& d) {
  auto place = program.Locate(d.span.file, d.span.begin);
  uint32_t begin = place ? place->offset : 0;
  Json json = {
      {"range", ToJson(RangeOf(w, program, file, begin, begin + d.span.end - d.span.begin))},
      {"severity", SeverityOf(d.severity)},
      {"code", CodeOf(d.id)},
      {"codeDescription", {{"href", PageOf(w, d.id)}}},
      {"source", "opsc"},
      {"message", d.hint.empty() ? d.message : d.message + "\n" + d.hint}};
  Json related = RelatedJson(w, program, d);
  if (!related.empty()) json["relatedInformation"] = std::move(related);
  Json fixes = FixesJson(w, program, d);
  if (!fixes.empty()) json["data"] = {{"fixes", std::move(fixes)}};
  return json;
}

// The work that is left is done first: an answer is about the text as it is.
void SettleAll(Program& program, const ProgramFile* first) {
  while (Settle(program, first)) continue;
}

}  // namespace

Json DiagnosticsOf(const Workspace& w, const Program& program, const ProgramFile& file) {
  Json all = Json::array();
  for (const Diagnostic* d : FoundIn(program, file)) all.push_back(ToJson(w, program, file, *d));
  return all;
}

Json PullDiagnostics(Workspace& w, const Json& params) {
  Json items = Json::array();
  if (auto home = FileOf(w, params); home && !home->file->absolute.empty()) {
    SettleAll(*home->program, home->file);
    items = DiagnosticsOf(w, *home->program, *home->file);
  }
  std::string id = Sha256(items.dump()).Hex().substr(0, 16);
  if (At(params, {"previousResultId"}, std::string()) == id) {
    return {{"kind", "unchanged"}, {"resultId", id}};
  }
  return {{"kind", "full"}, {"resultId", id}, {"items", std::move(items)}};
}

Json PullWorkspaceDiagnostics(Workspace& w, const Json&) {
  Json reports = Json::array();
  for (const auto& [root, program] : w.programs) {
    SettleAll(*program, nullptr);
    for (const auto& [path, module] : program->modules) {
      for (const auto& file : module.files) {
        if (file->absolute.empty()) continue;
        auto open = w.documents.find(file->absolute);
        Json version = open == w.documents.end() ? Json() : Json(open->second.version);
        reports.push_back({{"kind", "full"},
                           {"uri", UriOf(w, *program, *file)},
                           {"version", std::move(version)},
                           {"items", DiagnosticsOf(w, *program, *file)}});
      }
    }
  }
  return {{"items", std::move(reports)}};
}

}  // namespace opsc::lsp
