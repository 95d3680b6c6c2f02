#include "compiler/driver/ml/script_process.h"

#include <fmt/format.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "runtime/base/argv.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSayVersion =
    "import platform, sys\n"
    "with open(sys.argv[1], 'w') as f:\n"
    "    f.write(platform.python_implementation() + ' ' + platform.python_version())\n";

// The variables that we have, and those that make an interpreter see its packages alone and do the
// same each time.
std::vector<std::string> VariablesFor(const std::string& packages) {
  std::vector<std::string> variables;
  for (char** at = environ; *at != nullptr; ++at) {
    if (!std::string_view(*at).starts_with("PYTHON")) variables.emplace_back(*at);
  }
  for (const char* fixed : {"PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1",
                            "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1"}) {
    variables.emplace_back(fixed);
  }
  variables.push_back("PYTHONPATH=" + packages);
  return variables;
}

// Its exit code, or 128 and the signal that ended it.
Result<int> RunIn(const std::string& dir, std::vector<std::string> command,
                  const std::string& packages) {
  std::vector<std::string> variables = VariablesFor(packages);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, dir.c_str());
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, command.front().c_str(), &actions, nullptr,
                                  ArgvOf(command).data(), ArgvOf(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return Fail(ErrorKind::kEnvironment,
                fmt::format("cannot run {}: {}", command.front(), strerror(failed)),
                "`python(…, interpreter: \"python3.12\")` names another one");
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<std::string> MakeScriptScratch() {
  std::string path = fs::absolute(".opsc-script-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) return FailErrno("cannot make " + path, errno);
  return path;
}

Status RunScript(const std::string& dir, const ScriptSpec& spec, const nlohmann::ordered_json& job,
                 const std::string& scratch) {
  const std::string path = scratch + "/job.json";
  std::ofstream(path) << job.dump(1) << "\n";
  const fs::path code = fs::absolute(dir) / "code";
  const std::string packages = (fs::absolute(dir) / "environment").string();
  OPS_ASSIGN(const int code_of_end,
             RunIn(code.string(), {spec.interpreter, "-S", (code / spec.script).string(), path},
                   packages));
  if (code_of_end == 0) return {};
  return Fail(ErrorKind::kTask,
              fmt::format("{}, asked to {}, ended with {}", spec.script,
                          job.at("do").get<std::string>(), code_of_end),
              "what it printed stands above");
}

Result<std::string> InterpreterVersion(const ScriptSpec& spec, const std::string& scratch) {
  const std::string path = scratch + "/version";
  OPS_ASSIGN(const int end,
             RunIn(scratch, {spec.interpreter, "-S", "-c", std::string(kSayVersion), path}, ""));
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  if (end != 0 || text.str().empty()) {
    return Fail(ErrorKind::kEnvironment,
                fmt::format("{} does not say its version", spec.interpreter));
  }
  return text.str();
}

}  // namespace opsc
