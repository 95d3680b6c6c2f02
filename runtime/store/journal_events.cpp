#include "runtime/store/journal_events.h"

#include <fmt/format.h>

#include "runtime/store/run_id.h"
#include "runtime/store/user_name.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

int64_t Nanoseconds(Time time) {
  return time.time_since_epoch().count();
}

AddStepChange StepChange(const StepRecord& step, const std::string& run) {
  return {
      step.run.empty() ? run : step.run, step.address,    step.action, step.result, step.message,
      Nanoseconds(step.started),         step.duration_ns};
}

Result<OpenIntentChange> TakeIntent(JournalTransaction& transaction, uint64_t id,
                                    std::vector<JournalChange>& changes) {
  OPS_ASSIGN(std::optional<OpenIntentChange> intent, transaction.FindIntent(id));
  if (!intent) {
    return Fail(ErrorKind::kConflict, fmt::format("the effect {} is no longer open", id),
                "another opsc has finished or recovered it; plan again");
  }
  changes.push_back(CloseIntentChange{id});
  return std::move(*intent);
}

// Of a half-done effect: the entry as it was, or what was about to be made, tainted.
Result<StateEntry> TaintedEntry(JournalTransaction& transaction, const OpenIntentChange& intent) {
  OPS_ASSIGN(std::optional<StoredEntry> stored, transaction.Find(intent.address));
  StateEntry entry;
  if (stored) {
    OPS_ASSIGN(entry, DecodeEntry(stored->entry));
  } else {
    entry.address = intent.address;
    entry.type = intent.type;
    OPS_ASSIGN(entry.fields, DecodeValue(intent.fields));
    entry.outs = Value::Record({});
    OPS_ASSIGN(entry.recorded, DecodeValue(intent.recorded));
  }
  entry.tainted = true;
  return entry;
}

// Runs whose process died without a word.
Status EndDeadRuns(JournalTransaction& transaction, Time now, std::vector<JournalChange>& changes) {
  OPS_ASSIGN(Statement * select,
             transaction.db().Prepare("SELECT id FROM runs WHERE outcome = ?1"));
  select->Start(static_cast<int>(RunOutcome::kRunning));
  StatementScope scope(select);
  while (true) {
    OPS_ASSIGN(bool found, select->Step());
    if (!found) return {};
    changes.push_back(EndRunChange{std::string(select->Text(0)),
                                   static_cast<uint8_t>(RunOutcome::kInterrupted),
                                   "the process ended without a result", Nanoseconds(now)});
  }
}

Result<std::string> LastRun(Database& db) {
  OPS_ASSIGN(Statement * select, db.Prepare("SELECT max(id) FROM runs"));
  select->Start();
  StatementScope scope(select);
  OPS_TRY(select->Step());
  return std::string(select->Text(0));
}

}  // namespace

Result<std::string> BeginRunIn(JournalTransaction& transaction, const std::string& command) {
  Time now = std::chrono::system_clock::now();
  JournalRecord record{RecordKind::kBeginRun, {}};
  OPS_TRY(EndDeadRuns(transaction, now, record.changes));
  OPS_ASSIGN(std::string last, LastRun(transaction.db()));
  std::string id = NextRunId(now, last);
  record.changes.push_back(BeginRunChange{id, command, UserName(), Nanoseconds(now)});
  OPS_TRY(transaction.Append(record));
  OPS_TRY(transaction.Prune());
  return id;
}

Result<uint64_t> OpenIntentIn(JournalTransaction& transaction, const OpenIntentChange& intent) {
  return transaction.Append({RecordKind::kIntent, {intent}});
}

Status CompleteIn(JournalTransaction& transaction, uint64_t intent_id,
                  const std::optional<NewEntry>& entry, const StepRecord& step) {
  JournalRecord record{RecordKind::kComplete, {}};
  OPS_ASSIGN(OpenIntentChange intent, TakeIntent(transaction, intent_id, record.changes));
  if (entry) {
    OPS_TRY(transaction.Put(record.changes, entry->address, entry->entry));
  } else {
    OPS_ASSIGN(std::optional<StoredEntry> stored, transaction.Find(intent.address));
    if (stored) transaction.Drop(record.changes, intent.address);
  }
  record.changes.push_back(StepChange(step, intent.run));
  OPS_TRY(transaction.Append(record));
  return {};
}

Status AbandonIn(JournalTransaction& transaction, uint64_t intent_id, Effect effect,
                 const StepRecord& step, std::string_view secret_salt) {
  JournalRecord record{RecordKind::kAbandon, {}};
  OPS_ASSIGN(OpenIntentChange intent, TakeIntent(transaction, intent_id, record.changes));
  if (effect == Effect::kHalfDone) {
    OPS_ASSIGN(StateEntry entry, TaintedEntry(transaction, intent));
    OPS_TRY(transaction.Put(record.changes, entry.address, EncodeEntry(entry, secret_salt)));
  }
  record.changes.push_back(StepChange(step, intent.run));
  OPS_TRY(transaction.Append(record));
  return {};
}

Status RecordIn(JournalTransaction& transaction, std::span<const NewEntry> entries,
                std::span<const StepRecord> steps) {
  JournalRecord record{RecordKind::kRecord, {}};
  for (const NewEntry& entry : entries) {
    OPS_TRY(transaction.Put(record.changes, entry.address, entry.entry));
  }
  for (const StepRecord& step : steps) record.changes.push_back(StepChange(step, ""));
  if (record.changes.empty()) return {};
  OPS_TRY(transaction.Append(record));
  return {};
}

}  // namespace opsc
