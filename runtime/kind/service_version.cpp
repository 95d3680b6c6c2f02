#include "runtime/kind/service_version.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "runtime/graph/content_store.h"
#include "runtime/graph/pin.h"
#include "runtime/graph/shell_template.h"
#include "runtime/kind/file_content.h"
#include "runtime/kind/project_path.h"
#include "runtime/value/fields.h"
#include "runtime/value/utf8.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;

constexpr size_t kVersionDigits = 12;
constexpr std::string_view kScriptName = "run.sh";

// The files of one version: each gets a name in the version's directory.
class VersionFiles {
 public:
  explicit VersionFiles(const KindContext& context) : context_(context) {}

  // Where the file will stand, relative to the version's directory.
  Result<std::string> Add(const Value& value) {
    const FileRep& file = value.AsFile();
    OPS_ASSIGN(Digest tree, TreeOf(file));
    const std::string base = file.path.empty() ? "file" : std::string(BaseName(file.path));
    for (const Entry& entry : entries_) {
      if (entry.tree == tree && entry.base == base) return entry.name;
    }
    std::string name = base;
    for (int n = 2; name == kScriptName || Taken(name); ++n) name = fmt::format("{}-{}", n, base);
    entries_.push_back({base, name, tree});
    return name;
  }

  void AddTo(Hasher& hasher) const {
    for (const Entry& entry : entries_) hasher.Part(entry.name).Part(entry.tree);
  }

  Status RestoreTo(const std::string& directory) const {
    for (const Entry& entry : entries_) {
      OPS_TRY(context_.store->Restore(entry.tree, JoinPath(directory, entry.name)));
    }
    return {};
  }

 private:
  struct Entry {
    std::string base;
    std::string name;
    Digest tree;
  };

  bool Taken(const std::string& name) const {
    return std::ranges::find(entries_, name, &Entry::name) != entries_.end();
  }

  Result<Digest> TreeOf(const FileRep& file) const {
    if (!file.producer.empty() && !file.digest.empty()) return file.digest;
    if (!file.producer.empty()) {
      return Fail(
          ErrorKind::kInput,
          fmt::format("the output `{}` of {} has not been made yet", file.output, file.producer),
          "apply without --exclude, so that the task runs first");
    }
    OPS_ASSIGN(const std::string path, ResolveSource(context_, file.path));
    OPS_ASSIGN(const Digest tree, context_.store->PutPath(path));
    OPS_TRY(CheckPin(file, tree));
    return tree;
  }

  const KindContext& context_;
  std::vector<Entry> entries_;
};

// Text that may hold the place of a file; which becomes a path once the directory has its name.
struct Word {
  std::string text;
  bool is_file = false;
  bool is_secret = false;

  std::string In(const std::string& directory) const {
    return is_file ? JoinPath(directory, text) : text;
  }
};

Result<Word> ReadWord(const Value& value, VersionFiles& files) {
  if (value.is(ValueKind::kFile)) {
    OPS_ASSIGN(std::string name, files.Add(value));
    return Word{std::move(name), true, false};
  }
  OPS_ASSIGN(std::string text, HoleText(value));
  if (!IsUtf8(text) || text.find('\0') != std::string::npos) {
    return Fail(ErrorKind::kInput, "an argument or variable of the service is not UTF-8 text",
                "encode it, e.g. with base64(…)");
  }
  return Word{std::move(text), false, value.has_secret()};
}

Result<std::vector<Word>> ReadWords(const Value& list, VersionFiles& files) {
  std::vector<Word> words;
  if (!list.is(ValueKind::kList)) return words;
  for (const Value& item : list.AsList()) {
    OPS_ASSIGN(Word word, ReadWord(item, files));
    words.push_back(std::move(word));
  }
  return words;
}

// What a version is made of, before its directory is known.
struct Draft {
  std::vector<Word> argv;
  std::vector<std::pair<std::string, Word>> env;
  std::vector<Word> probe_command;
  std::string script;  // empty: `run` is a list
};

