#include <fmt/format.h>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/project/project.h"
#include "opsc_templates.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--template", "NAME", "what it starts with (default: ci)", "ci|gitops|ml|full"},
};

// What one does first with a template, as lines for a shell in its directory.
struct FirstSteps {
  std::string_view name;
  std::vector<std::string_view> commands;
};

std::vector<std::string_view> FirstStepsOf(std::string_view name) {
  static const FirstSteps kSteps[] = {
      {"ci", {"opsc plan", "opsc run ci", "opsc apply"}},
      {"full", {"opsc plan", "opsc run release", "opsc apply"}},
      {"gitops",
       {"opsc -C web plan       # what it would do to the cluster of your kubectl context",
        "git init -b main && git add . && git commit -m start",
        "opsc agent             # each commit becomes the state of the cluster"}},
      {"ml",
       {"opsc plan", "opsc apply             # trains, and serves what passes the gate",
        "cp next/*.csv data/    # new data arrives",
        "opsc plan              # what it sets off: as does the next apply"}},
  };
  for (const FirstSteps& steps : kSteps) {
    if (steps.name == name) return steps.commands;
  }
  return {};
}

// The files of a template; paths below the project.
std::vector<EmbeddedFile> TemplateFiles(std::string_view name) {
  std::vector<EmbeddedFile> files;
  for (size_t i = 0; i < kTemplatesSize; ++i) {
    std::string_view path = kTemplates[i].path;
    const size_t slash = path.find('/');
    if (path.substr(0, slash) == name) {
      files.push_back({path.substr(slash + 1), kTemplates[i].text});
    }
  }
  return files;
}

// Nothing that is there is ever overwritten.
Status RefuseToOverwrite(Env& env, const std::string& directory,
                         const std::vector<EmbeddedFile>& files) {
  if (auto present = OpsFilesIn(env, directory); !present.empty()) {
    return Fail(
        ErrorKind::kInput,
        fmt::format("there is a project already: `{}`", JoinPath(directory, present.front())),
        "give another directory: `opsc init DIR`");
  }
  for (const EmbeddedFile& file : files) {
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
  const std::vector<EmbeddedFile> files = TemplateFiles(name);
  OPS_TRY(RefuseToOverwrite(env, directory, files));
  OPS_TRY(env.MakeDirs(directory));
  for (const EmbeddedFile& file : files) {
    std::string path = JoinPath(directory, file.path);
    if (env.Stat(path).type != FileType::kMissing) continue;
    OPS_TRY(env.MakeDirs(std::string(DirName(path))));
    OPS_TRY(env.WriteFile(path, file.text, 0644));
    WriteOut(fmt::format("wrote {}\n", path));
  }
  WriteOut("\nNow:\n");
  if (directory != ".") WriteOut(fmt::format("  cd {}\n", directory));
  for (std::string_view command : FirstStepsOf(name)) WriteOut(fmt::format("  {}\n", command));
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
