#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/data/profile_text.h"
#include "compiler/driver/data/table.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/table_text.h"
#include "runtime/data/row_diff.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--key", "COLUMN", "what identifies a row, where the type has no @key (repeatable)"},
};

std::string Cell(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "";
}

// By the usual thresholds: below 0.1 none, up to 0.25 some, beyond much.
std::string_view Verdict(const ColumnDrift& column) {
  if (!column.psi || *column.psi < 0.1) return "";
  return *column.psi < 0.25 ? "some drift" : "drift";
}

std::string RowsText(const TableDiff& diff) {
  std::string text =
      fmt::format("{} → {} rows", Grouped(diff.rows_before), Grouped(diff.rows_after));
  if (diff.keys.empty()) return text + " (no key: rows are not matched; --key COLUMN)\n";
  return text + fmt::format(" by {}: {} added, {} removed, {} changed\n",
                            fmt::join(diff.keys, ", "), Grouped(diff.added), Grouped(diff.removed),
                            Grouped(diff.changed));
}

std::string ColumnsText(const TableDiff& diff) {
  std::string text;
  auto list = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("{}: {}\n", what, fmt::join(names, ", "));
  };
  list("columns gone", diff.only_before);
  list("columns new", diff.only_after);
  list("columns of another type", diff.retyped);
  return text;
}

std::string DiffText(const TableDiff& diff) {
  std::vector<std::vector<std::string>> rows = {
      {"COLUMN", "PSI", "KS", "P", "W1", "JS", "NULLS", "CHANGED", ""}};
  for (const ColumnDrift& column : diff.columns) {
    bool nulls = column.nulls_before > 0 || column.nulls_after > 0;
    rows.push_back(
        {column.name, Cell(column.psi), Cell(column.ks), Cell(column.ks_p_value),
         Cell(column.wasserstein), Cell(column.jensen_shannon),
         nulls
             ? fmt::format("{:.2g}% → {:.2g}%", column.nulls_before * 100, column.nulls_after * 100)
             : "",
         diff.keys.empty() ? "" : Grouped(column.changed), std::string(Verdict(column))});
  }
  return RowsText(diff) + ColumnsText(diff) + "\n" + TableText(rows) +
         "\nPSI over the deciles of the first (strings: over their values); below 0.1 is no "
         "drift\n";
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(NamedTable before, OpenTable(session, args.positional[0]));
  OPS_ASSIGN(NamedTable after, OpenTable(session, args.positional[1]));
  OPS_ASSIGN(TableDiff diff, DiffTables(*before.rows, *after.rows, args.Values("key")));
  WriteOut(session.json ? JsonText(ToJson(diff), 2) + "\n" : DiffText(diff));
  return kExitOk;
}

}  // namespace

extern const Command kDataDiffCommand = {
    .name = "data diff",
    .summary = "two datasets or files: rows by key, columns by drift",
    .example = "opsc data diff data/2025.csv data/2026.csv --key id",
    .run = Run,
    .positional = {"DATASET|FILE", 2, 2, Completes::kFiles},
    .options = kOptions,
    .groups = kJsonGroup,
    .details =
        "PSI, Kolmogorov-Smirnov, Wasserstein (numbers, times) and Jensen-Shannon (strings, "
        "bools)."};

}  // namespace opsc
