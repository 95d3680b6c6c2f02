#include "runtime/store/journal_writer.h"

#include "runtime/store/state_db.h"

namespace opsc {
namespace {

bool RefusesAlone(const Error& error) {
  return error.kind == ErrorKind::kInput || error.kind == ErrorKind::kConflict;
}

}  // namespace

JournalWriter::JournalWriter(std::string state_dir)
    : state_dir_(std::move(state_dir)),
      group_([this](const std::vector<Request*>& batch) { CommitBatch(batch); }) {}

Status JournalWriter::Write(Work work) {
  Request request{std::move(work), {}};
  group_.Run(request);
  return std::move(request.status);
}

Status JournalWriter::Health() {
  std::scoped_lock lock(mutex_);
  if (broken_) return std::unexpected(*broken_);
  return {};
}

// What is on the disk after a failed write or sync is unknown until the database is opened anew.
void JournalWriter::Break(const Error& error) {
  std::scoped_lock lock(mutex_);
  if (!broken_) broken_ = error;
}

void JournalWriter::CommitBatch(const std::vector<Request*>& batch) {
  Status status = Health();
  if (status) {
    status = TryCommit(batch);
    if (!status && !RefusesAlone(status.error())) Break(status.error());
  }
  if (status) return;
  for (Request* request : batch) request->status = status;
}

Status JournalWriter::TryCommit(const std::vector<Request*>& batch) {
  if (db_ == nullptr) {
    OPS_ASSIGN(db_, OpenStateDb(state_dir_));
  }
  Result<JournalTransaction> transaction = JournalTransaction::Begin(*db_);
  Status status;
  if (!transaction) {
    status = std::unexpected(std::move(transaction).error());
  } else {
    status = DoWork(*transaction, batch);
  }
  if (status) {
    fault_.BeforeCommit();
    status = transaction->Commit();
    if (status) fault_.AfterCommit();
  }
  if (!status) (void)db_->Script("ROLLBACK");  // fails where SQLite has rolled back itself
  return status;
}

Status JournalWriter::DoWork(JournalTransaction& transaction, const std::vector<Request*>& batch) {
  for (Request* request : batch) {
    JournalTransaction before = transaction;
    request->status = request->work(transaction);
    if (request->status) continue;
    if (!RefusesAlone(request->status.error())) return request->status;
    transaction = before;
  }
  return {};
}

}  // namespace opsc
