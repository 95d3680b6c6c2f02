#include "compiler/driver/sync/sync_worker.h"

#include <fmt/format.h>

#include "compiler/driver/sync/fetch.h"
#include "compiler/driver/sync/sync_words.h"
#include "runtime/base/spare_memory.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

// An error is the commit's fault where another attempt would end in the same way.
SyncResult ResultOf(const Error& error) {
  bool denied = error.kind == ErrorKind::kDenied;
  return denied ? SyncResult::kRefused : SyncResult::kFailed;
}

bool IsCancelled(const Error& error) {
  return error.kind == ErrorKind::kCancelled;
}

}  // namespace

Result<std::unique_ptr<SyncWorker>> SyncWorker::Open(AgentShared shared, SyncSpec spec,
                                                     SyncBell* bell) {
  std::unique_ptr<SyncWorker> worker(new SyncWorker(shared, std::move(spec), bell));
  const SyncSpec& opened = worker->spec_;
  OPS_TRY(MakeStateDirectory(worker->env(), shared.project));
  OPS_ASSIGN(worker->lock_, LockProject(shared.session, shared.args, opened.project()));
  OPS_ASSIGN(worker->mirror_, OpenMirror(opened.mirror()));
  OPS_ASSIGN(auto record, ReadSyncRecord(worker->env(), opened.state_dir));
  if (record) worker->record_ = *std::move(record);
  OPS_ASSIGN(auto journal, OpenJournal(opened.state_dir));
  worker->rules_ = DigestOf(opened.fields, journal->secret_salt()).Hex();
  SyncRecord& remembered = worker->record_;
  remembered.memory.stale = remembered.rules != worker->rules_;
  remembered.name = opened.name;
  remembered.url = PrintUrl(opened.url);
  remembered.path = opened.path;
  remembered.ref = PrintRef(opened.ref);
  remembered.memory.refused.clear();  // who starts anew may have changed what was wrong here
  remembered.memory.apply_failures = 0;
  if (opened.policy.suspended) {
    shared.log.Say(opened.name, {.time = worker->env().Now(), .state = "suspended"});
    worker->standing_ = SyncStanding::kSynced;
  }
  shared.board.Set(opened.name, worker->standing_, remembered.memory);
  return worker;
}

Result<std::string> SyncWorker::Fetch(std::stop_token stop) {
  // A local repository keeps nobody waiting, and what is new in it is soon read.
  bool here = !LocalPath(spec_.url).empty() && !record_.memory.seen.empty();
  Status fetched = here ? FetchInto(spec_.mirror(), spec_.url, stop) : FetchBeside(spec_, stop);
  if (!fetched && IsCancelled(fetched.error())) return std::unexpected(fetched.error());
  shared_.metrics.CountFetch(spec_.name, fetched ? "ok" : "failed");
  Result<std::string> id =
      fetched ? mirror_->Resolve(spec_.ref) : Result<std::string>(std::unexpected(fetched.error()));
  std::string error = id ? "" : id.error().message;
  if (!id && error != record_.fetch_error) {
    std::string hint = id.error().hint.empty() ? "" : "  hint: " + id.error().hint + "\n";
    std::string kept = record_.memory.applied.empty()
                           ? ""
                           : "; what was applied is kept: " + record_.memory.applied.substr(0, 10);
    shared_.log.Say(spec_.name,
                    {.time = env().Now(), .state = "unreachable", .message = error + kept}, hint);
  }
  if (id && !record_.fetch_error.empty()) {
    shared_.log.Say(spec_.name, {.time = env().Now(), .state = "reachable", .revision = *id});
  }
  record_.fetch_error = error;
  if (!id) standing_ = SyncStanding::kFailed;
  return id;
}

Gate SyncWorker::MayApply(const std::string& revision) {
  std::string waits = shared_.board.WaitsFor(env(), spec_, revision);
  bool news = waits != std::exchange(waits_, waits);
  if (waits.empty()) return Gate::kOpen;
  standing_ = SyncStanding::kWaiting;
  if (!news) return Gate::kShut;
  SyncEntry entry;
  if (auto attempt = Begin(revision)) entry = attempt->entry;
  entry.time = env().Now();
  entry.state = "waiting";
  entry.message = "for " + waits;
  shared_.metrics.SetInfo(spec_.name, revision, entry.state);
  shared_.log.Say(spec_.name, entry);
  record_.Add(std::move(entry));
  // What cannot be remembered now is at the next step.
  (void)Remember(record_.memory);
  return Gate::kShut;
}