Result<Draft> ReadDraft(const Value& fields, VersionFiles& files) {
  Draft draft;
  const Value run = FieldOf(fields, "run");
  if (run.is(ValueKind::kTemplate) || run.is(ValueKind::kString)) {
    TemplateRep plain;
    if (run.is(ValueKind::kString)) plain.texts.emplace_back(run.AsString());
    OPS_ASSIGN(ShellScript script,
               LowerTemplate(run.is(ValueKind::kTemplate) ? run.AsTemplate() : plain));
    draft.script = std::move(script.text);
    draft.argv = {
        {.text = "/bin/sh"}, {.text = "-eu"}, {.text = std::string(kScriptName), .is_file = true}};
    for (const auto& [name, hole] : script.env) {
      OPS_ASSIGN(Word word, ReadWord(hole, files));
      draft.env.emplace_back(name, std::move(word));
    }
  } else {
    OPS_ASSIGN(draft.argv, ReadWords(run, files));
  }
  if (draft.argv.empty() || draft.argv[0].text.empty()) {
    return Fail(ErrorKind::kInput, "`run` names no program",
                "write `run: [program, \"argument\"]`");
  }
  const Value env = FieldOf(fields, "env");
  const bool has_port = FieldOf(fields, "port").is(ValueKind::kInt);
  if (env.is(ValueKind::kRecord)) {
    for (const Field& variable : env.AsRecord()) {
      if (variable.first.text() == "PORT" && has_port) {
        return Fail(ErrorKind::kInput,
                    "`env` sets PORT, which opsc chooses for a service with a `port`",
                    "take it out of `env`");
      }
      OPS_ASSIGN(Word word, ReadWord(variable.second, files));
      draft.env.emplace_back(variable.first.str(), std::move(word));
    }
  }
  OPS_ASSIGN(draft.probe_command, ReadWords(FieldOf(FieldOf(fields, "ready"), "command"), files));
  return draft;
}

// Of files, command and environment; of a secret only that it is there, because a version is shown.
std::string VersionOf(const Draft& draft, const VersionFiles& files) {
  Hasher hasher;
  auto add = [&](const Word& word) { hasher.Part(word.is_secret ? "" : word.text); };
  files.AddTo(hasher);
  hasher.Part(draft.script);
  hasher.Part(draft.argv.size());
  for (const Word& word : draft.argv) add(word);
  for (const auto& [name, word] : draft.env) {
    hasher.Part(name);
    add(word);
  }
  return hasher.Finish().Hex().substr(0, kVersionDigits);
}

// Beside its final place first: a directory of that name is always complete.
Status PutFiles(const KindContext& context, const VersionFiles& files, const Draft& draft,
                const std::string& directory) {
  std::error_code error;
  if (fs::exists(directory, error)) return {};
  const std::string temporary = directory + ".new";
  fs::remove_all(temporary, error);
  OPS_TRY(context.env->MakeDirs(temporary));
  OPS_TRY(files.RestoreTo(temporary));
  if (!draft.script.empty()) {
    OPS_TRY(context.env->WriteFile(JoinPath(temporary, kScriptName), draft.script, 0444));
  }
  fs::rename(temporary, directory, error);
  if (error) return FailErrno("cannot put the files of the service in place", error.value());
  return {};
}

Status CheckExecutable(const KindContext& context, const Draft& draft, const std::string& program) {
  if (!draft.argv[0].is_file) return {};
  const FileStat stat = context.env->Stat(program);
  if (stat.type == FileType::kFile && (stat.mode & 0111) != 0) return {};
  return Fail(ErrorKind::kInput, fmt::format("`{}` is not an executable file", draft.argv[0].text),
              "set its executable bit (chmod +x) in the project or in the task that makes it");
}

void AddStandardEnv(const KindContext& context, const std::string& address, ServiceSpec& spec) {
  std::set<std::string> given;
  for (const auto& [name, value] : spec.env) given.insert(name);
  for (const char* name : {"PATH", "HOME", "LANG"}) {
    const auto value = context.env->Variable(name);
    if (value && !given.contains(name)) spec.env.emplace_back(name, *value);
  }
  spec.env.emplace_back("OPSC_SERVICE", address);
}

