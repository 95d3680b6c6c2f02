// Tasks whose command runs elsewhere: the same inputs, keys and results as those of this machine.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "runtime/exec/local_runner.h"
#include "runtime/exec/task_notices.h"

namespace opsc {
namespace {

constexpr size_t kLongestArgument = 100'000;  // longer scripts are delivered as a file
constexpr const char* kScriptName = "opsc-script";

bool IsSecret(const Value& value) {
  return value.has_secret();
}

Status AddVariables(const TaskSpec& spec, const TaskCommand& command, RemoteCommand& remote) {
  if (!spec.token.empty()) {
    remote.env.push_back({"OPSC_IDEMPOTENCY_KEY", {spec.token, false}});
  }
  for (const auto* variables : {&command.hole_env, &command.env}) {
    for (const auto& [name, value] : *variables) {
      OPS_ASSIGN(std::string text, CommandText(command, value));
      std::erase_if(remote.env, [&](const auto& earlier) { return earlier.first == name; });
      remote.env.push_back({name, {std::move(text), IsSecret(value)}});
    }
  }
  return {};
}

Status WriteScript(Env& env, const std::string& path, const std::string& script) {
  return env.WriteFile(path, script, 0644);
}

// `words`: of the field `run`, where it is a list.
void AddWords(const TaskCommand& command, std::span<const Value> words, RemoteCommand& remote) {
  for (size_t i = 0; i < command.argv.size(); ++i) {
    remote.argv.push_back({command.argv[i], i < words.size() && IsSecret(words[i])});
  }
}

CommandEnd AsCommandEnd(const RemoteEnd& remote) {
  constexpr int kExitShift = 8;  // of a wait status
  CommandEnd end;
  end.outcome.kind = SandboxOutcome::Kind::kExited;
  end.outcome.wait_status = remote.exit_code << kExitShift;
  end.timed_out = remote.kind == RemoteEnd::Kind::kTimedOut;
  end.cancelled = remote.kind == RemoteEnd::Kind::kCancelled;
  end.duration = remote.duration;
  return end;
}

}  // namespace

Result<RemoteEnd> LocalRunner::ExecuteElsewhere(RemoteCommand command, TaskLog& log,
                                                EventSink& events, std::stop_token stop) {
  const std::string address = command.address;
  OPS_ASSIGN(const auto run, options_.kubernetes->Start(std::move(command), events, stop));
  auto end = run->Wait([&](std::string_view bytes) { log.Feed(bytes); }, stop);
  log.Finish();
  if (Status removed = run->Cancel(); !removed) {
    Say(events, Event::Type::kNotice, address,
        fmt::format("what ran for `{}` could not be removed: {}", address,
                    removed.error().message));
  }
  return end;
}

Result<TaskResult> LocalRunner::RunElsewhere(const TaskSpec& spec, const PreparedTask& task,
                                             EventSink& events, std::stop_token stop) {
  if (options_.kubernetes == nullptr) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` cannot run elsewhere here", spec.address));
  }
  Say(events, Event::Type::kNotice, spec.address,
      ShortSecretsNotice(spec.address, task.command.secrets));
  OPS_ASSIGN(const WorkspacePtr inputs,
             makers_->Make(task.inputs, task.command, WorkspaceMaker::Layers::kOne));
  OPS_ASSIGN(const WorkspacePtr results, makers_->Make({}, {}, WorkspaceMaker::Layers::kOne));
  RemoteCommand remote;
  remote.address = spec.address;
  remote.where = task.command.executor;
  remote.token = spec.token.empty() ? task.key.digest.Hex() : spec.token;
  remote.inputs = inputs->base;
  remote.results = results->base;
  remote.scratch = session_->NewPath("job");
  remote.dir = task.command.dir;
  for (const FileOut& out : task.command.file_outs) {
    remote.outputs.push_back(JoinPath(task.command.dir, out.path));
  }
  remote.cpu = task.command.cpu;
  remote.memory = task.command.memory;
  remote.timeout_ns = TimeoutOf(spec, task.command);
  remote.ok_codes = task.command.ok_codes;
  OPS_TRY(AddVariables(spec, task.command, remote));
  if (!task.command.is_script) {
    AddWords(task.command, spec.fields.Find("run")->AsList(), remote);
  } else if (task.command.script.size() <= kLongestArgument) {
    remote.argv = {{"/bin/sh"}, {"-eu"}, {"-c"}, {task.command.script}};
  } else {
    OPS_TRY(WriteScript(*env_, JoinPath(inputs->tmp, kScriptName), task.command.script));
    const std::string there = std::string(DirName(options_.kubernetes->project_root()));
    remote.argv = {{"/bin/sh"}, {"-eu"}, {JoinPath(there, std::string("tmp/") + kScriptName)}};
  }
  const std::string log_path = LogPath(spec);
  TaskLog log(JoinPath(options_.state_dir, log_path), spec.address, events, env_,
              PatternsFor(task.command));
  OPS_ASSIGN(const RemoteEnd ended, ExecuteElsewhere(std::move(remote), log, events, stop));
  TaskResult result;
  result.duration = ended.duration;
  if (log.written()) result.log_path = log_path;
  OPS_TRY(
      Conclude(spec, task,
               {AsCommandEnd(ended), *results, options_.kubernetes->project_root(), ended.message},
               log, events, result));
  return result;
}

Status LocalRunner::RemoveAbandoned(const OpenIntent& intent, std::stop_token stop) {
  if (options_.kubernetes == nullptr || !RunsElsewhere(intent.fields)) return {};
  OPS_TRY(options_.kubernetes->Remove(*intent.fields.Find("executor"), intent.address, intent.token,
                                      std::move(stop)));
  return {};
}

}  // namespace opsc