Result<SyncResult> SyncWorker::Apply(const std::string& revision, std::stop_token stop) {
  Result<Attempt> attempt = Begin(revision);
  if (!attempt)
    return EndWithError({.entry = {.revision = revision}}, attempt.error(), SyncResult::kFailed);
  Result<SyncResult> result = TryApply(*attempt, revision, stop);
  if (result) return End(std::move(*attempt), *result);
  if (IsCancelled(result.error())) return result;
  if (ResultOf(result.error()) == SyncResult::kFailed) CloseEngine();
  return EndWithError(std::move(*attempt), result.error(), ResultOf(result.error()));
}

Result<SyncResult> SyncWorker::Check(const std::string& revision, Heal heal, std::stop_token stop) {
  Result<Attempt> attempt = Begin(revision);
  if (!attempt)
    return EndWithError({.entry = {.revision = revision}}, attempt.error(), SyncResult::kFailed);
  Result<SyncResult> result = TryCheck(*attempt, revision, heal, stop);
  if (result) return End(std::move(*attempt), *result);
  if (IsCancelled(result.error())) return result;
  return EndWithError(std::move(*attempt), result.error(), SyncResult::kFailed);
}

Result<SyncWorker::Attempt> SyncWorker::Begin(const std::string& revision) {
  OPS_ASSIGN(GitCommit commit, mirror_->Commit(revision));
  Attempt attempt;
  attempt.entry.revision = revision;
  attempt.entry.author = commit.author;
  attempt.entry.subject = commit.subject;
  return attempt;
}

SyncResult SyncWorker::End(Attempt attempt, SyncResult result) {
  ReturnSpareMemory();  // what was needed for it is gone
  attempt.entry.time = env().Now();
  attempt.entry.state = StateName(result);
  auto took = std::chrono::steady_clock::now() - attempt.begin;
  shared_.metrics.CountPass(spec_.name, attempt.entry.state, took);
  bool denied = result == SyncResult::kRefused;
  bool healed = result == SyncResult::kHealed || result == SyncResult::kFought;
  bool good = result == SyncResult::kSynced || healed;
  // A refused commit stays the news although what was true before is looked after.
  bool waits = record_.memory.seen != attempt.entry.revision || !record_.fetch_error.empty();
  if (good && !waits) standing_ = SyncStanding::kSynced;
  if (good && !waits) shared_.metrics.SetSynced(spec_.name, std::chrono::system_clock::now());
  if (result == SyncResult::kDrifted && !waits) standing_ = SyncStanding::kDrifted;
  if (result == SyncResult::kFailed) standing_ = SyncStanding::kFailed;
  if (denied) standing_ = attempt.broken ? SyncStanding::kFailed : SyncStanding::kDenied;
  const SyncEntry* last = record_.last();
  bool same = last != nullptr && last->state == attempt.entry.state &&
              last->revision == attempt.entry.revision && last->message == attempt.entry.message;
  bool was_drifted = last != nullptr && last->state == "drifted";
  bool quiet = result == SyncResult::kSynced && attempt.entry.message.empty() && !was_drifted;
  if (!waits || denied) {
    shared_.metrics.SetInfo(spec_.name, attempt.entry.revision, attempt.entry.state);
  }
  if (quiet || same) return result;
  shared_.log.Say(spec_.name, attempt.entry, attempt.details);
  record_.Add(std::move(attempt.entry));
  return result;
}

SyncResult SyncWorker::EndWithError(Attempt attempt, const Error& error, SyncResult result) {
  attempt.entry.message = error.message;
  if (attempt.details.empty() && !error.hint.empty()) {
    attempt.details = fmt::format("  hint: {}\n", error.hint);
  }
  return End(std::move(attempt), result);
}

Status SyncWorker::Remember(const SyncMemory& memory) {
  record_.memory = memory;
  shared_.board.Set(spec_.name, standing_, memory);
  auto key = [](const SyncRecord& record) {
    const SyncMemory& kept = record.memory;
    return std::make_tuple(kept.seen, kept.applied, kept.refused, kept.apply_failures,
                           record.fetch_error, record.left, record.history.size(),
                           record.history.empty() ? Time{} : record.history.back().time);
  };
  if (key(record_) == key(written_)) return {};
  OPS_TRY(WriteSyncRecord(env(), spec_.state_dir, record_));
  written_ = record_;
  return {};
}

}  // namespace opsc
