#include "project.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "runtime/base/check.h"

namespace opsc::soundness {

namespace fs = std::filesystem;

Project::Project() {
  std::string pattern = fs::temp_directory_path() / "opsc-sound-XXXXXX";
  OPS_CHECK(mkdtemp(pattern.data()) != nullptr, "the temporary directory is writable");
  base_ = fs::canonical(pattern);
  root_ = base_ + "/project";
  fs::create_directories(state_dir());
}

Project::~Project() {
  std::error_code ignored;
  fs::remove_all(base_, ignored);
}

void Project::Write(const std::string& path, const std::string& content, unsigned mode) const {
  fs::create_directories(fs::path(At(path)).parent_path());
  std::ofstream(At(path), std::ios::binary) << content;
  OPS_CHECK(chmod(At(path).c_str(), mode) == 0, "the file was just written");
}

std::string Project::Read(const std::string& path) const {
  std::ifstream in(At(path), std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

bool Project::Exists(const std::string& path) const {
  return fs::symlink_status(At(path)).type() != fs::file_type::not_found;
}

void Project::MoveTo(const std::string& new_root) {
  fs::rename(root_, base_ + "/" + new_root);
  root_ = base_ + "/" + new_root;
}

void Events::Take(const Event& event) {
  std::lock_guard lock(mutex_);
  events_.push_back(event);
}

std::string Events::Log() const {
  std::lock_guard lock(mutex_);
  std::string text;
  for (const Event& event : events_) {
    if (event.type == Event::Type::kLog) text += event.message + "\n";
  }
  return text;
}

std::vector<Event> Events::Notices() const {
  std::lock_guard lock(mutex_);
  std::vector<Event> notices;
  for (const Event& event : events_) {
    if (event.type == Event::Type::kNotice) notices.push_back(event);
  }
  return notices;
}

Task& Task::Script(const std::string& text) {
  TemplateRep script;
  script.texts = {text};
  run = Value::Template(std::move(script));
  return *this;
}

Task& Task::Program(const std::vector<Value>& words) {
  run = Value::List(words);
  return *this;
}

Task& Task::Inputs(const std::vector<std::string>& patterns) {
  FilesRep files;
  files.include = patterns;
  inputs_.push_back(Value::Files(std::move(files)));
  return *this;
}

Task& Task::Input(const Value& file) {
  inputs_.push_back(file);
  return *this;
}

Task& Task::Set(const std::string& field, Value value) {
  fields.emplace_back(Symbol(field), std::move(value));
  return *this;
}

Task& Task::Env(const std::string& variable, Value value) {
  env_.emplace_back(Symbol(variable), std::move(value));
  return *this;
}

Task& Task::Out(const std::string& out, const std::string& path) {
  outs.push_back({Symbol(out), Value::String(path), true});
  return *this;
}

TaskSpec Task::Spec() const {
  std::vector<Field> all = fields;
  all.emplace_back(Symbol("run"), run);
  all.emplace_back(Symbol("inputs"), Value::List(inputs_));
  all.emplace_back(Symbol("env"), Value::Record(env_));
  return {.address = name,
          .type = type,
          .fields = Value::Record(std::move(all)),
          .outs = outs,
          .meta = meta,
          .token = type == "action" ? "token-1" : ""};
}

std::string Outcome::ReasonText() const {
  std::string text;
  for (const Reason& reason : reasons) {
    if (!text.empty()) text += ", ";
    text += PrintReason(reason);
  }
  return text;
}

Opsc::Opsc(const Project& project, Sandbox sandbox, std::vector<std::string> secrets)
    : env_(MakeRealEnv()), digests_(OpenFileDigests(project.state_dir(), env_.get())) {
  auto store = OpenContentStore(project.state_dir());
  OPS_CHECK(store.has_value(), "the store of a test opens");
  store_ = std::move(*store);
  runner_ = MakeLocalTaskRunner({.project_root = project.root(),
                                 .state_dir = project.state_dir(),
                                 .sandbox = sandbox,
                                 .secrets = std::move(secrets)},
                                env_.get(), store_.get(), digests_.get());
}

Outcome Opsc::Make(const Task& task, std::stop_token stop) {
  const TaskSpec spec = task.Spec();
  Outcome outcome;
  const auto fail = [&](const Error& error) {
    outcome.message = error.message + "; " + error.hint;
    return outcome;
  };
  const auto key = runner_->Key(spec);
  if (!key) return fail(key.error());
  const auto known = runner_->Lookup(*key);
  if (!known) return fail(known.error());
  if (*known) {
    const Status there = runner_->Materialize(spec.address, **known);
    if (!there) return fail(there.error());
    outcome.cached = outcome.ok = true;
    outcome.outs = **known;
    return outcome;
  }
  outcome.reasons = runner_->Explain(spec.address, *key);
  const auto result = runner_->Run(spec, *key, events, stop);
  if (!result) return fail(result.error());
  outcome.ok = result->outcome == TaskResult::Outcome::kOk;
  outcome.outs = result->outs;
  outcome.message = result->message;
  outcome.exit_code = result->exit_code;
  return outcome;
}

std::string NameOf(Sandbox sandbox) {
  return sandbox == Sandbox::kAuto ? "Sandboxed" : "Plain";
}

void Settle() {
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
}

}  // namespace opsc::soundness
