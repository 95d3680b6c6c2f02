// `opsc serve ENDPOINT`: answers for an endpoint in the foreground. `opsc __serve FILE` is what its
// service runs.
#include <fmt/format.h>

#include <cstdlib>
#include <thread>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/cli/signals.h"
#include "compiler/driver/ml/kernels.h"
#include "compiler/driver/project/engine.h"
#include "runtime/serve/endpoint_kind.h"
#include "runtime/serve/server.h"

namespace opsc {
namespace {

constexpr std::chrono::milliseconds kLook{100};  // between two looks at the deployment

constexpr OptionSpec kServerOptions[] = {
    {"--port", "PORT", "where to listen (default: $PORT, else a free one)", "",
     OptionSyntax::kCount},
    {"--parallel-requests", "N", "computed at the same time (default: 4)", "",
     OptionSyntax::kCount},
    {"--waiting", "N", "that wait for their turn (default: 256)", "", OptionSyntax::kCount},
    {"--deadline", "DURATION", "how long one may wait (default: 2s)", "", OptionSyntax::kDuration},
    {"--largest-body", "SIZE", "larger bodies are refused (default: 16MiB)", "",
     OptionSyntax::kSize},
};

Result<ServeOptions> OptionsFrom(const Args& args, std::string file) {
  ServeOptions options;
  options.file = std::move(file);
  const char* port = std::getenv("PORT");
  options.port = std::atoi(args.ValueOr("port", port == nullptr ? "0" : port).c_str());
  if (options.port < 0 || options.port > 65535) {
    return Fail(ErrorKind::kInput, fmt::format("{} is no port", options.port));
  }
  options.threads = static_cast<size_t>(std::stoul(args.ValueOr("parallel-requests", "4")));
  options.waiting = static_cast<size_t>(std::stoul(args.ValueOr("waiting", "256")));
  if (const auto deadline = args.Duration("deadline")) {
    options.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline);
  }
  if (const auto size = args.Size("largest-body")) options.largest_body = *size;
  return options;
}

// Until INT or TERM. What cannot be loaded is said once, and what was served goes on.
Result<int> ServeUntilStopped(CliSession& session, const Args& args, const std::string& file) {
  OPS_ASSIGN(const ServeOptions options, OptionsFrom(args, file));
  OPS_ASSIGN(const auto server, StartServer(options, &Kernels(), *session.env));
  WriteOut(fmt::format("serving {} on http://127.0.0.1:{}\n", file, server->port()));
  std::fflush(stdout);
  const StopOnSignal stop(std::nullopt, [] {});
  while (!stop.token().stop_requested()) {
    const Status fresh = server->Refresh();
    if (!fresh)
      PrintError(session, {fresh.error().kind, fresh.error().message, "what was served goes on"});
    std::this_thread::sleep_for(kLook);
  }
  return kExitOk;
}

Result<int> RunServer(CliSession& session, const Args& args) {
  return ServeUntilStopped(session, args, args.positional.front());
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(const Project project, FindStateProject(*session.env));
  const std::string address = args.positional.front() + "/deployment";
  const std::string file = DeploymentPath(project.state_dir, address);
  if (session.env->Stat(file).type == FileType::kMissing) {
    return Fail(ErrorKind::kInput,
                fmt::format("`{}` is no endpoint that was applied", args.positional.front()),
                "`opsc apply` deploys the endpoints of the program, `opsc status` lists them");
  }
  return ServeUntilStopped(session, args, file);
}

}  // namespace

extern const Command kServeCommand = {
    .name = "serve",
    .summary = "answer for an endpoint in the foreground",
    .example = "opsc serve churn_api --port 9000",
    .run = Run,
    .positional = {"ENDPOINT", 1, 1, Completes::kAddresses},
    .options = kServerOptions,
    .details =
        "Serves what the last apply deployed, beside the endpoint's own server. An apply\n"
        "that changes it is followed at once."};
extern const Command kServerCommand = {.name = "__serve",
                                       .summary = "answers for an endpoint",
                                       .example = "opsc __serve .ops/endpoints/api/deployment.json",
                                       .run = RunServer,
                                       .positional = {"FILE", 1, 1, Completes::kFiles},
                                       .options = kServerOptions,
                                       .shown = Command::Shown::kHidden};

}  // namespace opsc
