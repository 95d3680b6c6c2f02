#include "runtime/kind/rollout.h"

#include <fmt/format.h>

#include <algorithm>

namespace opsc {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr nanoseconds kFirstBackoff = milliseconds(100);
constexpr nanoseconds kLongestBackoff = seconds(30);
constexpr nanoseconds kLongEnough = seconds(10);  // alive: the backoff begins anew
constexpr size_t kOutcomes = 16;

}  // namespace

Rollout::Rollout(EventLoop* loop, ServiceLog* log, uint64_t open_files)
    : loop_(loop), log_(log), open_files_(open_files), forwarder_(loop), backoff_(kFirstBackoff) {
  forwarder_.on_link_end = [this] { StopDrained(); };
}

Rollout::~Rollout() {
  loop_->Cancel(restart_);
  loop_->Cancel(start_timeout_);
  for (const auto& [id, timer] : drain_timers_) loop_->Cancel(timer);
}

std::unique_ptr<Version> Rollout::MakeVersion(ServiceSpec spec) {
  const uint64_t id = next_id_++;
  return std::make_unique<Version>(
      loop_, log_, std::move(spec), id, open_files_,
      Version::Callbacks{.on_ready = [this, id] { OnReady(id); },
                         .on_end = [this, id](const TreeEnd& end) { OnEnd(id, end); }});
}

// --- one change -------------------------------------------------------------------------------

void Rollout::Apply(ServiceSpec spec, Done done) {
  const std::string token = spec.token;
  if (Await(token, done)) return;
  waiting_.emplace(token, std::move(done));
  queue_.push_back(std::move(spec));
  Next();
}

bool Rollout::Await(const std::string& token, Done done) {
  const auto known = std::ranges::find(outcomes_, token, &Outcome::token);
  if (known != outcomes_.end()) {
    done(*known);
    return true;
  }
  const bool coming =
      token == token_ || std::ranges::find(queue_, token, &ServiceSpec::token) != queue_.end();
  if (coming) waiting_.emplace(token, std::move(done));
  return coming;
}

void Rollout::Next() {
  while (!busy() && !queue_.empty()) {
    ServiceSpec spec = std::move(queue_.front());
    queue_.pop_front();
    token_ = spec.token;
    Begin(std::move(spec));
  }
}

void Rollout::Begin(ServiceSpec spec) {
  if (shutdown_) return Finish({token_, false, "the service is being stopped", "apply again"});
  if (const Status prepared = forwarder_.Prepare(spec.port); !prepared) {
    return Finish({token_, false, prepared.error().message, prepared.error().hint});
  }
  coming_ = std::move(spec);
  old_stops_first_ = current_ != nullptr && (coming_.port == 0 || current_->spec().port == 0);
  Changed();
  if (!old_stops_first_) return StartCandidate();
  loop_->Cancel(restart_);
  restart_ = 0;
  if (!current_->running()) return StartCandidate();
  current_->Stop();  // OnEnd goes on
}

void Rollout::StartCandidate() {
  log_->Note(fmt::format("version {} is started", coming_.version));
  candidate_ = MakeVersion(coming_);
  start_timeout_ = loop_->After(nanoseconds(coming_.start_timeout_ns), [this] {
    start_timeout_ = 0;
    FailCandidate(fmt::format("was not ready within {}: {}",
                              FormatDuration(coming_.start_timeout_ns), candidate_->Problem()));
  });
  candidate_->Start();
}

// Of one that was asked at its own port and took no connection.
std::string Rollout::PortHint() const {
  const auto kind = coming_.probe.kind;
  const bool by_port = kind == ProbeSpec::Kind::kTcp || kind == ProbeSpec::Kind::kHttp;
  if (candidate_->port() == 0 || coming_.probe.port != 0 || !by_port) return "";
  if (!candidate_->Problem().contains(" failed: ")) return "";
  return fmt::format("the program has to listen on $PORT (here {}), not on its `port` {}",
                     candidate_->port(), coming_.port);
}

