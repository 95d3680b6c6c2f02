#include <fmt/format.h>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/cli/command.h"
#include "compiler/driver/cli/name_hint.h"
#include "compiler/driver/project/documented.h"
#include "compiler/driver/show/table_text.h"

namespace opsc {
namespace {

std::string Overview(const std::vector<DocEntry>& entries, bool color) {
  std::string text;
  for (std::string_view kind : {"type", "component", "field", "function"}) {
    std::vector<std::vector<std::string>> rows;
    for (const DocEntry& entry : entries) {
      if (entry.kind == kind) rows.push_back({"  " + entry.name, entry.summary});
    }
    if (rows.empty()) continue;
    if (!text.empty()) text += "\n";
    text += Paint(color, Style::kBold, fmt::format("{}s", kind)) + "\n" + TableText(rows);
  }
  return text;
}

Result<int> Run(CliSession& session, const Args& args) {
  bool color = session.terminal.out_color;
  Documented what = args.positional.empty() ? Documented::kHandwritten : Documented::kAll;
  std::vector<DocEntry> entries = AllDocEntries(*session.env, what, color);
  if (args.positional.empty()) {
    WriteOut(Overview(entries, color));
    return kExitOk;
  }
  const std::string& name = args.positional.front();
  std::vector<std::string> known;
  std::string text;
  for (const DocEntry& entry : entries) {
    known.push_back(entry.name);
    if (entry.name != name) continue;
    if (!text.empty()) text += "\n";
    text += entry.text;
  }
  if (text.empty()) {
    return Fail(ErrorKind::kInput, fmt::format("there is no type, field or function `{}`", name),
                NameHint(name, known, "`opsc doc` lists them"));
  }
  WriteOut(text);
  return kExitOk;
}

}  // namespace

extern const Command kDocCommand = {
    .name = "doc",
    .summary = "documentation of types, functions and the fields of every instance",
    .example = "opsc doc task",
    .run = Run,
    .positional = {"NAME", 0, 1, Completes::kTypes}};

}  // namespace opsc
