// The Journal over SQLite.
#include <mutex>

#include "runtime/store/journal_care.h"
#include "runtime/store/journal_events.h"
#include "runtime/store/journal_read.h"
#include "runtime/store/journal_writer.h"
#include "runtime/store/state_db.h"
#include "runtime/store/state_document.h"
#include "runtime/store/store.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

// Reads on one connection, writes in groups on another.
class SqliteJournal : public Journal {
 public:
  SqliteJournal(const std::string& state_dir, std::unique_ptr<Database> reader,
                StateIdentity identity)
      : reader_(std::move(reader)), identity_(std::move(identity)), writer_(state_dir) {}

  Result<std::vector<StateEntry>> Entries() override { return Read(ReadEntries); }
  Result<std::optional<StateEntry>> Entry(const std::string& address) override {
    return Read([&](Database& db) { return ReadEntry(db, address); });
  }
  Result<uint64_t> Serial() override { return Read(ReadSerial); }
  Result<std::vector<OpenIntent>> OpenIntents() override { return Read(ReadOpenIntents); }
  Result<std::vector<RunRecord>> Runs(size_t limit) override {
    return Read([&](Database& db) { return ReadRuns(db, limit); });
  }
  Result<std::vector<StepRecord>> Steps(const std::string& run) override {
    return Read([&](Database& db) { return ReadSteps(db, run); });
  }
  Result<std::map<std::string, int64_t>> ExpectedDurations() override {
    return Read(ReadExpectedDurations);
  }

  Result<std::string> BeginRun(const std::string& command) override {
    return Write<std::string>([&](JournalTransaction& t) { return BeginRunIn(t, command); });
  }

  Status EndRun(const std::string& run, RunOutcome outcome, const std::string& summary) override {
    Time now = std::chrono::system_clock::now();
    JournalRecord record{RecordKind::kEndRun,
                         {EndRunChange{run, static_cast<uint8_t>(outcome), summary,
                                       now.time_since_epoch().count()}}};
    OPS_TRY(Write<uint64_t>([&](JournalTransaction& t) { return t.Append(record); }));
    return {};
  }

  Result<uint64_t> Intent(const IntentRequest& request) override {
    OpenIntentChange intent{request.run,
                            request.address,
                            request.type,
                            request.action,
                            request.token,
                            EncodeValue(request.fields, identity_.salt),
                            EncodeValue(request.recorded, identity_.salt)};
    return Write<uint64_t>([&](JournalTransaction& t) { return OpenIntentIn(t, intent); });
  }

  Status Complete(uint64_t intent, const std::optional<StateEntry>& entry,
                  const StepRecord& step) override {
    std::optional<NewEntry> encoded;
    if (entry) encoded = Encoded(*entry);
    return writer_.Write(
        [&](JournalTransaction& t) { return CompleteIn(t, intent, encoded, step); });
  }

  Status Abandon(uint64_t intent, bool half_done, const StepRecord& step) override {
    Effect effect = half_done ? Effect::kHalfDone : Effect::kNone;
    return writer_.Write(
        [&](JournalTransaction& t) { return AbandonIn(t, intent, effect, step, identity_.salt); });
  }

  Status Record(std::span<const StateEntry> entries, std::span<const StepRecord> steps) override {
    std::vector<NewEntry> encoded;
    for (const StateEntry& entry : entries) encoded.push_back(Encoded(entry));
    return writer_.Write([&](JournalTransaction& t) { return RecordIn(t, encoded, steps); });
  }

  Status Move(const std::string& from, const std::string& to) override {
    return writer_.Write(
        [&](JournalTransaction& t) { return MoveIn(t, from, to, identity_.salt); });
  }

  Status Remove(const std::string& address) override {
    return writer_.Write([&](JournalTransaction& t) { return RemoveIn(t, address); });
  }

  Result<std::string> Export() override {
    StateDocument document;
    OPS_ASSIGN(document, Read([&](Database& db) -> Result<StateDocument> {
                 // One snapshot for the serial and the entries.
                 OPS_TRY(db.Run("BEGIN"));
                 Result<uint64_t> serial = ReadSerial(db);
                 Result<std::vector<StateEntry>> entries = ReadEntries(db);
                 OPS_TRY(db.Run("ROLLBACK"));
                 OPS_TRY(serial);
                 OPS_TRY(entries);
                 return StateDocument{identity_, *serial, std::move(*entries)};
               }));
    return EncodeStateDocument(document);
  }

  // The salt changes with it, so no other call may run at the same time.
  Status Import(std::string_view text) override {
    OPS_ASSIGN(StateDocument document, DecodeStateDocument(text));
    OPS_TRY(writer_.Write([&](JournalTransaction& t) { return ImportIn(t, document, identity_); }));
    identity_ = document.identity;
    return {};
  }

  const std::string& secret_salt() const override { return identity_.salt; }

 private:
  template <typename F>
  auto Read(F f) -> decltype(f(std::declval<Database&>())) {
    OPS_TRY(writer_.Health());
    std::scoped_lock lock(reader_mutex_);
    return f(*reader_);
  }

  template <typename T, typename F>
  Result<T> Write(F work) {
    T result{};
    OPS_TRY(writer_.Write([&](JournalTransaction& transaction) -> Status {
      OPS_ASSIGN(result, work(transaction));
      return {};
    }));
    return result;
  }

  NewEntry Encoded(const StateEntry& entry) const {
    return {entry.address, EncodeEntry(entry, identity_.salt)};
  }

  std::mutex reader_mutex_;
  std::unique_ptr<Database> reader_;
  StateIdentity identity_;
  JournalWriter writer_;
};

}  // namespace

Result<std::unique_ptr<Journal>> OpenJournal(const std::string& state_dir) {
  OPS_ASSIGN(std::unique_ptr<Database> db, OpenStateDb(state_dir));
  OPS_ASSIGN(StateIdentity identity, ReadIdentity(*db));
  return std::make_unique<SqliteJournal>(state_dir, std::move(db), std::move(identity));
}

}  // namespace opsc
