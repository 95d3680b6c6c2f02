#include "runtime/exec/run_environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "runtime/base/env.h"

namespace opsc {
namespace {

constexpr size_t kLongestArgument = 100'000;  // Linux takes 131072 bytes, NUL included
constexpr char kScriptName[] = "/opsc-script";

Status WriteScript(const std::string& path, const std::string& script) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return FailErrno("cannot write " + path, errno);
  size_t done = 0;
  while (done < script.size()) {
    const ssize_t n = write(fd, script.data() + done, script.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  const int error = errno;
  close(fd);
  return done == script.size() ? Status() : FailErrno("cannot write " + path, error);
}

}  // namespace

Result<SandboxCommand> MakeSandboxCommand(const TaskSpec& spec, const TaskCommand& command,
                                          const std::string& program, const std::string& path,
                                          const Workspace& workspace, Isolation isolation) {
  const std::string tmp = isolation == Isolation::kNamespaces ? "/tmp" : workspace.tmp;
  // Of all that LANG would choose, only the characters of C.UTF-8 differ from those of C; programs
  // would open a dozen files to find that out.
  std::map<std::string, std::string> env = {
      {"PATH", path}, {"HOME", tmp + "/home"}, {"TMPDIR", tmp}, {"LC_CTYPE", "C.UTF-8"}};
  if (!spec.token.empty()) env["OPSC_IDEMPOTENCY_KEY"] = spec.token;
  for (const auto* variables : {&command.hole_env, &command.env}) {
    for (const auto& [name, value] : *variables) {
      OPS_ASSIGN(env[name], CommandText(command, value));
    }
  }
  SandboxCommand result;
  for (const auto& [name, value] : env) result.env.push_back(name + "=" + value);
  if (!command.is_script) {
    result.program = program.empty() ? command.argv.front() : program;
    // An installed opsc is seen at its own place, with what belongs to it.
    bool moved = !command.own.empty() && isolation == Isolation::kNamespaces &&
                 !program.starts_with("/usr/");
    if (moved) result.program = JoinPath(kOwnPlace, BaseName(program));
    result.argv = command.argv;
  } else if (command.script.size() <= kLongestArgument) {
    result.program = "/bin/sh";
    result.argv = {"sh", "-eu", "-c", command.script};
  } else {
    OPS_TRY(WriteScript(workspace.tmp + kScriptName, command.script));
    result.program = "/bin/sh";
    result.argv = {"sh", "-eu", tmp + kScriptName};
  }
  result.workspace = workspace.project;
  result.lower = workspace.lower;
  result.work = workspace.work;
  result.tmp = workspace.tmp;
  result.dir = command.dir;
  result.network = command.network;
  result.memory = command.memory.value_or(0);
  return result;
}

}  // namespace opsc
