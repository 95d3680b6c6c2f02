#include "runtime/exec/task_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/env.h"
#include "runtime/graph/address.h"
#include "runtime/graph/shell_template.h"

namespace opsc {
namespace {

std::unexpected<Error> BadField(const TaskSpec& spec, std::string_view field, std::string_view why,
                                std::string hint) {
  return Fail(ErrorKind::kInput, fmt::format("`{}` of `{}` {}", field, spec.address, why),
              std::move(hint));
}

// A file, or an instance of the resource `file`, which is itself a value of that type.
std::optional<FileRep> AsFile(const Value& value) {
  if (value.is(ValueKind::kFile)) return value.AsFile();
  if (!value.is(ValueKind::kInstance) || value.AsInstance().type != "file") return std::nullopt;
  const Value* path = value.AsInstance().fields.Find("path");
  if (path == nullptr || !path->is(ValueKind::kString)) return std::nullopt;
  FileRep file;
  file.path = path->AsString();
  return file;
}

Status CheckText(const TaskSpec& spec, std::string_view field, std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return {};
  return BadField(spec, field, "holds a NUL character",
                  "no program can take one; encode the value, e.g. with `base64(…)`");
}

Status AddFiles(const TaskSpec& spec, const Value& value, TaskCommand& command) {
  if (value.is(ValueKind::kNull)) return {};
  if (value.is(ValueKind::kList)) {
    for (const Value& item : value.AsList()) OPS_TRY(AddFiles(spec, item, command));
    return {};
  }
  if (value.is(ValueKind::kFiles)) {
    const FilesRep& files = value.AsFiles();
    for (const std::string& pattern : files.include) {
      const bool takes_away = pattern.starts_with('!');
      (takes_away ? command.exclude : command.include)
          .push_back(pattern.substr(takes_away ? 1 : 0));
    }
    for (const std::string& pattern : files.exclude) {
      command.exclude.push_back(pattern.substr(pattern.starts_with('!') ? 1 : 0));
    }
    for (const Value& file : files.files) OPS_TRY(AddFiles(spec, file, command));
    return {};
  }
  if (auto file = AsFile(value)) {
    command.files.push_back(std::move(*file));
    return {};
  }
  return BadField(spec, "inputs", "holds something that is neither a file nor files",
                  "name files with `file(\"…\")`, `files(\"…\")` or a task's output");
}

Status AddKnownSources(const TaskSpec& spec, const Value& value, TaskCommand& command) {
  if (value.is(ValueKind::kPending)) return {};
  if (value.is(ValueKind::kList)) {
    for (const Value& item : value.AsList()) OPS_TRY(AddKnownSources(spec, item, command));
    return {};
  }
  if (value.is(ValueKind::kFiles)) {
    FilesRep patterns = value.AsFiles();
    patterns.files.clear();
    OPS_TRY(AddFiles(spec, Value::Files(std::move(patterns)), command));
    for (const Value& file : value.AsFiles().files) OPS_TRY(AddKnownSources(spec, file, command));
    return {};
  }
  const bool of_project = value.is(ValueKind::kFile) && value.AsFile().producer.empty();
  return of_project ? AddFiles(spec, value, command) : Status();
}

// Files and secrets that a command's text or environment uses.
void NoteUses(const Value& value, TaskCommand& command) {
  if (value.is(ValueKind::kList)) {
    for (const Value& item : value.AsList()) NoteUses(item, command);
  } else if (auto file = AsFile(value)) {
    command.files.push_back(std::move(*file));
  } else if (value.secret()) {
    if (auto text = HoleText(value)) command.secrets.push_back(std::move(*text));
  }
}

Status ReadProgram(const TaskSpec& spec, const Value& run, TaskCommand& command) {
  const auto words = run.AsList();
  if (words.empty()) return BadField(spec, "run", "is empty", "name a program: `run: [\"cc\", …]`");
  for (const Value& word : words) {
    NoteUses(word, command);
    OPS_ASSIGN(std::string text, CommandText(command, word));
    OPS_TRY(CheckText(spec, "run", text));
    command.argv.push_back(std::move(text));
  }
  std::string& program = command.argv.front();
  if (AsFile(words.front()) && program.find('/') == std::string::npos) program = "./" + program;
  if (program.empty()) return BadField(spec, "run", "names no program", "its first word is empty");
  return {};
}

Status ReadScript(const TaskSpec& spec, const Value& run, TaskCommand& command) {
  command.is_script = true;
  if (run.is(ValueKind::kString)) {
    command.script = run.AsString();
  } else {
    auto script = LowerTemplate(run.AsTemplate());
    if (!script) {
      return BadField(spec, "run", "cannot be run: " + script.error().message, script.error().hint);
    }
    command.script = std::move(script->text);
    command.hole_env = std::move(script->env);
  }
  for (const auto& [name, value] : command.hole_env) {
    NoteUses(value, command);
    OPS_ASSIGN(const std::string text, CommandText(command, value));
    OPS_TRY(CheckText(spec, "run", text));
  }
  return CheckText(spec, "run", command.script);
}

Status ReadRun(const TaskSpec& spec, TaskCommand& command) {
  const Value* run = spec.fields.Find("run");
  if (run != nullptr && run->is(ValueKind::kList)) return ReadProgram(spec, *run, command);
  if (run != nullptr && (run->is(ValueKind::kTemplate) || run->is(ValueKind::kString))) {
    return ReadScript(spec, *run, command);
  }
  return BadField(spec, "run", "is missing", "write a script or a program with its arguments");
}

bool IsVariableName(std::string_view name) {
  return !name.empty() && name.find_first_of(std::string_view("=\0", 2)) == std::string_view::npos;
}

Status ReadEnv(const TaskSpec& spec, TaskCommand& command) {
  const Value* env = spec.fields.Find("env");
  if (env == nullptr || !env->is(ValueKind::kRecord)) return {};
  for (const auto& [name, value] : env->AsRecord()) {
    if (!IsVariableName(name.text())) {
      return BadField(spec, "env", fmt::format("has a variable named `{}`", name.text()),
                      "a name holds no `=`");
    }
    NoteUses(value, command);
    OPS_ASSIGN(const std::string text, CommandText(command, value));
    OPS_TRY(CheckText(spec, "env", text));
    command.env.emplace_back(name.str(), value);
  }
  std::ranges::sort(command.env, {}, [](const auto& variable) { return variable.first; });
  return {};
}

void ReadLimits(const TaskSpec& spec, TaskCommand& command) {
  const Value* limits = spec.fields.Find("limits");
  if (limits == nullptr) return;
  if (const Value* cpu = limits->Find("cpu"); cpu != nullptr && cpu->is(ValueKind::kFloat)) {
    command.cpu = cpu->AsFloat();
  }
  if (const Value* memory = limits->Find("memory"); memory && memory->is(ValueKind::kSize)) {
    command.memory = memory->AsInt();
  }
  if (const Value* timeout = limits->Find("timeout");
      timeout && timeout->is(ValueKind::kDuration)) {
    command.timeout_ns = timeout->AsInt();
  }
}

Status ReadPlain(const TaskSpec& spec, TaskCommand& command) {
  if (const Value* dir = spec.fields.Find("dir"); dir != nullptr && dir->is(ValueKind::kString)) {
    auto normal = NormalRelativePath(dir->AsString());
    if (!normal) {
      return BadField(spec, "dir", "is not inside the project",
                      "write it relative to the project root");
    }
    command.dir = std::move(*normal);
  }
  if (const Value* own = spec.fields.Find("own"); own != nullptr && own->is(ValueKind::kString)) {
    command.own = own->AsString();
  }
  command.network = spec.type == "action";
  if (const Value* network = spec.fields.Find("network");
      network && network->is(ValueKind::kBool)) {
    command.network = network->AsBool();
  }
  if (const Value* tools = spec.fields.Find("tools"); tools && tools->is(ValueKind::kList)) {
    for (const Value& tool : tools->AsList()) command.tools.emplace_back(tool.AsString());
  }
  if (const Value* codes = spec.fields.Find("ok_codes"); codes && codes->is(ValueKind::kList)) {
    for (const Value& code : codes->AsList()) command.ok_codes.insert(code.AsInt());
  } else {
    command.ok_codes.insert(0);
  }
  if (RunsElsewhere(spec.fields)) {
    command.executor = *spec.fields.Find("executor");
    const Value* image = command.executor.Find("image");
    if (image != nullptr && image->is(ValueKind::kString)) command.image = image->AsString();
  }
  return {};
}

Status ReadOuts(const TaskSpec& spec, TaskCommand& command) {
  for (const OutDecl& out : spec.outs) {
    if (!out.is_file) {
      if (out.value.has_secret()) {
        return BadField(spec, out.name.text(), "is a secret, and results are recorded",
                        "use the secret itself where the output is used");
      }
      command.value_outs.emplace_back(out.name, out.value);
      continue;
    }
    if (!out.value.is(ValueKind::kString)) {
      return BadField(spec, out.name.text(), "has no path", "write `out x: file = \"path\"`");
    }
    auto path = NormalRelativePath(out.value.AsString());
    if (!path || *path == "." || path->starts_with(".ops/") || *path == ".ops") {
      return BadField(spec, out.name.text(),
                      fmt::format("has the path `{}`, which is not below the task's directory",
                                  out.value.AsString()),
                      "an output is a file or directory below `dir`");
    }
    command.file_outs.push_back({out.name.str(), std::move(*path)});
  }
  return {};
}

}  // namespace

Result<TaskCommand> ReadTaskCommand(const TaskSpec& spec) {
  TaskCommand command;
  OPS_TRY(ReadPlain(spec, command));
  ReadLimits(spec, command);
  OPS_TRY(ReadRun(spec, command));
  OPS_TRY(ReadEnv(spec, command));
  if (const Value* inputs = spec.fields.Find("inputs")) OPS_TRY(AddFiles(spec, *inputs, command));
  OPS_TRY(ReadOuts(spec, command));
  return command;
}

bool RunsElsewhere(const Value& fields) {
  const Value* executor = fields.Find("executor");
  return executor != nullptr && executor->is(ValueKind::kRecord);
}

Result<TaskCommand> ReadKnownSources(const TaskSpec& spec) {
  TaskCommand command;
  if (const Value* inputs = spec.fields.Find("inputs")) {
    OPS_TRY(AddKnownSources(spec, *inputs, command));
  }
  return command;
}

std::string FilePath(const FileRep& file) {
  if (file.producer.empty()) return file.path;
  return JoinPath(JoinPath(".ops/out", AddressToPath(file.producer)), file.path);
}

std::string FilePathFrom(const std::string& dir, const FileRep& file) {
  std::string path = FilePath(file);
  if (dir == "." || path.starts_with('/')) return path;
  std::string up = "../";
  for (char c : dir) {
    if (c == '/') up += "../";
  }
  return up + path;
}

Result<std::string> CommandText(const TaskCommand& command, const Value& value) {
  if (auto file = AsFile(value)) return FilePathFrom(command.dir, *file);
  return HoleText(value);
}

}  // namespace opsc
