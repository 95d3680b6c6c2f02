// What a pass of a sync does: verifies, compiles, plans, applies, watches.
#include <map>

#include <fmt/format.h>

#include "compiler/driver/ml/tell_trackers.h"
#include "compiler/driver/project/planning.h"
#include "compiler/driver/show/plan_text.h"
#include "compiler/driver/sync/export_tree.h"
#include "compiler/driver/sync/sync_words.h"
#include "compiler/driver/sync/sync_worker.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

// Of what is watched: which things there are, and where.
Digest DigestOfEntries(const std::vector<StateEntry>& entries, std::string_view salt) {
  Hasher hasher;
  for (const StateEntry& entry : entries) {
    hasher.Part(entry.address).Part(entry.type).Part(EncodeValue(entry.fields, salt));
  }
  return hasher.Finish();
}

}  // namespace

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
  bool same = compiled_ && compiled_->revision.commit.id == revision;
  if (same && compiled_->engine) return compiled_.get();
  if (!same) {
    compiled_.reset();  // two of them would need twice the memory
    OPS_ASSIGN(compiled_, CompileSynced(env(), *mirror_, spec_, revision, Secrets::kRead));
  }
  Status opened = OpenSynced(shared_.session, shared_.args, spec_, *compiled_, engine_);
  if (!opened) {
    compiled_.reset();
    return std::unexpected(opened.error());
  }
  engine_ = compiled_->engine;
  return compiled_.get();
}

// Whatever it knows of the world (how a cluster is reached, say) may be why something failed.
void SyncWorker::CloseEngine() {
  watches_.clear();
  watched_ = {};
  if (compiled_) compiled_->engine.reset();
  engine_.reset();
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
  attempt.entry.message = ChangeCounts(*result);
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
  Engine& engine = *engine_;
  auto serial = engine.journal->Serial();
  if (!serial || *serial == watched_.serial) return;
  auto entries = engine.journal->Entries();
  if (!entries) return;
  watched_.serial = *serial;
  shared_.metrics.SetObjects(spec_.name, entries->size());
  if (bell_ == nullptr) return;
  Digest wanted = DigestOfEntries(*entries, engine.journal->secret_salt());
  if (wanted == watched_.entries) return;
  watched_.entries = wanted;
  std::map<std::string, std::vector<StateEntry>> by_type;
  for (StateEntry& entry : *entries) by_type[entry.type].push_back(std::move(entry));
  std::vector<std::unique_ptr<opsc::Watch>> watches;
  for (const auto& [type, of_type] : by_type) {
    Kind* kind = engine.kinds.Find(type);
    if (kind == nullptr) continue;
    auto watch = kind->WatchEntries(engine.context, of_type, [bell = bell_] { bell->Drift(); });
    if (watch) watches.push_back(std::move(watch));
  }
  watches_ = std::move(watches);          // only now: the new ones take over what the old ones know
  if (!watches_.empty()) bell_->Drift();  // nobody saw what happened before they began
}

}  // namespace opsc
