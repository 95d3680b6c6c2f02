#include "compiler/driver/sync/sync_worker.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/driver/ml/tell_trackers.h"
#include "compiler/driver/project/planning.h"
#include "compiler/driver/show/plan_text.h"
#include "compiler/driver/sync/export_tree.h"
#include "compiler/driver/sync/fetch.h"
#include "runtime/base/spare_memory.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

constexpr size_t kNamesShown = 5;

std::string_view StateName(SyncResult result) {
  switch (result) {
    case SyncResult::kSynced:
      return "synced";
    case SyncResult::kDrifted:
      return "drifted";
    case SyncResult::kHealed:
    case SyncResult::kFought:
      return "healed";
    case SyncResult::kRefused:
      return "refused";
    case SyncResult::kFailed:
      return "failed";
  }
  return "failed";
}

// An error is the commit's fault where another attempt would end in the same way.
SyncResult ResultOf(const Error& error) {
  bool denied = error.kind == ErrorKind::kDenied;
  return denied ? SyncResult::kRefused : SyncResult::kFailed;
}

bool IsCancelled(const Error& error) {
  return error.kind == ErrorKind::kCancelled;
}

std::string NamesOf(const std::vector<std::string>& names) {
  std::vector<std::string> shown(names.begin(),
                                 names.begin() + std::min(names.size(), kNamesShown));
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (names.size() > kNamesShown) text += fmt::format(" and {} more", names.size() - kNamesShown);
  return text;
}

// "a (content), b (is gone)".
std::string DriftNames(const std::vector<Drift>& drift) {
  std::vector<std::string> names;
  for (const Drift& one : drift) {
    std::vector<std::string> paths;
    for (const FieldDiff& field : one.diff) paths.push_back(field.path);
    names.push_back(fmt::format("{} ({})", one.address, one.gone ? "is gone" : NamesOf(paths)));
  }
  return NamesOf(names);
}

// "3 created, 1 deleted".
std::string Counts(const ApplyResult& result) {
  std::vector<std::string> parts;
  auto add = [&](int count, std::string_view what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
  };
  add(result.created, "created");
  add(result.updated, "changed");
  add(result.replaced, "replaced");
  add(result.destroyed, "deleted");
  add(result.adopted, "adopted");
  add(result.forgotten, "forgotten");
  add(result.moved, "moved");
  add(result.ran, "run");
  return parts.empty() ? "nothing had to be done" : fmt::format("{}", fmt::join(parts, ", "));
}

Status FirstBrokenCheck(const Plan& plan) {
  for (const GraphCheck& check : plan.checks) {
    if (!check.failed || check.warning) continue;
    return Fail(ErrorKind::kDenied, fmt::format("{}:{}: {}: {}", check.origin.file,
                                                check.origin.line, check.address, check.message));
  }
  return {};
}

// Of what is watched: which things there are, and where.
Digest DigestOfEntries(const std::vector<StateEntry>& entries, std::string_view salt) {
  Hasher hasher;
  for (const StateEntry& entry : entries) {
    hasher.Part(entry.address).Part(entry.type).Part(EncodeValue(entry.fields, salt));
  }
  return hasher.Finish();
}

