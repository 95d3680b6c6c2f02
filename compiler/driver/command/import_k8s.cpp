// `opsc import k8s`: manifests as `.ops`.
#include <fmt/format.h>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/cli/result_file.h"
#include "compiler/driver/kube/import.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-o,--out", "FILE", "write there instead of the standard output"},
};

Result<int> Run(CliSession& session, const Args& args) {
  std::vector<LocatedObject> manifests;
  for (const std::string& path : args.positional) {
    OPS_ASSIGN(std::vector<LocatedObject> found, ReadManifests(*session.env, path));
    for (LocatedObject& manifest : found) manifests.push_back(std::move(manifest));
  }
  OPS_ASSIGN(ImportedProgram program, ImportManifests(manifests));
  if (auto path = args.Value("out")) {
    OPS_TRY(WriteResultFile(*session.env, *path, program.text, 0644));
  } else {
    WriteOut(program.text);
  }
  for (const std::string& note : program.notes) PrintNote(session, note);
  return kExitOk;
}

}  // namespace

extern const Command kImportK8sCommand = {
    .name = "import k8s",
    .summary = "Kubernetes manifests as .ops",
    .example = "opsc import k8s deploy/*.yaml -o app.ops",
    .run = Run,
    .positional = {"FILE", 1, kAnyNumber, Completes::kFiles},
    .options = kOptions,
    .details =
        "Reads YAML and JSON streams (`-`: the standard input). Every object becomes an instance "
        "of its\n"
        "type; what has no type or does not fit it becomes a k8s.Object, marked with the reason.\n"
        "`opsc k8s render` gives equal objects back. Comments are not kept."};

}  // namespace opsc
