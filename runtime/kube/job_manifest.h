// A task's command as objects of a cluster: a Job and a Secret. Internal to runtime/kube.
#pragma once

#include <chrono>
#include <string>

#include "runtime/graph/executor.h"
#include "runtime/kube/cluster_config.h"

namespace opsc {

inline constexpr const char* kTokenLabel = "opsc.dev/token";
// Where the volume with the project stands in each container.
inline constexpr const char* kVolumePath = "/opsc";
inline constexpr const char* kPodProject = "/opsc/project";

// How a task's field `executor` is to be read.
struct JobPlace {
  ClusterRef cluster;
  std::string image;
  std::string helper;  // image of the containers that carry files
  std::chrono::nanoseconds start_timeout{};

  static JobPlace Of(const Value& where);
};

// By what everything of one run of a task is found: unique for a state, an address and a token.
struct JobName {
  std::string name;   // of the Job and the Secret
  std::string label;  // value of kTokenLabel of both and of the pods

  static JobName Of(const std::string& state_id, const std::string& address,
                    const std::string& token);
};

// JSON texts. Secrets stand in the second one only.
std::string JobText(const RemoteCommand& command, const JobName& name);
// Belongs to the Job with `uid`, so that it goes with it. Empty where the command has no secrets.
std::string SecretText(const RemoteCommand& command, const JobName& name, const std::string& uid);

}  // namespace opsc
