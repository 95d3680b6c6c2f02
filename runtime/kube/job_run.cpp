#include "runtime/kube/job_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/kube/api_error.h"
#include "runtime/kube/archive.h"
#include "runtime/kube/manifest.h"
#include "runtime/kube/pod_log.h"

namespace opsc {
namespace {

using namespace std::chrono_literals;

constexpr auto kHopelessFor = 10s;  // a registry may be slow to answer once
constexpr auto kNoPodFor = 10s;
constexpr auto kSlice = 1s;
constexpr auto kLogPatience = 10s;  // after the end of the command
constexpr auto kGoneWithin = 9s;    // after a cancellation
constexpr auto kPause = 200ms;

std::string OwnerUid(const Value& object) {
  const Value* metadata = object.Find("metadata");
  const Value* owners = metadata == nullptr ? nullptr : metadata->Find("ownerReferences");
  if (owners == nullptr || !owners->is(ValueKind::kList) || owners->AsList().empty()) return "";
  return TextAt(owners->AsList().front(), "uid");
}

// The message of the condition that says why a Job has failed; empty: it has not.
std::string FailureOf(const Value& job) {
  const Value* status = job.Find("status");
  const Value* conditions = status == nullptr ? nullptr : status->Find("conditions");
  if (conditions == nullptr || !conditions->is(ValueKind::kList)) return "";
  for (const Value& condition : conditions->AsList()) {
    if (TextAt(condition, "type") == "Failed" && TextAt(condition, "status") == "True") {
      return TextAt(condition, "reason") + ": " + TextAt(condition, "message");
    }
  }
  return "";
}

bool CanBeCarriedOn(const Value& job) {
  const Value* status = job.Find("status");
  const bool over = status != nullptr && !TextAt(*status, "completionTime").empty();
  return !over && FailureOf(job).empty() && TextAt(job, "metadata", "deletionTimestamp").empty();
}

}  // namespace

ApiCall JobHome::Call(std::string verb, std::string method, const std::string& resource) const {
  const bool is_job = resource == "jobs";
  return {.verb = std::move(verb),
          .method = std::move(method),
          .path = fmt::format("/{}/namespaces/{}/{}", is_job ? "apis/batch/v1" : "api/v1",
                              name_space, resource),
          .resource = is_job ? "jobs.batch" : resource,
          .name_space = name_space,
          .name = name.name};
}

Result<bool> RemoveJob(const JobHome& home, std::stop_token stop) {
  bool was_there = false;
  for (const char* resource : {"jobs", "secrets"}) {
    ApiCall call = home.Call("delete", "DELETE", resource);
    call.path += "/" + home.name.name + "?propagationPolicy=Background";
    OPS_ASSIGN(const ApiAnswer answer, home.client->Call(call, stop));
    const bool is_secret = call.resource == "secrets";
    // Without secrets, nobody needs the right to delete them.
    if (!answer.ok() && answer.status != 404 && !(is_secret && answer.status == 403)) {
      return std::unexpected(home.client->ErrorOf(call, answer));
    }
    if (!is_secret) was_there = answer.ok();
  }
  return was_there;
}

JobRun::JobRun(Env& env, JobHome home, RemoteCommand command, EventSink& events)
    : env_(env),
      home_(std::move(home)),
      command_(std::move(command)),
      place_(JobPlace::Of(command_.where)),
      events_(events),
      input_file_(command_.scratch + ".in.tar"),
      output_file_(command_.scratch + ".out.tar") {}

JobRun::~JobRun() {
  watcher_.request_stop();
  follower_.request_stop();
  (void)unlink(input_file_.c_str());
  (void)unlink(output_file_.c_str());
}

void JobRun::Tell(const std::string& what) {
  if (what.empty() || what == told_) return;
  told_ = what;
  events_.Take({Event::Type::kProgress, env_.Now(), command_.address, what, {}});
}

// --- beginning ---

Status JobRun::Begin(std::stop_token stop) {
  OPS_TRY(PackArchive(command_.inputs, {"project", "tmp"}, input_file_, stop));
  OPS_ASSIGN(uid_, CreateJob(stop));
  return CreateSecret(stop);
}

Result<std::string> JobRun::CreateJob(std::stop_token stop) {
  ApiCall create = home_.Call("create", "POST", "jobs");
  create.body = JobText(command_, home_.name);
  create.content_type = "application/json";
  const auto ends = Clock::now() + place_.start_timeout;
  for (;;) {
    OPS_ASSIGN(const ApiAnswer made, home_.client->Call(create, stop));
    if (made.ok()) return TextAt(made.body, "metadata", "uid");
    if (made.status != 409) return std::unexpected(home_.client->ErrorOf(create, made));
    ApiCall get = home_.Call("get", "GET", "jobs");
    get.path += "/" + home_.name.name;
    OPS_ASSIGN(const ApiAnswer found, home_.client->Call(get, stop));
    if (found.ok() && CanBeCarriedOn(found.body)) {
      Tell("found the Job that an earlier opsc started");
      return TextAt(found.body, "metadata", "uid");
    }
    if (!found.ok() && found.status != 404) {
      return std::unexpected(home_.client->ErrorOf(get, found));
    }
    OPS_TRY(RemoveJob(home_, stop));
    if (Clock::now() > ends) {
      return Fail(ErrorKind::kConflict,
                  fmt::format("an old Job `{}` does not go away", home_.name.name),
                  "look with kubectl what holds it");
    }
    std::this_thread::sleep_for(kPause);
  }
}

Status JobRun::CreateSecret(std::stop_token stop) {
  ApiCall apply = home_.Call("patch", "PATCH", "secrets");
  apply.path += fmt::format("/{}?fieldManager={}&force=true", home_.name.name, kFieldManager);
  apply.body = SecretText(command_, home_.name, uid_);
  apply.content_type = "application/apply-patch+yaml";
  if (apply.body.empty()) return {};
  auto applied = home_.client->Get(apply, std::move(stop));
  if (!applied) return std::unexpected(applied.error());
  return {};
}

// --- listening ---

template <typename Change>
void JobRun::Note(const Change& change) {
  std::lock_guard lock(mutex_);
  change(heard_);
  news_ = true;
  changed_.notify_all();
}

void JobRun::WatchPod(const std::stop_token& stop) {
  ApiCall call = home_.Call("watch", "GET", "pods");
  call.name.clear();
  const std::string query =
      fmt::format("labelSelector={}%3D{}", "opsc.dev%2Ftoken", home_.name.label);
  auto take = [this](const WatchEvent& event) {
    if (event.object.is_null() || OwnerUid(event.object) != uid_) return;
    Note([&](Heard& heard) {
      heard.pod = ViewOf(event.object);
      heard.pod_gone = event.type == WatchEvent::Type::kDeleted;
    });
  };
  Status watched = home_.client->Watch(call, query, take, stop);
  if (!watched) Note([&](Heard& heard) { heard.failure = watched.error(); });
}

void JobRun::FollowLog(const std::string& pod, const std::stop_token& stop) {
  LogLines lines;
  for (;;) {
    const bool last = task_ended_;
    ContainerLog log{home_.name_space, pod, kTaskContainer, !last, lines.since()};
    auto take = [&](std::string_view bytes) {
      std::string text = lines.Take(bytes);
      if (!text.empty()) Note([&](Heard& heard) { heard.log += text; });
    };
    Status read = home_.client->Follow(CallOf(log), take, stop);
    if (!read) {
      events_.Take({Event::Type::kNotice,
                    env_.Now(),
                    command_.address,
                    "its output cannot be shown: " + read.error().message,
                    {}});
    }
    if (last || !read || stop.stop_requested()) break;
    lines.Broken();
    std::this_thread::sleep_for(50ms);
  }
  const std::string rest = lines.Finish();
  Note([&](Heard& heard) {
    heard.log += rest;
    heard.log_ended = true;
  });
}

JobRun::Heard JobRun::NextHeard(std::stop_token stop) {
  auto until = Clock::now() + kSlice;
  if (began_ && command_.timeout_ns > 0) {
    until = std::min(until, *began_ + std::chrono::nanoseconds(command_.timeout_ns));
  }
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, until, [&] { return news_; });
  news_ = false;
  Heard now = heard_;
  heard_.log.clear();
  return now;
}

