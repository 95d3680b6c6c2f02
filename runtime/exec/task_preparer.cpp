#include "runtime/exec/task_preparer.h"

#include <algorithm>
#include <filesystem>

#include "runtime/exec/failure.h"
#include "runtime/exec/secret_salt.h"

namespace opsc {
namespace {

std::string PathVariable(Env& env) {
  return env.Variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
}

bool IsShell(std::string_view program) {
  const std::string_view name = BaseName(program);
  return name == "sh" || name == "bash" || name == "dash" || name == "zsh" || name == "env";
}

}  // namespace

std::string OwnProgram() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "/proc/self/exe" : path.string();
}

TaskPreparer::TaskPreparer(std::string project_root, std::string state_dir, Env* env,
                           FileDigests* digests)
    : project_root_(std::move(project_root)),
      state_dir_(std::move(state_dir)),
      env_(env),
      digests_(digests),
      tools_(PathVariable(*env), project_root_, env, digests),
      inputs_(project_root_, env, digests) {}

Tools& TaskPreparer::ToolsFor(const TaskCommand& command) {
  const auto path = std::ranges::find(command.env, "PATH", &std::pair<std::string, Value>::first);
  if (path == command.env.end() || !path->second.is(ValueKind::kString)) return tools_;
  std::lock_guard lock(mutex_);
  auto& tools = tools_by_path_[std::string(path->second.AsString())];
  if (!tools) {
    tools = std::make_unique<Tools>(std::string(path->second.AsString()), project_root_, env_,
                                    digests_);
  }
  return *tools;
}

Result<std::vector<Tool>> TaskPreparer::FindTools(const TaskCommand& command,
                                                  std::string& program) {
  Tools& known = ToolsFor(command);
  std::map<std::string, Tool> found;
  const auto need = [&](const std::string& name) -> Result<Tool> {
    auto tool = known.Find(name);
    if (!tool) {
      return Fail(ErrorKind::kInput, DescribeMissingProgram(name, known),
                  "install it, or put its directory on PATH");
    }
    return *tool;
  };
  const auto scan = [&](std::string_view text) {
    for (Tool& tool : known.InScript(text)) found[tool.name] = std::move(tool);
  };
  if (!command.own.empty()) {
    program = OwnProgram();
  } else if (command.is_script) {
    OPS_ASSIGN(found["/bin/sh"], need("/bin/sh"));
    scan(command.script);
  } else if (const std::string& name = command.argv.front();
             name.starts_with('/') || name.find('/') == std::string::npos) {
    OPS_ASSIGN(Tool tool, need(name));
    program = tool.path;
    found[name] = std::move(tool);
    if (IsShell(name)) {
      for (size_t i = 1; i < command.argv.size(); ++i) scan(command.argv[i]);
    }
  }
  for (const std::string& name : command.tools) {
    OPS_ASSIGN(found[name], need(name));
  }
  std::vector<Tool> tools;
  for (auto& [name, tool] : found) tools.push_back(std::move(tool));
  return tools;
}

Result<std::string> TaskPreparer::Salt() {
  std::lock_guard lock(mutex_);
  if (salt_.empty()) {
    OPS_ASSIGN(salt_, LoadSecretSalt(state_dir_));
  }
  return salt_;
}

Result<PreparedTask> TaskPreparer::Prepare(const TaskSpec& spec) {
  PreparedTask task;
  OPS_ASSIGN(task.command, ReadTaskCommand(spec));
  auto inputs = inputs_.Read(task.command);
  if (!inputs) return std::unexpected(std::move(inputs).error());
  task.inputs = std::move(*inputs);
  if (task.command.executor.is_null()) {
    auto tools = FindTools(task.command, task.program);
    if (!tools) return std::unexpected(std::move(tools).error());
    task.tools = std::move(*tools);
  }
  OPS_ASSIGN(const std::string salt, Salt());
  task.key = MakeTaskKey(spec, task.command, task.inputs, task.tools, salt);
  return task;
}

Status TaskPreparer::CheckInputs(const TaskSpec& spec) {
  OPS_ASSIGN(const TaskCommand known, ReadKnownSources(spec));
  OPS_TRY(inputs_.Read(known));
  return {};
}

bool TaskPreparer::AddSeen(Sightings& seen) {
  bool steady = inputs_.AddSeen(seen) && tools_.AddSeen(seen);
  std::lock_guard lock(mutex_);
  for (const auto& [path, tools] : tools_by_path_) steady = tools->AddSeen(seen) && steady;
  return steady;
}

}  // namespace opsc