// `why` goes on from "version X …".
void Rollout::FailCandidate(const std::string& why) {
  if (failure_) return;
  loop_->Cancel(start_timeout_);
  start_timeout_ = 0;
  Outcome outcome{token_, false, fmt::format("version {} {}", coming_.version, why), ""};
  if (candidate_ != nullptr) {
    const std::string lines = candidate_->last_lines().Text();
    outcome.message += lines.empty() ? "; it printed nothing" : "; its last lines:\n" + lines;
    if (outcome.message.ends_with('\n')) outcome.message.pop_back();
    if (candidate_->PortWasTaken() && coming_.port != 0) {
      outcome.hint = fmt::format(
          "the service has to listen on the port in the variable PORT; "
          "{} is held by opsc, which forwards from there",
          coming_.port);
    }
  }
  if (outcome.hint.empty() && candidate_ != nullptr) outcome.hint = PortHint();
  if (current_ != nullptr) {
    outcome.hint += fmt::format("{}version {} stays in charge; put it right and apply again",
                                outcome.hint.empty() ? "" : "; ", current_->spec().version);
  }
  log_->Note(fmt::format("version {} {}", coming_.version, why));
  failure_ = std::move(outcome);
  if (candidate_ != nullptr && candidate_->running()) return candidate_->Kill();  // OnEnd goes on
  AbandonCandidate();
}

void Rollout::AbandonCandidate() {
  candidate_.reset();
  forwarder_.Abandon();
  const Outcome outcome = std::move(*failure_);
  failure_.reset();
  if (old_stops_first_ && current_ != nullptr && !shutdown_) {
    log_->Note(fmt::format("version {} is started again", current_->spec().version));
    StartCurrent();
  }
  Finish(outcome);
}

void Rollout::Promote() {
  loop_->Cancel(start_timeout_);
  start_timeout_ = 0;
  loop_->Cancel(restart_);
  restart_ = 0;
  restarts_ = 0;
  backoff_ = kFirstBackoff;
  std::unique_ptr<Version> old = std::move(current_);
  current_ = std::move(candidate_);
  forwarder_.Commit();
  if (current_->port() != 0) forwarder_.SetTarget(current_->port(), current_->id());
  log_->Note(fmt::format("version {} is in charge", current_->spec().version));
  if (old != nullptr && old->running()) Drain(std::move(old));
  Finish({token_, true, "", ""});
}

void Rollout::Finish(const Outcome& outcome) {
  token_.clear();
  outcomes_.push_back(outcome);
  if (outcomes_.size() > kOutcomes) outcomes_.pop_front();
  Changed();
  std::vector<Done> done;
  const auto [begin, end] = waiting_.equal_range(outcome.token);
  for (auto waiter = begin; waiter != end; ++waiter) done.push_back(std::move(waiter->second));
  waiting_.erase(begin, end);
  for (const Done& one : done) one(outcome);
  Next();
  CheckShutdown();
}

void Rollout::Cancel(const std::string& token) {
  if (token == token_) {
    if (candidate_ != nullptr) return FailCandidate("was cancelled before it was ready");
    failure_ = Outcome{token_, false, "cancelled before the new version was started", ""};
    return;  // the old version's end goes on
  }
  const auto queued = std::ranges::find(queue_, token, &ServiceSpec::token);
  if (queued == queue_.end()) return;
  queue_.erase(queued);
  const auto [begin, end] = waiting_.equal_range(token);
  for (auto waiter = begin; waiter != end; ++waiter) {
    waiter->second({token, false, "cancelled before it was begun", ""});
  }
  waiting_.erase(begin, end);
}

// --- those that go ----------------------------------------------------------------------------

void Rollout::Drain(std::unique_ptr<Version> version) {
  const uint64_t id = version->id();
  drain_timers_[id] = loop_->After(nanoseconds(version->spec().stop_timeout_ns), [this, id] {
    const auto one = std::ranges::find(draining_, id, [](const auto& v) { return v->id(); });
    if (one != draining_.end()) (*one)->Stop();
  });
  draining_.push_back(std::move(version));
  StopDrained();
}

