// A command inside of a running container: `exec` of the API. Internal to runtime/kube.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kube/api_client.h"

namespace opsc {

// The container, what to run in it, and the file of this machine that it reads as standard input.
struct PodExec {
  std::string name_space;
  std::string pod;
  std::string container;
  std::vector<std::string> argv;
  std::string input_file = {};  // empty: none. Its end is not told, so the command must know it
  std::function<void(std::string_view)> output = {};
};

struct PodExecEnd {
  int exit_code = 0;
  std::string errors;  // the beginning of what it wrote to standard error
};

// kEnvironment where the connection breaks: the command may have run or not.
Result<PodExecEnd> ExecInPod(ApiClient& client, const PodExec& exec, std::stop_token stop);

// `text` as a part of a query.
std::string QueryText(std::string_view text);

}  // namespace opsc
