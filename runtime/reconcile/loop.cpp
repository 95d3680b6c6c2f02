#include "runtime/reconcile/loop.h"

#include <algorithm>

namespace opsc {
namespace {

constexpr std::chrono::nanoseconds kLongestSleep = std::chrono::hours(1);

std::chrono::nanoseconds TimeUntil(Time until, Time now) {
  if (until <= now) return std::chrono::nanoseconds(0);
  if (until >= now + kLongestSleep) return kLongestSleep;
  return until - now;
}

// Does one step that is no wait; what it used up of `events` is taken away.
Status Do(SyncLoop& loop, const SyncStep& step, SyncEvents& events, std::stop_token stop) {
  Env& env = loop.env;
  if (step.kind == SyncStep::Kind::kFetch) {
    events.push = false;
    Result<std::string> revision = loop.syncer.Fetch(stop);
    if (!revision && revision.error().kind == ErrorKind::kCancelled) {
      return std::unexpected(revision.error());
    }
    auto seen = revision ? std::optional(*revision) : std::nullopt;
    loop.memory = AfterFetch(loop.policy, loop.memory, seen, env.Now(), loop.jitter());
  } else if (step.kind == SyncStep::Kind::kApply) {
    events.drift = false;
    OPS_ASSIGN(SyncResult result, loop.syncer.Apply(step.revision, stop));
    loop.memory = AfterApply(loop.policy, loop.memory, result, env.Now(), loop.jitter());
  } else {
    events.drift = false;
    OPS_ASSIGN(SyncResult result, loop.syncer.Check(step.revision, loop.policy.heal, stop));
    loop.memory = AfterCheck(loop.policy, loop.memory, result, env.Now(), loop.jitter());
  }
  return loop.syncer.Remember(loop.memory);
}

// What is next, with the gate asked where it matters.
SyncStep Next(SyncLoop& loop, const SyncEvents& events, Time now) {
  SyncStep step = NextStep(loop.policy, loop.memory, events, now);
  if (step.kind != SyncStep::Kind::kApply) return step;
  Gate gate = loop.syncer.MayApply(step.revision);
  return gate == Gate::kOpen ? step : NextStep(loop.policy, loop.memory, events, now, gate);
}

bool IsCancelled(const Status& status) {
  return !status && status.error().kind == ErrorKind::kCancelled;
}

}  // namespace

void SyncBell::Push() {
  Ring(&SyncEvents::push);
}
void SyncBell::Drift() {
  Ring(&SyncEvents::drift);
}
void SyncBell::Gate() {
  Ring(&SyncEvents::gate);
}

void SyncBell::Ring(bool SyncEvents::* event) {
  {
    std::lock_guard lock(mutex_);
    events_.*event = true;
  }
  heard_.notify_all();
}

SyncEvents SyncBell::Wait(std::chrono::nanoseconds timeout, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  heard_.wait_for(lock, stop, timeout,
                  [&] { return events_.push || events_.drift || events_.gate; });
  return std::exchange(events_, {});
}

Result<LoopEnd> RunLoop(SyncLoop& loop, std::stop_token stop) {
  SyncEvents events;
  while (!stop.stop_requested()) {
    Time now = loop.env.Now();
    SyncStep step = Next(loop, events, now);
    if (step.kind == SyncStep::Kind::kWait) {
      SyncEvents heard = loop.bell.Wait(TimeUntil(step.until, now), stop);
      events = {events.push || heard.push, events.drift || heard.drift};
      continue;
    }
    Status done = Do(loop, step, events, stop);
    if (IsCancelled(done)) return LoopEnd::kInterrupted;
    if (!done) return std::unexpected(done.error());
  }
  return LoopEnd::kIdle;
}

Result<LoopEnd> RunPass(SyncLoop& loop, std::stop_token stop) {
  SyncEvents events{.push = true, .drift = true};
  loop.memory.next_fetch = {};
  loop.memory.next_apply = {};
  loop.memory.next_heal = {};
  while (!stop.stop_requested()) {
    SyncStep step = Next(loop, events, loop.env.Now());
    if (step.kind == SyncStep::Kind::kWait) return LoopEnd::kIdle;
    Status done = Do(loop, step, events, stop);
    if (IsCancelled(done)) return LoopEnd::kInterrupted;
    if (!done) return std::unexpected(done.error());
    if (step.kind == SyncStep::Kind::kCheck) return LoopEnd::kIdle;
  }
  return LoopEnd::kInterrupted;
}

}  // namespace opsc
