#include "runtime/exec/task_notices.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/exec/outputs.h"
#include "runtime/value/masker.h"

namespace opsc {

std::string NoSandboxNotice(const std::string& refusal) {
  if (refusal.empty()) return "";
  return fmt::format(
      "tasks run without a sandbox ({}): what they read besides their inputs is not noticed; see "
      "docs/sandbox.md",
      refusal);
}

std::string ShortSecretsNotice(const std::string& address,
                               const std::vector<std::string>& secrets) {
  const auto is_short = [](const std::string& secret) {
    return !secret.empty() && secret.size() < kShortestMasked;
  };
  if (std::ranges::none_of(secrets, is_short)) return "";
  return fmt::format(
      "a secret of `{}` is shorter than {} characters and is not hidden in its output", address,
      kShortestMasked);
}

std::string LostFilesNotice(const TaskSpec& spec, const PreparedTask& task,
                            const Workspace& workspace, Env& env) {
  // A task that gives files may leave what it made them from; of any other, a file is the purpose.
  if (spec.type != "action" && !task.command.file_outs.empty()) return "";
  const std::string lost = DescribeLost(task.command, task.inputs, workspace, env);
  return lost.empty() ? "" : fmt::format("`{}` {}", spec.address, lost);
}

}  // namespace opsc
