// What a pod's status says of the three containers of a task. Internal to runtime/kube.
#pragma once

#include <optional>
#include <string>

#include "runtime/value/value.h"

namespace opsc {

// Names of the containers: one takes the inputs in, one is the task, one gives the outputs.
inline constexpr const char* kInputsContainer = "inputs";
inline constexpr const char* kTaskContainer = "task";
inline constexpr const char* kOutputsContainer = "outputs";

struct PodView {
  std::string name;
  bool inputs_running = false;   // it waits for the inputs
  bool task_began = false;       // runs, or has ended
  bool outputs_running = false;  // outputs can be fetched
  struct Ended {
    int exit_code = 0;
    std::string reason;  // "Completed", "Error", "OOMKilled", "StartError", …
    std::string message;
  };
  std::optional<Ended> ended;  // the task's container
  bool over = false;           // it has failed, or is being deleted
  std::string over_because;    // "Evicted: The node was low on resource: memory."
  // Why it does not go on, in the cluster's words, and whether that is likely to stay so.
  std::string waits_for;
  bool hopeless = false;
};

PodView ViewOf(const Value& pod);

}  // namespace opsc
