#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include <nlohmann/json.hpp>

#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/show/graph_json.h"
#include "compiler/driver/show/graph_text.h"
#include "compiler/driver/show/json_text.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--format", "FORMAT", "how it is written", "text|dot|mermaid|json|svg"},
};

bool HasProgram(Env& env, const std::string& name) {
  std::string path = env.Variable("PATH").value_or("/usr/bin:/bin");
  for (size_t begin = 0; begin <= path.size();) {
    size_t end = std::min(path.find(':', begin), path.size());
    std::string candidate = path.substr(begin, end - begin) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return true;
    begin = end + 1;
  }
  return false;
}

// Graphviz draws; its output goes straight to ours.
Result<int> WriteSvg(Env& env, const std::string& dot) {
  if (!HasProgram(env, "dot")) {
    return Fail(ErrorKind::kEnvironment, "svg is drawn by Graphviz, and there is no `dot` in PATH",
                "install it (Debian: `apt install graphviz`), or use `--format mermaid`");
  }
  std::FILE* pipe = popen("dot -Tsvg", "w");
  if (!pipe) return FailErrno("cannot start `dot`", errno);
  std::fwrite(dot.data(), 1, dot.size(), pipe);
  if (pclose(pipe) != 0) return Fail(ErrorKind::kEnvironment, "`dot` failed");
  return kExitOk;
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(auto prepared, Prepare(session, args, {.secrets = Secrets::kUnknown}));
  if (!prepared) return kExitError;
  const Graph& graph = prepared->graph();
  std::string format = args.ValueOr("format", session.json ? "json" : "text");
  if (format == "svg") return WriteSvg(*session.env, GraphDot(graph));
  if (format == "dot") WriteOut(GraphDot(graph));
  if (format == "mermaid") WriteOut(GraphMermaid(graph));
  if (format == "json") WriteOut(JsonText(GraphJson(graph), 2) + "\n");
  if (format == "text") WriteOut(GraphText(graph, session.terminal.out_color));
  return kExitOk;
}

}  // namespace

extern const Command kGraphCommand = {.name = "graph",
                                      .summary = "all instances and what each needs",
                                      .example = "opsc graph --format mermaid",
                                      .run = Run,
                                      .options = kOptions,
                                      .groups = kProgramGroup | kJsonGroup};

}  // namespace opsc