// --- acting ---

RemoteEnd JobRun::End(RemoteEnd::Kind kind, std::string message) const {
  RemoteEnd end;
  end.kind = kind;
  end.message = std::move(message);
  end.duration = Clock::now() - began_.value_or(created_);
  return end;
}

Result<RemoteEnd> JobRun::Wait(const std::function<void(std::string_view)>& output,
                               std::stop_token stop) {
  watcher_ = std::jthread([this](const std::stop_token& own) { WatchPod(own); });
  for (;;) {
    const Heard heard = NextHeard(stop);
    if (!heard.log.empty()) output(heard.log);
    if (stop.stop_requested()) return End(RemoteEnd::Kind::kCancelled, "");
    if (heard.failure) return std::unexpected(*heard.failure);
    if (heard.pod && heard.pod->task_began && !began_) {
      began_ = Clock::now();
      follower_ = std::jthread(
          [this, pod = heard.pod->name](const std::stop_token& own) { FollowLog(pod, own); });
    }
    if (heard.pod && heard.pod->ended) return Finish(*heard.pod, output, stop);
    OPS_ASSIGN(auto end, Act(heard, stop));
    if (end) return std::move(*end);
  }
}

Result<std::optional<RemoteEnd>> JobRun::Act(const Heard& heard, std::stop_token stop) {
  const bool lost = heard.pod_gone || (heard.pod && heard.pod->over);
  if (lost) return End(RemoteEnd::Kind::kLost, WhyLost(&*heard.pod, stop));
  if (!began_) return ActBeforeStart(heard, stop);
  const auto limit = std::chrono::nanoseconds(command_.timeout_ns);
  if (limit.count() > 0 && Clock::now() - *began_ >= limit) {
    return End(RemoteEnd::Kind::kTimedOut, "");
  }
  return std::nullopt;
}

