#include "compiler/driver/revision/revision_tasks.h"

#include "runtime/exec/task_inputs.h"
#include "runtime/exec/task_key.h"

namespace opsc {
namespace {

// Reads each file when asked: a commit is in memory or in packs, and is looked at once.
class FreshDigests : public FileDigests {
 public:
  explicit FreshDigests(Env* env) : env_(env) {}
  Result<Digest> Of(const std::string& path) override { return env_->HashFile(path); }
  Status Save() override { return {}; }

 private:
  Env* env_;
};

constexpr std::string_view kSalt = "of a comparison, which nobody keeps";

}  // namespace

struct RevisionTasks::Impl {
  Impl(const std::string& root, Env* env, AssumedResults* assumed)
      : digests(env), inputs(root, env, &digests), results(assumed) {}

  FreshDigests digests;
  InputReader inputs;
  AssumedResults* results;
};

RevisionTasks::RevisionTasks(std::string project_root, Env* env, AssumedResults* results)
    : impl_(std::make_unique<Impl>(project_root, env, results)) {}
RevisionTasks::~RevisionTasks() = default;

Result<Value> RevisionTasks::Assume(const TaskSpec& spec) {
  OPS_ASSIGN(TaskKey key, Key(spec));
  std::vector<Field> outs;
  for (const OutDecl& out : spec.outs) {
    if (!out.is_file || !out.value.is(ValueKind::kString)) continue;
    FileRep file;
    file.path = out.value.AsString();
    file.producer = spec.address;
    file.output = out.name.str();
    file.digest = Sha256(key.digest.Hex() + out.name.str());
    outs.emplace_back(out.name, Value::File(std::move(file)));
  }
  Value made = Value::Record(std::move(outs));
  impl_->results->outs[key.digest] = made;
  impl_->results->keys[spec.address] = std::move(key);
  return made;
}

Result<TaskKey> RevisionTasks::Key(const TaskSpec& spec) {
  OPS_ASSIGN(TaskCommand command, ReadTaskCommand(spec));
  OPS_ASSIGN(TaskInputs inputs, impl_->inputs.Read(command));
  return MakeTaskKey(spec, command, inputs, {}, kSalt);
}

Result<std::optional<Value>> RevisionTasks::Lookup(const TaskKey& key) {
  auto found = impl_->results->outs.find(key.digest);
  return found == impl_->results->outs.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Reason> RevisionTasks::Explain(const std::string& address, const TaskKey& key) {
  auto before = impl_->results->keys.find(address);
  if (before == impl_->results->keys.end()) return {{ReasonKind::kNew, ""}};
  return CompareKeys(before->second.parts, key.parts);
}

Status RevisionTasks::Materialize(const std::string&, const Value&) {
  return {};
}

Result<TaskResult> RevisionTasks::Run(const TaskSpec&, const TaskKey&, EventSink&,
                                      std::stop_token) {
  return Fail(ErrorKind::kInput, "a task of a revision is not run");
}

}  // namespace opsc
