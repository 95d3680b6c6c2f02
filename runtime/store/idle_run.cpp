#include "runtime/store/idle_run.h"

#include <chrono>

#include "runtime/graph/state.h"
#include "runtime/store/journal_events.h"
#include "runtime/store/state_db.h"

namespace opsc {
namespace {

// Pages of the log that the next connection may have to read again, instead of syncing each run.
constexpr const char* kUnsynced = "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 64";

Result<bool> IsAs(JournalTransaction& transaction, const IdleRun& run) {
  OPS_ASSIGN(int64_t open, transaction.db().Number("SELECT count(*) FROM intents"));
  return open == 0 && transaction.serial() == run.serial;
}

Status Record(JournalTransaction& transaction, const IdleRun& run) {
  OPS_ASSIGN(std::string id, BeginRunIn(transaction, run.command));
  Time now = std::chrono::system_clock::now();
  EndRunChange end{id, static_cast<uint8_t>(RunOutcome::kOk), run.summary,
                   now.time_since_epoch().count()};
  OPS_TRY(transaction.Append({RecordKind::kEndRun, {end}}));
  return transaction.Commit();
}

}  // namespace

Result<bool> RecordIdleRun(const std::string& state_dir, const IdleRun& run) {
  OPS_ASSIGN(std::unique_ptr<Database> db, OpenStateDb(state_dir));
  OPS_TRY(db->Script(kUnsynced));
  db->KeepLogOnClose();
  OPS_ASSIGN(JournalTransaction transaction, JournalTransaction::Begin(*db));
  Result<bool> as = IsAs(transaction, run);
  Status recorded = as && *as ? Record(transaction, run) : Status();
  if (!as || !*as || !recorded) (void)db->Script("ROLLBACK");
  OPS_TRY(recorded);
  return as;
}

}  // namespace opsc
