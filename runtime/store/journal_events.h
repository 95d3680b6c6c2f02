// The events of a run as transactions on the journal.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "runtime/store/journal_transaction.h"

namespace opsc {

// Ends the runs whose process died, forgets old history, and gives the new run's id.
Result<std::string> BeginRunIn(JournalTransaction& transaction, const std::string& command);
Result<uint64_t> OpenIntentIn(JournalTransaction& transaction, const OpenIntentChange& intent);
// An entry that is to be recorded, encoded already.
struct NewEntry {
  std::string address;
  std::string entry;
};
// `entry` absent: the node is gone. kConflict where the intent is not open.
Status CompleteIn(JournalTransaction& transaction, uint64_t intent_id,
                  const std::optional<NewEntry>& entry, const StepRecord& step);
enum class Effect { kNone, kHalfDone };
Status AbandonIn(JournalTransaction& transaction, uint64_t intent_id, Effect effect,
                 const StepRecord& step, std::string_view secret_salt);
Status RecordIn(JournalTransaction& transaction, std::span<const NewEntry> entries,
                std::span<const StepRecord> steps);

}  // namespace opsc
