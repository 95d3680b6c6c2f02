#include <csignal>

#include <unistd.h>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/kube/crd_module.h"
#include "compiler/driver/project/load.h"
#include "compiler/driver/version.h"
#include "compiler/lsp/serve.h"
#include "opsc_stdlib.h"

namespace opsc {
namespace {

std::string CacheDir(Env& env) {
  if (auto base = env.Variable("XDG_CACHE_HOME"); base && base->starts_with('/')) {
    return JoinPath(*base, "opsc");
  }
  return JoinPath(env.Variable("HOME").value_or("/tmp"), ".cache/opsc");
}

// Read-only copies of what is built in stand in folders of this name: another opsc makes its own.
std::string StampOf(const lsp::Host& host) {
  std::string all;
  for (const lsp::StdFile& file : host.stdlib) all += file.text;
  for (const DiagInfo& info : Catalogue()) all += info.help;
  return std::string(kVersion) + "-" + Sha256(all).Hex().substr(0, 8);
}

Result<int> Run(CliSession& session, const Args&) {
  lsp::Host host;
  host.env = session.env;
  host.version = std::string(kVersion);
  host.program = session.env->ReadLink("/proc/self/exe").value_or("opsc");
  for (size_t i = 0; i < kStdlibSize; ++i)
    host.stdlib.push_back({kStdlib[i].path, kStdlib[i].text});
  host.std_modules = StdlibModules();
  host.stamp = StampOf(host);
  host.builtins = Builtins();
  host.import_path = ImportPath;
  host.is_manifest = IsManifestPath;
  host.manifest_module = ModuleOfCrds;
  host.cache_dir = CacheDir(*session.env);
  std::signal(SIGPIPE, SIG_IGN);
  return lsp::Serve(host, STDIN_FILENO, STDOUT_FILENO);
}

constexpr OptionSpec kOptions[] = {{"--stdio", "", "speak over stdin and stdout (always so)"}};

}  // namespace

extern const Command kLspCommand = {
    .name = "lsp",
    .summary = "the language server, for editors",
    .example = "opsc lsp",
    .run = Run,
    .options = kOptions,
    .details =
        "Speaks the Language Server Protocol over stdin and stdout. Editors start it\n"
        "themselves; docs/editors.md says how, and what it can."};

}  // namespace opsc
