#include <fmt/format.h>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/command/init_templates.h"
#include "compiler/driver/project/project.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--template", "NAME", "what it starts with (default: ci)", "ci|full"},
};

// Nothing that is there is ever overwritten.
Status RefuseToOverwrite(Env& env, const std::string& directory,
                         std::span<const TemplateFile> files) {
  if (auto present = OpsFilesIn(env, directory); !present.empty()) {
    return Fail(
        ErrorKind::kInput,
        fmt::format("there is a project already: `{}`", JoinPath(directory, present.front())),
        "give another directory: `opsc init DIR`");
  }
  for (const TemplateFile& file : files) {
    std::string path = JoinPath(directory, file.path);
    if (file.path != ".gitignore" && env.Stat(path).type != FileType::kMissing) {
      return Fail(ErrorKind::kInput, fmt::format("`{}` is there already", path),
                  "give another directory: `opsc init DIR`");
    }
  }
  return {};
}

Result<int> Run(CliSession& session, const Args& args) {
  Env& env = *session.env;
  std::string directory = args.positional.empty() ? "." : args.positional.front();
  std::string name = args.ValueOr("template", "ci");
  std::span<const TemplateFile> files = TemplateFiles(name);
  OPS_TRY(RefuseToOverwrite(env, directory, files));
  OPS_TRY(env.MakeDirs(directory));
  for (const TemplateFile& file : files) {
    std::string path = JoinPath(directory, file.path);
    if (env.Stat(path).type != FileType::kMissing) continue;
    OPS_TRY(env.MakeDirs(std::string(DirName(path))));
    OPS_TRY(env.WriteFile(path, file.text, 0644));
    WriteOut(fmt::format("wrote {}\n", path));
  }
  std::string enter = directory == "." ? "" : fmt::format("cd {} && ", directory);
  std::string goal = name == "ci" ? "ci" : "release";
  WriteOut(fmt::format("\nNow:\n  {}opsc plan\n  opsc run {}\n  opsc apply\n", enter, goal));
  return kExitOk;
}

}  // namespace

extern const Command kInitCommand = {
    .name = "init",
    .summary = "start a project that plans and applies as it stands",
    .example = "opsc init --template full shop",
    .run = Run,
    .positional = {"DIR", 0, 1, Completes::kFiles},
    .options = kOptions};

}  // namespace opsc