Result<std::string> WorkingDirectory(const KindContext& context, const std::string& dir) {
  if (NormalRelativePath(dir) == ".") return context.project_root;
  OPS_ASSIGN(std::string path, ResolvePath(context, dir));
  std::error_code error;
  if (fs::is_directory(path, error)) return path;
  return Fail(ErrorKind::kInput, fmt::format("its `dir` {} is not there, or no directory", dir),
              "make it, e.g. with a `directory` that the service comes `after`");
}

RestartPolicy ReadRestart(const std::string& text) {
  if (text == "on_failure") return RestartPolicy::kOnFailure;
  return text == "never" ? RestartPolicy::kNever : RestartPolicy::kAlways;
}

void CollectSecrets(const Value& value, std::vector<std::string>& texts) {
  if (!value.has_secret()) return;
  if (value.is(ValueKind::kString) && value.secret()) texts.emplace_back(value.AsString());
  if (value.is(ValueKind::kList)) {
    for (const Value& item : value.AsList()) CollectSecrets(item, texts);
  }
  if (value.is(ValueKind::kRecord)) {
    for (const Field& field : value.AsRecord()) CollectSecrets(field.second, texts);
  }
  if (value.is(ValueKind::kTemplate)) {
    for (const Value& hole : value.AsTemplate().holes) CollectSecrets(hole, texts);
  }
}

}  // namespace

Result<ServiceSpec> PrepareVersion(const KindContext& context, const ApplyRequest& request,
                                   const std::string& service_dir) {
  const Value& fields = request.fields;
  ServiceSpec spec;
  spec.address = request.address;
  spec.token = request.token;
  VersionFiles files(context);
  OPS_ASSIGN(const Draft draft, ReadDraft(fields, files));
  spec.version = VersionOf(draft, files);
  const std::string directory = JoinPath(service_dir, "versions/" + spec.version);
  OPS_TRY(PutFiles(context, files, draft, directory));
  for (const Word& word : draft.argv) spec.argv.push_back(word.In(directory));
  OPS_TRY(CheckExecutable(context, draft, spec.argv[0]));
  for (const auto& [name, word] : draft.env) spec.env.emplace_back(name, word.In(directory));
  AddStandardEnv(context, request.address, spec);
  spec.secrets = SecretTexts(fields);
  OPS_ASSIGN(spec.dir, WorkingDirectory(context, TextField(fields, "dir", ".")));
  spec.port = static_cast<int>(NumberField(fields, "port"));
  OPS_ASSIGN(spec.probe, ReadProbe(FieldOf(fields, "ready"), spec.port));
  for (const Word& word : draft.probe_command) spec.probe.command.push_back(word.In(directory));
  if (spec.probe.kind == ProbeSpec::Kind::kExec && spec.probe.command.empty()) {
    return Fail(ErrorKind::kInput, "`ready: exec(…)` names no program",
                "write `exec([\"program\"])`");
  }
  spec.start_timeout_ns = NumberField(fields, "start_timeout", spec.start_timeout_ns);
  spec.stop_timeout_ns = NumberField(fields, "stop_timeout", spec.stop_timeout_ns);
  spec.restart = ReadRestart(TextField(fields, "restart"));
  return spec;
}

Status RemoveOtherVersions(const std::string& service_dir, const std::vector<std::string>& keep) {
  std::error_code error;
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(service_dir + "/versions", error)) {
    if (std::ranges::find(keep, entry.path().filename().string()) == keep.end()) {
      others.push_back(entry.path());
    }
  }
  for (const fs::path& other : others) {
    fs::remove_all(other, error);
    if (error) return FailErrno("cannot remove " + other.string(), error.value());
  }
  return {};
}

std::vector<std::string> SecretTexts(const Value& fields) {
  std::vector<std::string> texts;
  CollectSecrets(fields, texts);
  std::erase(texts, "");
  std::ranges::sort(texts, std::ranges::greater(), &std::string::size);
  return texts;
}

std::string MaskSecrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    for (size_t at = 0; (at = text.find(secret, at)) != std::string::npos;) {
      text.replace(at, secret.size(), "(secret)");
      at += std::string_view("(secret)").size();
    }
  }
  return text;
}

}  // namespace opsc
