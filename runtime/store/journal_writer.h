// The writing end of a journal: durable when it returns, many threads in one transaction.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/store/fault_point.h"
#include "runtime/store/group_commit.h"
#include "runtime/store/journal_transaction.h"

namespace opsc {

// Thread-safe. The connection is opened at the first write.
class JournalWriter {
 public:
  // Reads and checks first, then appends. kInput and kConflict refuse the request alone; any other
  // error fails the whole transaction and every later one.
  using Work = std::function<Status(JournalTransaction&)>;

  explicit JournalWriter(std::string state_dir);

  Status Write(Work work);
  // The error that made the journal unusable.
  Status Health();

 private:
  struct Request {
    Work work;
    Status status;
  };

  void CommitBatch(const std::vector<Request*>& batch);
  Status TryCommit(const std::vector<Request*>& batch);
  Status DoWork(JournalTransaction& transaction, const std::vector<Request*>& batch);
  void Break(const Error& error);

  std::string state_dir_;
  std::unique_ptr<Database> db_;  // of the committing thread
  JournalFault fault_;
  std::mutex mutex_;  // guards broken_
  std::optional<Error> broken_;
  GroupCommit<Request> group_;
};

}  // namespace opsc
