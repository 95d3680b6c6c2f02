// One Job from its creation to its removal. Internal to runtime/kube.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/base/env.h"
#include "runtime/graph/executor.h"
#include "runtime/kube/api_client.h"
#include "runtime/kube/job_manifest.h"
#include "runtime/kube/pod_view.h"

namespace opsc {

// Where a Job lives.
struct JobHome {
  ApiClient* client = nullptr;
  std::string name_space;
  JobName name;

  ApiCall Call(std::string verb, std::string method, const std::string& resource) const;
};

// Removes Job and Secret; the cluster removes the pods after them. False: there was no Job.
Result<bool> RemoveJob(const JobHome& home, std::stop_token stop);

// Whatever state the Job is in is taken as it is: one that an earlier opsc started is carried on.
// Two threads listen to the cluster, one to the pod and one to the log; the caller of Wait acts.
class JobRun : public RemoteRun {
 public:
  JobRun(Env& env, JobHome home, RemoteCommand command, EventSink& events);
  ~JobRun() override;

  // Makes the Job, or finds it.
  Status Begin(std::stop_token stop);
  Result<RemoteEnd> Wait(const std::function<void(std::string_view)>& output,
                         std::stop_token stop) override;
  Status Cancel() override;

 private:
  using Clock = std::chrono::steady_clock;
  // What the two threads have heard.
  struct Heard {
    std::optional<PodView> pod;
    bool pod_gone = false;
    std::string log;
    bool log_ended = false;
    std::optional<Error> failure;
  };

  Result<std::string> CreateJob(std::stop_token stop);  // its uid
  Status CreateSecret(std::stop_token stop);

  void WatchPod(const std::stop_token& stop);
  void FollowLog(const std::string& pod, const std::stop_token& stop);
  template <typename Change>
  void Note(const Change& change);
  Heard NextHeard(std::stop_token stop);

  Result<std::optional<RemoteEnd>> Act(const Heard& heard, std::stop_token stop);
  Result<std::optional<RemoteEnd>> ActBeforeStart(const Heard& heard, std::stop_token stop);
  Status Deliver(const std::string& pod, std::stop_token stop);
  Result<RemoteEnd> Finish(const PodView& pod, const std::function<void(std::string_view)>& output,
                           std::stop_token stop);
  Status Fetch(const std::string& pod, std::stop_token stop);
  Status FetchOnce(const std::string& pod, std::stop_token stop);
  RemoteEnd End(RemoteEnd::Kind kind, std::string message) const;
  std::string WhyLost(const PodView* pod, std::stop_token stop);
  std::string WhyNoPod(std::stop_token stop);
  void Tell(const std::string& what);

  Env& env_;
  const JobHome home_;
  const RemoteCommand command_;
  const JobPlace place_;
  EventSink& events_;
  const std::string input_file_;
  const std::string output_file_;
  const Clock::time_point created_ = Clock::now();
  std::string uid_;
  bool delivered_ = false;
  int delivery_failures_ = 0;
  bool fetched_ = false;
  std::optional<Clock::time_point> began_;
  std::optional<Clock::time_point> hopeless_since_;
  std::string told_;

  std::mutex mutex_;  // of what follows
  std::condition_variable_any changed_;
  bool news_ = false;
  Heard heard_;
  std::atomic<bool> task_ended_ = false;
  std::jthread watcher_;  // last: they end before what they use
  std::jthread follower_;
};

}  // namespace opsc
