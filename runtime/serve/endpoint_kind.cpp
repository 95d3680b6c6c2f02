#include "runtime/serve/endpoint_kind.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "runtime/graph/content_store.h"
#include "runtime/http/client.h"
#include "runtime/serve/rollout.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

constexpr std::chrono::seconds kPatience{2};  // with a server that is asked what it serves

std::string DirectoryOf(const std::string& state_dir, std::string_view address) {
  std::string name;
  for (const char c : address) {
    const bool plain = (std::isalnum(static_cast<unsigned char>(c)) != 0) || c == '_' || c == '-';
    plain ? name += c : name += fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return fmt::format("{}/endpoints/{}", state_dir, name);
}

// The file and the server of one endpoint.
class Endpoint : public RolloutTarget {
 public:
  Endpoint(const KindContext& context, std::string path, int port)
      : context_(context), path_(std::move(path)), place_{.port = port} {}

  Status Write(const Deployment& deployment) override {
    return context_.env->WriteFile(path_, DeploymentText(deployment), 0644);
  }
  std::optional<ServedNow> Ask() override {
    const auto answer = HttpGet(place_, "/deployment", kPatience);
    if (!answer || answer->status != 200) return std::nullopt;
    auto served = ServedFromText(answer->body);
    return served ? std::optional(std::move(*served)) : std::nullopt;
  }
  void Sleep(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }

  Result<std::optional<Deployment>> Read() {
    if (context_.env->Stat(path_).type == FileType::kMissing) return std::nullopt;
    OPS_ASSIGN(const std::string text, context_.env->ReadFile(path_));
    OPS_ASSIGN(Deployment deployment, DeploymentFromText(text));
    return deployment;
  }

 private:
  const KindContext& context_;
  std::string path_;
  HttpPlace place_;
};

Endpoint EndpointOf(const KindContext& context, const std::string& address, const Value& fields) {
  const Value port = FieldOf(fields, "port");
  return {context, DeploymentPath(context.state_dir, address),
          port.is(ValueKind::kInt) ? static_cast<int>(port.AsInt()) : 0};
}

// The version that the fields ask for, its model on disk.
Result<DeployedVersion> WantedVersion(const KindContext& context, const ApplyRequest& request) {
  const Value artefact = FieldOf(request.fields, "artefact");
  if (!artefact.is(ValueKind::kFile)) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` has no model to serve", request.address),
                "no version of the model is in charge yet: its gate has refused all of them");
  }
  const Digest digest = artefact.AsFile().digest;
  DeployedVersion wanted;
  wanted.source.model = TextField(request.fields, "model");
  wanted.source.version = fmt::format("{}", FieldOf(request.fields, "version").AsInt());
  wanted.source.kernel = TextField(request.fields, "kernel");
  const std::string input = TextField(request.fields, "input");
  if (!input.empty()) {
    OPS_ASSIGN(RowSchema schema, SchemaFromJsonText(input));
    wanted.source.input = std::make_shared<const RowSchema>(std::move(schema));
  }
  const std::string models = DirectoryOf(context.state_dir, request.address) + "/models";
  wanted.source.dir = JoinPath(models, digest.Short());
  OPS_TRY(context.env->MakeDirs(models));
  OPS_TRY(context.store->Restore(digest, wanted.source.dir));
  return wanted;
}

Result<RolloutPlan> PlanOf(const KindContext& context, const ApplyRequest& request,
                           KernelLoader* kernels, std::unique_ptr<Kernel>& abort_if) {
  RolloutPlan plan;
  const Value rollout = FieldOf(request.fields, "rollout");
  const Value steps = FieldOf(rollout, "steps");
  if (steps.is(ValueKind::kList)) {
    for (const Value& step : steps.AsList()) plan.steps.push_back(step.AsFloat());
  }
  const Value hold = FieldOf(rollout, "hold");
  if (hold.is(ValueKind::kDuration)) plan.hold = std::chrono::nanoseconds(hold.AsInt());
  const Value abort = FieldOf(rollout, "abort");
  if (abort.is(ValueKind::kRecord)) {
    OPS_ASSIGN(abort_if, kernels->Load(TextField(abort, "kernel")));
    plan.abort_if = abort_if.get();
    plan.abort_text = TextField(abort, "text");
  }
  plan.say = [&context, address = request.address](const std::string& line) {
    if (context.events == nullptr) return;
    Event event;
    event.time = context.env->Now();
    event.address = address;
    event.message = line;
    context.events->Take(event);
  };
  return plan;
}

bool IsOlder(const DeployedVersion& a, const DeployedVersion& b) {
  const auto number = [](const std::string& version) {
    return std::strtoll(version.c_str(), nullptr, 10);
  };
  return a.source.model == b.source.model && number(a.source.version) < number(b.source.version);
}

class DeploymentKind : public Kind {
 public:
  explicit DeploymentKind(KernelLoader* kernels) : kernels_(kernels) {}

  std::string_view name() const override { return "deployment"; }
  bool Replaces(std::string_view) const override { return false; }
  bool MendsByUpdate() const override { return true; }

  Result<Observed> Observe(const KindContext& context, const StateEntry& prior) override {
    Observed observed;
    OPS_ASSIGN(const auto there, EndpointOf(context, prior.address, prior.fields).Read());
    observed.exists = there.has_value();
    if (!there) return observed;
    observed.fields = prior.fields;
    observed.digest = Sha256(DeploymentText(*there));
    const std::string& version = there->versions.front().source.version;
    const bool alone = there->versions.size() == 1;
    if (!alone || version != fmt::format("{}", FieldOf(prior.fields, "version").AsInt())) {
      observed.fields = WithField(prior.fields, "version",
                                  Value::String(alone ? version : version + " (in part)"));
    }
    return observed;
  }
  Result<Observed> Lookup(const KindContext&, const std::string&, const Value&) override {
    return Observed{};
  }
  Result<Applied> Create(const KindContext& context, const ApplyRequest& request) override {
    return Update(context, request);
  }
  Result<Applied> Update(const KindContext& context, const ApplyRequest& request) override {
    OPS_ASSIGN(const DeployedVersion wanted, WantedVersion(context, request));
    Endpoint endpoint = EndpointOf(context, request.address, request.fields);
    OPS_ASSIGN(const auto now, endpoint.Read());
    if (!now) {
      OPS_TRY(endpoint.Write({1, {wanted}}));
      return Applied{};
    }
    std::unique_ptr<Kernel> abort_if;
    OPS_ASSIGN(RolloutPlan plan, PlanOf(context, request, kernels_, abort_if));
    // Who goes back to what has served before is in a hurry.
    if (IsOlder(wanted, now->versions.front())) plan.steps.clear();
    OPS_TRY(RollOut(*now, wanted, plan, endpoint, context.stop));
    return Applied{};
  }
  Status Delete(const KindContext& context, const StateEntry& prior, const std::string&) override {
    std::error_code error;
    std::filesystem::remove_all(DirectoryOf(context.state_dir, prior.address), error);
    if (error)
      return Fail(ErrorKind::kEnvironment, "cannot remove an endpoint: " + error.message());
    return {};
  }
  Result<std::optional<Applied>> Recover(const KindContext&, const OpenIntent&) override {
    return std::nullopt;  // the file says how far it came; the next try goes on from there
  }

 private:
  KernelLoader* kernels_;
};

}  // namespace

std::string DeploymentPath(const std::string& state_dir, std::string_view address) {
  return DirectoryOf(state_dir, address) + "/deployment.json";
}

std::unique_ptr<Kind> MakeDeploymentKind(KernelLoader* kernels) {
  return std::make_unique<DeploymentKind>(kernels);
}

}  // namespace opsc
