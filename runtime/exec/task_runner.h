// Local tasks: keys from contents, commands in a sandbox, outputs in the store.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/graph/content_store.h"
#include "runtime/graph/executor.h"
#include "runtime/graph/task.h"

namespace opsc {

enum class Sandbox { kAuto, kOff };  // kAuto: said once where the kernel refuses

struct LocalRunnerOptions {
  std::string project_root;  // absolute
  std::string state_dir;     // absolute
  Sandbox sandbox = Sandbox::kAuto;
  std::vector<std::string> secrets;  // literal secret values to mask in every encoding
  Executor* kubernetes = nullptr;    // for `executor: kubernetes(…)`; null: refused
};

std::unique_ptr<TaskRunner> MakeLocalTaskRunner(LocalRunnerOptions options, Env* env,
                                                ContentStore* store, FileDigests* digests);

}  // namespace opsc
