#include "runtime/store/journal_read.h"

#include <algorithm>

#include "runtime/store/journal_record.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

// Columns: serial, entry, digest.
Result<StateEntry> EntryOf(const Statement& row) {
  auto serial = static_cast<uint64_t>(row.Int(0));
  std::string_view bytes = row.Bytes(1);
  if (DigestBytes(EntryDigest(serial, bytes)) != row.Bytes(2)) {
    return Fail(ErrorKind::kCorrupt, "an entry of the state was damaged or changed by hand",
                "move .ops/state.db aside and restore a backup of `opsc state pull` with "
                "`opsc state push`");
  }
  OPS_ASSIGN(StateEntry entry, DecodeEntry(bytes));
  entry.serial = serial;
  return entry;
}

Time TimeOf(int64_t nanoseconds) {
  return Time{std::chrono::nanoseconds(nanoseconds)};
}

RunOutcome OutcomeOf(int64_t number) {
  constexpr auto kLast = static_cast<int64_t>(RunOutcome::kInterrupted);
  return number < 0 || number > kLast ? RunOutcome::kInterrupted : static_cast<RunOutcome>(number);
}

// One item for each row of a started statement.
template <typename T, typename Make>
Result<std::vector<T>> Collect(Statement* statement, Make make) {
  StatementScope scope(statement);
  std::vector<T> items;
  while (true) {
    OPS_ASSIGN(bool found, statement->Step());
    if (!found) return items;
    OPS_ASSIGN(T item, make(*statement));
    items.push_back(std::move(item));
  }
}

Result<OpenIntent> IntentOf(const Statement& row) {
  auto text = [&](int column) { return std::string(row.Text(column)); };
  OpenIntent intent{.id = static_cast<uint64_t>(row.Int(0)),
                    .run = text(1),
                    .address = text(2),
                    .type = text(3),
                    .action = text(4),
                    .token = text(5),
                    .fields = {},
                    .recorded = {}};
  OPS_ASSIGN(intent.fields, DecodeValue(row.Bytes(6)));
  OPS_ASSIGN(intent.recorded, DecodeValue(row.Bytes(7)));
  return intent;
}

}  // namespace

Result<std::vector<StateEntry>> ReadEntries(Database& db) {
  OPS_ASSIGN(Statement * select, db.Prepare("SELECT serial, entry, digest FROM entries"));
  select->Start();
  OPS_ASSIGN(std::vector<StateEntry> entries, Collect<StateEntry>(select, EntryOf));
  std::ranges::sort(entries, {}, &StateEntry::address);
  return entries;
}

Result<std::optional<StateEntry>> ReadEntry(Database& db, const std::string& address) {
  OPS_ASSIGN(Statement * select,
             db.Prepare("SELECT serial, entry, digest FROM entries WHERE address = ?1"));
  select->Start(std::string_view(address));
  OPS_ASSIGN(std::vector<StateEntry> entries, Collect<StateEntry>(select, EntryOf));
  if (entries.empty()) return std::nullopt;
  return std::move(entries[0]);
}

Result<uint64_t> ReadSerial(Database& db) {
  OPS_ASSIGN(int64_t serial, db.Number("SELECT value FROM meta WHERE name = 'serial'"));
  return static_cast<uint64_t>(serial);
}

Result<std::vector<OpenIntent>> ReadOpenIntents(Database& db) {
  OPS_ASSIGN(Statement * select,
             db.Prepare("SELECT id, run, address, type, action, token, fields, recorded"
                        " FROM intents ORDER BY id"));
  select->Start();
  return Collect<OpenIntent>(select, IntentOf);
}

Result<std::vector<RunRecord>> ReadRuns(Database& db, size_t limit) {
  OPS_ASSIGN(Statement * select,
             db.Prepare("SELECT id, command, user, summary, started, ended, outcome FROM runs"
                        " ORDER BY id DESC LIMIT ?1"));
  select->Start(std::min<size_t>(limit, 1'000'000));
  return Collect<RunRecord>(select, [](const Statement& row) -> Result<RunRecord> {
    return RunRecord{.id = std::string(row.Text(0)),
                     .command = std::string(row.Text(1)),
                     .started = TimeOf(row.Int(4)),
                     .ended = TimeOf(row.Int(5)),
                     .outcome = OutcomeOf(row.Int(6)),
                     .summary = std::string(row.Text(3)),
                     .user = std::string(row.Text(2))};
  });
}

Result<std::vector<StepRecord>> ReadSteps(Database& db, const std::string& run) {
  OPS_ASSIGN(Statement * select,
             db.Prepare("SELECT run, address, action, result, message, started, duration"
                        " FROM steps WHERE run = ?1 ORDER BY seq, place"));
  select->Start(std::string_view(run));
  return Collect<StepRecord>(select, [](const Statement& row) -> Result<StepRecord> {
    return StepRecord{.run = std::string(row.Text(0)),
                      .address = std::string(row.Text(1)),
                      .action = std::string(row.Text(2)),
                      .result = std::string(row.Text(3)),
                      .message = std::string(row.Text(4)),
                      .started = TimeOf(row.Int(5)),
                      .duration_ns = row.Int(6)};
  });
}

Result<std::map<std::string, int64_t>> ReadExpectedDurations(Database& db) {
  OPS_ASSIGN(Statement * select, db.Prepare("SELECT address, d0, d1, d2, d3, d4 FROM durations"));
  select->Start();
  using Median = std::pair<std::string, int64_t>;
  auto medians = Collect<Median>(select, [](const Statement& row) -> Result<Median> {
    std::vector<int64_t> last;
    for (int column = 1; column <= 5 && !row.IsNull(column); ++column) {
      last.push_back(row.Int(column));
    }
    if (last.empty()) return Median(row.Text(0), 0);
    std::ranges::sort(last);
    return Median(row.Text(0), last[(last.size() - 1) / 2]);
  });
  OPS_ASSIGN(std::vector<Median> found, std::move(medians));
  return std::map<std::string, int64_t>(found.begin(), found.end());
}

}  // namespace opsc
