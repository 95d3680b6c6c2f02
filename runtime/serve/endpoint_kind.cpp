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
  std::chrono::steady_clock::time_point Now() override { return std::chrono::steady_clock::now(); }

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

std::string ModelsOf(const KindContext& context, const std::string& address) {
  return DirectoryOf(context.state_dir, address) + "/models";
}

// Where the model stands whole: at best where it is `served` from. What somebody has altered there
// is left to who reads it, and the model is put beside it.
Result<std::string> PutModel(const KindContext& context, const std::string& models,
                             const Digest& digest, const std::string& served) {
  if (!served.empty()) {
    OPS_ASSIGN(const bool whole, context.store->Matches(digest, served));
    if (whole) return served;
  }
  OPS_TRY(context.env->MakeDirs(models));
  for (int number = 0;; ++number) {
    std::string dir = JoinPath(models, digest.Short());
    if (number > 0) dir += fmt::format(".{}", number);
    const bool there = context.env->Stat(dir).type != FileType::kMissing;
    if (there) {
      OPS_ASSIGN(const bool whole, context.store->Matches(digest, dir));
      if (!whole) continue;
    } else {
      OPS_TRY(context.store->Restore(digest, dir));
    }
    return dir;
  }
}

// Models that nobody serves any more.
void RemoveOthers(const std::string& models, const std::string& kept) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(models, error)) {
    if (entry.path() != kept) std::filesystem::remove_all(entry.path(), error);
  }
}

// Why a version is not given to any server; who serves goes on. `serving`: the version, or empty.
std::unexpected<Error> CannotServe(const PredictorSource& wanted, const Error& error,
                                   const std::string& serving) {
  std::string way =
      fmt::format("`opsc model promote {} VERSION` puts another one in charge", wanted.model);
  if (!serving.empty()) way = fmt::format("version {} serves; {}", serving, way);
  return Fail(error.kind,
              fmt::format("version {} of {} cannot be served: {}", wanted.version, wanted.model,
                          error.message),
              way);
}

