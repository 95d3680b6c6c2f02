#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/cli/result_file.h"
#include "compiler/driver/data/profile_text.h"
#include "compiler/driver/data/table.h"
#include "compiler/driver/show/json_text.h"
#include "runtime/data/profile.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--html", "FILE", "write a page that stands for itself"},
};

// Rows that were left out are said: a profile of half a table looks like a whole one.
void NoteRefused(const CliSession& session, const NamedTable& table) {
  if (table.log == nullptr || table.log->rows() == 0) return;
  PrintNote(session, std::to_string(table.log->rows()) + " rows cannot be read and are left out: " +
                         table.log->example_texts().front());
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(NamedTable table, OpenTable(session, args.positional.front()));
  OPS_ASSIGN(Profile profile, MakeProfile(table.name, *table.rows));
  NoteRefused(session, table);
  if (auto path = args.Value("html")) {
    OPS_TRY(WriteResultFile(*session.env, *path, ProfileHtml(profile), 0644));
    if (!session.json) WriteOut("wrote " + *path + "\n");
    if (!session.json) return kExitOk;
  }
  WriteOut(session.json ? JsonText(ToJson(profile), 2) + "\n"
                        : ProfileText(profile, session.terminal.out_color, session.terminal.width));
  return kExitOk;
}

}  // namespace

extern const Command kDataProfileCommand = {
    .name = "data profile",
    .summary = "what stands in a dataset or file, column by column",
    .example = "opsc data profile orders --html orders.html",
    .run = Run,
    .positional = {"DATASET|FILE", 1, 1, Completes::kFiles},
    .options = kOptions,
    .groups = kJsonGroup,
    .details =
        "Types, nulls, distinct values, quantiles and histograms, by exact counts over all rows.\n"
        "A dataset is what `opsc run` has read last; a file is CSV, JSON Lines or Parquet by its\n"
        "name."};

}  // namespace opsc
