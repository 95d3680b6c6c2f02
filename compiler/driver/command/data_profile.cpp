#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/cli/result_file.h"
#include "compiler/driver/data/drift_picture.h"
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

nlohmann::ordered_json JsonOf(const Profile& profile, const std::optional<DriftOverTime>& drift) {
  nlohmann::ordered_json json = ToJson(profile);
  if (!drift) return json;
  auto& periods = json["drift"]["periods"] = nlohmann::ordered_json::array();
  for (size_t i = 0; i < drift->begins.size(); ++i) {
    periods.push_back({{"from", FormatTime(Time(std::chrono::nanoseconds(drift->begins[i])))},
                       {"rows", drift->rows[i]}});
  }
  for (const ColumnOverTime& column : drift->columns) {
    auto& psi = json["drift"]["psi"][column.name] = nlohmann::ordered_json::array();
    for (const auto& value : column.psi) {
      psi.push_back(value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json());
    }
  }
  return json;
}

// The rows are read once more: drift needs all values with their times.
// Of the same rows, read once more.
Result<std::optional<DriftOverTime>> DriftOf(const CliSession& session, const Args& args) {
  OPS_ASSIGN(NamedTable again, OpenTable(session, args.positional.front()));
  return MakeDriftOverTime(*again.rows);
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(NamedTable table, OpenTable(session, args.positional.front()));
  OPS_ASSIGN(Profile profile, MakeProfile(table.name, *table.rows));
  NoteRefused(session, table);
  std::optional<DriftOverTime> drift;
  if (table.rows->schema()->EventTime()) {
    OPS_ASSIGN(drift, DriftOf(session, args));
  }
  if (auto path = args.Value("html")) {
    OPS_TRY(WriteResultFile(*session.env, *path, ProfileHtml(profile, drift), 0644));
    if (!session.json) WriteOut("wrote " + *path + "\n");
    if (!session.json) return kExitOk;
  }
  if (session.json) {
    WriteOut(JsonText(JsonOf(profile, drift), 2) + "\n");
  } else {
    WriteOut(ProfileText(profile, session.terminal.out_color, session.terminal.width));
    if (drift) WriteOut(DriftText(*drift, session.terminal.out_color));
  }
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
        "Types, nulls, distinct values, quantiles and histograms, by exact counts over all rows; "
        "of\n"
        "rows with an event time, how each column drifts.\n"
        "A dataset is what `opsc run` has read last; a file is CSV, JSON Lines or Parquet by its\n"
        "name."};

}  // namespace opsc