Error FirstFailure(const std::vector<FailedNode>& failures) {
  if (failures.empty()) return {ErrorKind::kTask, "not everything was done", ""};
  const FailedNode& first = failures.front();
  std::string more = failures.size() > 1 ? fmt::format(" (and {} more)", failures.size() - 1) : "";
  return {ErrorKind::kTask, fmt::format("{}: {}{}", first.address, first.message, more), ""};
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
  Status fetched = FetchBeside(spec_, stop);
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

Result<SyncResult> SyncWorker::TryApply(Attempt& attempt, const std::string& revision,
                                        std::stop_token stop) {
  const std::string& before = record_.memory.applied;
  if (!before.empty() && !mirror_->Contains(revision, before)) {
    shared_.log.Say(spec_.name, {.time = env().Now(),
                                 .state = "rewritten",
                                 .revision = revision,
                                 .message = fmt::format("{} is not part of its history",
                                                        before.substr(0, 10))});
  }
  OPS_TRY(Verify(attempt, revision, stop));
  Result<SyncedProgram*> synced = Compiled(revision);
  if (!synced) {
    const std::string& hint = synced.error().hint;  // or whole diagnostics, line by line
    attempt.details = hint.empty() || hint.ends_with('\n') ? hint : "  hint: " + hint + "\n";
    attempt.broken = true;
    return Fail(synced.error().kind == ErrorKind::kInput ? ErrorKind::kDenied : synced.error().kind,
                synced.error().message);
  }
  OPS_TRY(RecoverOpenIntents((*synced)->apply_inputs()));
  OPS_ASSIGN(SyncPlan plan, PlanSynced(**synced, spec_));
  OPS_TRY(FirstBrokenCheck(plan.plan));
  OPS_TRY(RunPlan(attempt, plan, stop));
  record_.rules = rules_;
  SayWhatIsLeft(plan, revision);
  Watch();
  OPS_TRY(RemoveOtherTrees(spec_.source_directory(revision)));
  return SyncResult::kSynced;
}

Result<SyncResult> SyncWorker::TryCheck(Attempt& attempt, const std::string& revision, Heal heal,
                                        std::stop_token stop) {
  OPS_ASSIGN(SyncedProgram * synced, Compiled(revision));
  synced->engine->context.stop = stop;
  OPS_TRY(RecoverOpenIntents(synced->apply_inputs()));
  OPS_ASSIGN(SyncPlan plan, PlanSynced(*synced, spec_));
  std::vector<std::string> left = fights_.LeftAlone(plan.plan.drift, env().Now());
  if (heal == Heal::kYes && !left.empty()) {
    attempt.entry.message = NamesOf(left) + ": changed again and again, healed ever later";
    OPS_ASSIGN(plan, PlanSynced(*synced, spec_, left));
    shared_.metrics.SetDrift(spec_.name, left.size());
    if (plan.plan.Summary().empty()) return SyncResult::kFought;
  }
  bool as_recorded = plan.plan.drift.empty();
  if (as_recorded && plan.plan.Summary().empty()) {
    shared_.metrics.SetDrift(spec_.name, 0);
    Watch();
    return SyncResult::kSynced;
  }
  std::string what = as_recorded ? PlanFooter(plan.plan) : DriftNames(plan.plan.drift);
  while (what.ends_with('\n')) what.pop_back();
  if (heal == Heal::kNo) {
    shared_.metrics.SetDrift(spec_.name, plan.plan.drift.size());
    attempt.entry.message = what;
    Watch();
    return SyncResult::kDrifted;
  }
  OPS_TRY(RunPlan(attempt, plan, stop));
  fights_.NoteHealed(plan.plan.drift, env().Now());
  shared_.metrics.SetDrift(spec_.name, left.size());
  attempt.entry.message = fmt::format("{}: {}", what, attempt.entry.message);
  if (!plan.plan.notes.empty()) attempt.entry.message += "; " + NamesOf(plan.plan.notes);
  Watch();
  return left.empty() ? SyncResult::kHealed : SyncResult::kFought;
}

Status SyncWorker::Verify(Attempt& attempt, const std::string& revision, std::stop_token stop) {
  if (!spec_.signers) return {};
  OPS_ASSIGN(GitCommit commit, mirror_->Commit(revision));
  OPS_ASSIGN(auto keys, ReadSignerKeys(env(), shared_.project, *spec_.signers));
  OPS_ASSIGN(Signature signature, VerifySignature(commit, keys, spec_.state_dir, stop));
  if (signature.state != SignatureState::kGood) {
    return Fail(ErrorKind::kDenied,
                fmt::format("{} ({})", signature.detail, SignatureStateName(signature.state)));
  }
  attempt.entry.signer = signature.signer;
  return {};
}

Result<SyncedProgram*> SyncWorker::Compiled(const std::string& revision) {
  if (compiled_ && compiled_->revision.commit.id == revision) return compiled_.get();
  StopWatching();
  compiled_.reset();
  OPS_ASSIGN(compiled_, CompileSynced(env(), *mirror_, spec_, revision, Secrets::kRead));
  if (Status opened = OpenSynced(shared_.session, shared_.args, spec_, *compiled_); !opened) {
    compiled_.reset();
    return std::unexpected(opened.error());
  }
  return compiled_.get();
}

Status SyncWorker::RunPlan(Attempt& attempt, const SyncPlan& plan, std::stop_token stop) {
  if (plan.plan.Summary().empty()) {
    attempt.entry.message = "nothing had to be done";
    TellTrackersQuietly(shared_.session, *compiled_->engine, compiled_->graph, stop);
    return {};
  }
  Engine& engine = *compiled_->engine;
  auto output = shared_.log.MakeOutput(spec_.name);
  engine.context.events = output.get();
  engine.context.stop = stop;
  ApplyOptions options;
  options.command = fmt::format("sync {} {}", spec_.name, attempt.entry.revision.substr(0, 10));
  if (auto parallel = shared_.args.Value("parallel")) options.parallel = std::stoi(*parallel);
  Result<ApplyResult> result = opsc::Apply(plan.plan, compiled_->apply_inputs(), options, stop);
  output->Finish();
  engine.context.events = nullptr;
  TellTrackers(shared_.session, engine, compiled_->graph, stop);
  if (!result) return std::unexpected(result.error());
  attempt.entry.run = result->run_id;
  attempt.entry.message = Counts(*result);
  shared_.metrics.CountChanges(spec_.name, "create", result->created);
  shared_.metrics.CountChanges(spec_.name, "update", result->updated);
  shared_.metrics.CountChanges(spec_.name, "replace", result->replaced);
  shared_.metrics.CountChanges(spec_.name, "delete", result->destroyed);
  if (stop.stop_requested() && !result->ok()) {
    return Fail(ErrorKind::kCancelled, "stopped in the middle of a pass");
  }
  if (!result->ok()) return std::unexpected(FirstFailure(output->failures()));
  OPS_TRY(engine.digests->Save());
  return compiled_->program->evaluation->DecideChecks(result->known);
}

void SyncWorker::SayWhatIsLeft(const SyncPlan& plan, const std::string& revision) {
  bool news = !plan.left.empty() && plan.left != record_.left;
  record_.left = plan.left;
  if (!news) return;
  shared_.log.Say(spec_.name, {.time = env().Now(),
                               .state = "left",
                               .revision = revision,
                               .message = NamesOf(plan.left) + " (no longer in Git; `prune: true` "
                                                               "would delete it)"});
}

void SyncWorker::Watch() {
  if (!compiled_) return;
  Engine& engine = *compiled_->engine;
  auto entries = engine.journal->Entries();
  if (!entries) return;
  shared_.metrics.SetObjects(spec_.name, entries->size());
  if (bell_ == nullptr) return;
  Digest wanted = DigestOfEntries(*entries, engine.journal->secret_salt());
  if (wanted == watched_) return;
  watched_ = wanted;
  watches_.clear();  // they would end what the new ones begin
  std::map<std::string, std::vector<StateEntry>> by_type;
  for (StateEntry& entry : *entries) by_type[entry.type].push_back(std::move(entry));
  std::vector<std::unique_ptr<opsc::Watch>> watches;
  for (const auto& [type, of_type] : by_type) {
    Kind* kind = engine.kinds.Find(type);
    if (kind == nullptr) continue;
    auto watch = kind->WatchEntries(engine.context, of_type, [bell = bell_] { bell->Drift(); });
    if (watch) watches.push_back(std::move(watch));
  }
  watches_ = std::move(watches);
  if (!watches_.empty()) bell_->Drift();  // nobody saw what happened before they began
}

void SyncWorker::StopWatching() {
  watches_.clear();
  watched_ = {};
}

SyncResult SyncWorker::End(Attempt attempt, SyncResult result) {
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
  ReturnSpareMemory();  // the step is done
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