// The version that the fields ask for, its model on disk and whole: one that can be loaded.
Result<DeployedVersion> WantedVersion(const KindContext& context, const ApplyRequest& request,
                                      const PredictorSource& served, KernelLoader* kernels) {
  const Value artefact = FieldOf(request.fields, "artefact");
  if (!artefact.is(ValueKind::kFile)) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` has no model to serve", request.address),
                "no version of the model is in charge yet: its gate has refused all of them");
  }
  DeployedVersion wanted;
  wanted.source.model = TextField(request.fields, "model");
  wanted.source.version = fmt::format("{}", FieldOf(request.fields, "version").AsInt());
  const std::string input = TextField(request.fields, "input");
  if (!input.empty()) {
    OPS_ASSIGN(RowSchema schema, SchemaFromJsonText(input));
    wanted.source.input = std::make_shared<const RowSchema>(std::move(schema));
  }
  auto dir =
      PutModel(context, ModelsOf(context, request.address), artefact.AsFile().digest, served.dir);
  if (!dir) return CannotServe(wanted.source, dir.error(), served.version);
  wanted.source.dir = *std::move(dir);
  const auto loaded = LoadPredictor(wanted.source, kernels, *context.env);
  if (!loaded) return CannotServe(wanted.source, loaded.error(), served.version);
  wanted.source.digest = (*loaded)->digest;
  return wanted;
}

std::string InputText(const PredictorSource& source) {
  return source.input == nullptr ? "" : ToJsonText(*source.input);
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
    context.Say(Event::Type::kProgress, address, line);
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
    const auto there = EndpointOf(context, prior.address, prior.fields).Read();
    if (!there && there.error().kind != ErrorKind::kCorrupt) {
      return std::unexpected(there.error());
    }
    observed.exists = !there || there->has_value();
    if (!observed.exists) return observed;
    observed.fields = prior.fields;
    const std::string version = there ? VersionSeen(context, prior, **there) : "(damaged)";
    observed.digest = Sha256(there ? DeploymentText(**there) : version);
    if (version != VersionOf(prior.fields)) {
      observed.fields = WithField(prior.fields, "version", Value::String(version));
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
    Endpoint endpoint = EndpointOf(context, request.address, request.fields);
    auto now = endpoint.Read();
    if (!now && now.error().kind != ErrorKind::kCorrupt) return std::unexpected(now.error());
    const bool there = now && *now;
    const PredictorSource served = there ? (*now)->versions.front().source : PredictorSource{};
    OPS_ASSIGN(const DeployedVersion wanted, WantedVersion(context, request, served, kernels_));
    if (!there) {
      // Above any serial that a server may know of a file that is lost.
      const auto serial = std::chrono::duration_cast<std::chrono::milliseconds>(
          context.env->Now().time_since_epoch());
      const Deployment lost{static_cast<uint64_t>(serial.count()), {wanted}};
      OPS_TRY(RollOut(lost, wanted, {}, endpoint, context.stop));
    } else {
      OPS_TRY(Switch(context, request, **now, wanted));
    }
    RemoveOthers(ModelsOf(context, request.address), wanted.source.dir);
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
  static std::string VersionOf(const Value& fields) {
    return fmt::format("{}", FieldOf(fields, "version").AsInt());
  }
  // What serves, in words where that is not one version, whole.
  static std::string VersionSeen(const KindContext& context, const StateEntry& prior,
                                 const Deployment& there) {
    const PredictorSource& first = there.versions.front().source;
    if (there.versions.size() > 1) return first.version + " (in part)";
    const Value artefact = FieldOf(prior.fields, "artefact");
    if (first.version != VersionOf(prior.fields) || !artefact.is(ValueKind::kFile)) {
      return first.version;
    }
    const auto whole = context.store->Matches(artefact.AsFile().digest, first.dir);
    return whole && !*whole ? first.version + " (damaged)" : first.version;
  }

  // From what is served now to the wanted version.
  Status Switch(const KindContext& context, const ApplyRequest& request, const Deployment& now,
                const DeployedVersion& wanted) {
    Endpoint endpoint = EndpointOf(context, request.address, request.fields);
    const PredictorSource& first = now.versions.front().source;
    // Another model is no new version of this one.
    if (first.model != wanted.source.model) {
      return RollOut(now, wanted, {}, endpoint, context.stop);
    }
    if (first.version == wanted.source.version) {
      const bool same = now.versions.size() == 1 && first.dir == wanted.source.dir &&
                        InputText(first) == InputText(wanted.source);
      return same ? Status() : RollOut(now, wanted, {}, endpoint, context.stop);
    }
    std::unique_ptr<Kernel> abort_if;
    OPS_ASSIGN(RolloutPlan plan, PlanOf(context, request, kernels_, abort_if));
    // Who goes back to what has served before is in a hurry.
    if (IsOlder(wanted, now.versions.front())) plan.steps.clear();
    const RefusedVersion refused = {wanted.source.version, RuleOf(request.fields)};
    if (now.refused == refused && !plan.steps.empty()) {
      return Fail(
          ErrorKind::kDenied,
          fmt::format("version {} was taken back before by {}", refused.version, plan.abort_text),
          fmt::format("version {0} serves; `opsc model rollback {1}` puts it in charge, "
                      "another version or another `abort_if` is tried anew",
                      first.version, wanted.source.model));
    }
    const Status done = RollOut(now, wanted, plan, endpoint, context.stop);
    if (!done && done.error().kind == ErrorKind::kDenied) {
      OPS_ASSIGN(auto back, endpoint.Read());
      if (back) {
        back->refused = refused;
        ++back->serial;
        OPS_TRY(endpoint.Write(*back));
      }
    }
    return done;
  }
  static std::string RuleOf(const Value& fields) {
    return Sha256(TextField(FieldOf(FieldOf(fields, "rollout"), "abort"), "kernel")).Short();
  }

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