void Rollout::StopDrained() {
  for (const auto& version : draining_) {
    if (forwarder_.LinksTo(version->id()) == 0) version->Stop();
  }
}

// --- the one in charge ------------------------------------------------------------------------

void Rollout::StartCurrent() {
  loop_->Cancel(restart_);
  restart_ = loop_->After(nanoseconds(current_->spec().start_timeout_ns), [this] {
    restart_ = 0;
    log_->Note(fmt::format("version {} does not become ready: {}", current_->spec().version,
                           current_->Problem()));
    current_->Kill();
  });
  current_->Start();
}

void Rollout::Restart() {
  log_->Note(fmt::format("version {} is started again in {}", current_->spec().version,
                         FormatDuration(backoff_.count())));
  loop_->Cancel(restart_);
  restart_ = loop_->After(backoff_, [this] {
    restart_ = 0;
    ++restarts_;
    StartCurrent();
  });
  backoff_ = std::min(backoff_ * 2, kLongestBackoff);
}

void Rollout::OnReady(uint64_t id) {
  if (candidate_ != nullptr && candidate_->id() == id) return failure_ ? void() : Promote();
  if (current_ == nullptr || current_->id() != id) return;
  loop_->Cancel(restart_);
  restart_ = 0;
  if (current_->port() != 0) forwarder_.SetTarget(current_->port(), id);
  Changed();
}

void Rollout::OnEnd(uint64_t id, const TreeEnd& end) {
  if (candidate_ != nullptr && candidate_->id() == id) {
    if (!failure_) return FailCandidate(end.Text() + " before it was ready");
    return AbandonCandidate();
  }
  if (current_ != nullptr && current_->id() == id) return OnCurrentEnd(end);
  if (const auto timer = drain_timers_.find(id); timer != drain_timers_.end()) {
    loop_->Cancel(timer->second);
    drain_timers_.erase(timer);
  }
  std::erase_if(draining_, [id](const auto& version) { return version->id() == id; });
  CheckShutdown();
}

void Rollout::OnCurrentEnd(const TreeEnd& end) {
  if (current_->alive() >= kLongEnough) backoff_ = kFirstBackoff;
  loop_->Cancel(restart_);
  restart_ = 0;
  forwarder_.ClearTarget();
  Changed();
  if (shutdown_) {
    current_.reset();
    return CheckShutdown();
  }
  if (busy() && old_stops_first_) return failure_ ? AbandonCandidate() : StartCandidate();
  const RestartPolicy policy = current_->spec().restart;
  const bool failed = end.type != TreeEnd::Type::kExited || end.value != 0;
  if (policy == RestartPolicy::kAlways || (policy == RestartPolicy::kOnFailure && failed))
    Restart();
}

// --- the end ----------------------------------------------------------------------------------

void Rollout::Shutdown(std::function<void()> done) {
  shutdown_ = std::move(done);
  forwarder_.Abandon();
  forwarder_.Close();
  loop_->Cancel(restart_);
  restart_ = 0;
  if (candidate_ != nullptr) FailCandidate("was given up, because the service is stopped");
  if (current_ != nullptr && current_->running())
    current_->Stop();
  else
    current_.reset();
  for (const auto& version : draining_) version->Stop();
  if (busy() && candidate_ == nullptr) {
    return Finish({token_, false, "given up, because the service is stopped", ""});
  }
  CheckShutdown();
}

void Rollout::CheckShutdown() {
  if (!shutdown_ || !idle()) return;
  const auto done = std::move(shutdown_);
  shutdown_ = nullptr;
  done();
}

std::vector<pid_t> Rollout::keepers() const {
  std::vector<pid_t> pids;
  for (const Version* version : {current_.get(), candidate_.get()}) {
    if (version != nullptr && version->running()) pids.push_back(version->keeper());
  }
  for (const auto& version : draining_) {
    if (version->running()) pids.push_back(version->keeper());
  }
  return pids;
}

}  // namespace opsc
