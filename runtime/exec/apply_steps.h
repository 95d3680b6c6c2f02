// What a run says of the nodes that have ended: events, counts, and records in batches.
#pragma once

#include <vector>

#include "runtime/exec/apply_run.h"

namespace opsc {

// Steps and entries on their way into the journal. Coordinating thread only.
class StepLog {
 public:
  struct Batch {
    std::vector<StateEntry> entries;
    std::vector<StepRecord> steps;
  };

  explicit StepLog(ApplyRun& run) : run_(run) {}

  // `item` has ended. REQUIRES: it has a change.
  void Add(const ApplyItem& item, std::string message);
  // A changed record without a step: what a node depends on.
  void AddEntry(StateEntry entry) { waiting_.entries.push_back(std::move(entry)); }

  bool empty() const { return waiting_.steps.empty() && waiting_.entries.empty(); }
  // Time to write? One batch at a time: call Flushed when it is durable.
  bool Due() const;
  Batch Take();
  void Flushed() { flushing_ = false; }
  // Writes the rest and waits. That tasks were cached is recorded only beside something that was
  // done.
  Status Flush();

 private:
  void Count(const ApplyItem& item);
  void Announce(const ApplyItem& item, const StepRecord& step);

  ApplyRun& run_;
  Batch waiting_;
  std::vector<StepRecord> cached_;
  bool flushing_ = false;
  bool did_something_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace opsc