Result<std::optional<RemoteEnd>> JobRun::ActBeforeStart(const Heard& heard, std::stop_token stop) {
  const auto waited = Clock::now() - created_;
  if (heard.pod && heard.pod->inputs_running && !delivered_) {
    OPS_TRY(Deliver(heard.pod->name, stop));
    return std::nullopt;
  }
  const std::string waits_for = heard.pod ? heard.pod->waits_for : "";
  if (!delivered_) Tell(waits_for.empty() ? "waits for its pod" : waits_for);
  const bool hopeless = heard.pod && heard.pod->hopeless;
  if (!hopeless) hopeless_since_.reset();
  if (hopeless && !hopeless_since_) hopeless_since_ = Clock::now();
  if (hopeless_since_ && Clock::now() - *hopeless_since_ >= kHopelessFor) {
    return End(RemoteEnd::Kind::kLost, "cannot start: " + waits_for);
  }
  if (!heard.pod && waited >= kNoPodFor) {
    if (std::string why = WhyNoPod(stop); !why.empty()) {
      return End(RemoteEnd::Kind::kLost, "gets no pod: " + why);
    }
    const std::string why = WhyLost(nullptr, stop);
    if (!why.empty()) return End(RemoteEnd::Kind::kLost, why);
  }
  if (waited < place_.start_timeout) return std::nullopt;
  return End(RemoteEnd::Kind::kLost, fmt::format("did not start within {} (`start_timeout`){}{}",
                                                 FormatDuration(place_.start_timeout.count()),
                                                 waits_for.empty() ? "" : ": ", waits_for));
}

// What the cluster says about a pod that ended before its time; without a pod, about the Job.
std::string JobRun::WhyLost(const PodView* pod, std::stop_token stop) {
  ApiCall get = home_.Call("get", "GET", "jobs");
  get.path += "/" + home_.name.name;
  auto job = home_.client->Call(get, std::move(stop));
  const std::string failure = job && job->ok() ? FailureOf(job->body) : "";
  if (pod == nullptr) return failure.empty() ? "" : "the Job failed: " + failure;
  std::string why = pod->over_because;
  if (why.empty()) why = failure;
  if (why.empty() && job && job->status == 404) why = "somebody deleted the Job";
  if (why.empty()) why = "somebody deleted it";
  return "its pod was lost: " + why;
}

// The last complaint about the Job, such as of a quota.
std::string JobRun::WhyNoPod(std::stop_token stop) {
  ApiCall list = home_.Call("list", "GET", "events");
  list.path += "?fieldSelector=type%3DWarning,involvedObject.name%3D" + home_.name.name;
  list.name.clear();
  auto events = home_.client->Call(list, std::move(stop));
  if (!events || !events->ok()) return "";
  const Value* items = events->body.Find("items");
  if (items == nullptr || !items->is(ValueKind::kList) || items->AsList().empty()) return "";
  const Value& last = items->AsList().back();
  return TextAt(last, "reason") + ": " + TextAt(last, "message");
}

Result<RemoteEnd> JobRun::Finish(const PodView& pod,
                                 const std::function<void(std::string_view)>& output,
                                 std::stop_token stop) {
  RemoteEnd end = End(RemoteEnd::Kind::kExited, "");
  end.exit_code = pod.ended->exit_code;
  task_ended_ = true;
  const auto patience = Clock::now() + kLogPatience;
  for (bool ended = false; !ended && Clock::now() < patience && !stop.stop_requested();) {
    const Heard heard = NextHeard(stop);
    if (!heard.log.empty()) output(heard.log);
    ended = heard.log_ended;
  }
  if (pod.ended->reason == "OOMKilled") {
    end.message = command_.memory
                      ? fmt::format("needed more than `limits.memory` ({}) and was killed",
                                    FormatSize(*command_.memory))
                      : "needed more memory than there is and was killed";
  } else if (pod.ended->reason == "StartError" || pod.ended->reason == "ContainerCannotRun") {
    end.message = "cannot be run: " + pod.ended->message;
  } else if (pod.ended->reason == "DeadlineExceeded") {
    end.kind = RemoteEnd::Kind::kTimedOut;
  } else if (command_.ok_codes.contains(end.exit_code) && !command_.outputs.empty()) {
    OPS_TRY(Fetch(pod.name, stop));
  }
  fetched_ = true;
  return end;
}

Status JobRun::Cancel() {
  watcher_ = {};
  follower_ = {};
  OPS_TRY(RemoveJob(home_, {}));
  if (fetched_) return {};  // only a container that sleeps is left, and that is told to end
  ApiCall list = home_.Call("list", "GET", "pods");
  list.path += "?labelSelector=opsc.dev%2Ftoken%3D" + home_.name.label;
  list.name.clear();
  for (const auto ends = Clock::now() + kGoneWithin; Clock::now() < ends;) {
    OPS_ASSIGN(const Value pods, home_.client->Get(list, {}));
    const Value* items = pods.Find("items");
    const bool some = items != nullptr && items->is(ValueKind::kList) && !items->AsList().empty();
    if (!some) return {};
    std::this_thread::sleep_for(kPause);
  }
  return {};
}

}  // namespace opsc
