// `service`: a supervised local process. What is recorded:
//   { dir: of the service, relative to the state directory; token: of the change that made it so;
//     version: 12 hex digits }
// The directory keeps its name when the service's address changes.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "runtime/graph/address.h"
#include "runtime/kind/builtin.h"
#include "runtime/kind/service_client.h"
#include "runtime/kind/service_version.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kAnswer(10);  // for what a supervisor does at once

std::string DirName(const std::string& address) {
  return "services/" + AddressToPath(address);
}

// Relative to the state directory: as recorded, or as a new service of the address has it.
std::string DirOf(const std::string& address, const Value& recorded) {
  return TextField(recorded, "dir", DirName(address));
}

Value Request(std::string_view op, const std::string& token = {}) {
  return Value::Record(
      {{Symbol("op"), Value::String(op)}, {Symbol("token"), Value::String(token)}});
}

Result<std::optional<Value>> Ask(const KindContext& context, const std::string& dir,
                                 std::string_view op, nanoseconds timeout = kAnswer,
                                 const std::string& token = {}) {
  return AskSupervisor(dir, Request(op, token), {.timeout = timeout, .stop = context.stop});
}

// What is seen of a service that has a supervisor.
Observed Describe(const StateEntry& prior, const Value& status) {
  Observed observed;
  observed.exists = !TextField(status, "token").empty();
  const std::string running = TextField(prior.recorded, "token");
  const bool same = TextField(status, "token") == running;
  std::string problem;
  if (!same) {
    problem = fmt::format("another version ({})", TextField(status, "version"));
  } else if (!BoolField(status, "running")) {
    problem = fmt::format("down: it {}", TextField(status, "problem"));
  } else if (!BoolField(status, "ready")) {
    problem = fmt::format("not ready: {}", TextField(status, "problem"));
  }
  observed.fields = problem.empty()
                        ? prior.fields
                        : WithField(Value::Record({}), "running", Value::String(problem));
  const bool has_process = same && BoolField(status, "running");
  if (has_process) observed.outs = Value::Record({{Symbol("pid"), FieldOf(status, "pid")}});
  // Not of the problem's text, which counts and clocks may change from one look to the next.
  observed.digest = Hasher()
                        .Part(TextField(status, "token"))
                        .Part(BoolField(status, "running") ? "running" : "down")
                        .Part(BoolField(status, "ready") ? "ready" : "not ready")
                        .Finish();
  return observed;
}

Observed Gone() {
  Observed observed;
  observed.digest = Sha256("gone");
  return observed;
}

Applied MakeApplied(const std::string& dir, const std::string& token, int64_t port,
                    const Value& status) {
  const std::string url = port == 0 ? "" : fmt::format("http://127.0.0.1:{}", port);
  return {.outs = Value::Record({{Symbol("url"), Value::String(url)},
                                 {Symbol("pid"), Value::Int(NumberField(status, "pid"))}}),
          .recorded =
              Value::Record({{Symbol("dir"), Value::String(dir)},
                             {Symbol("token"), Value::String(token)},
                             {Symbol("version"), Value::String(TextField(status, "version"))}})};
}

// The log of a service that is gone stays where a person may look for it.
void KeepLog(const KindContext& context, const std::string& dir) {
  std::error_code error;
  const fs::path logs = fs::path(context.state_dir) / "logs" / dir;
  fs::create_directories(logs, error);
  for (const char* name : {"service.log", "service.log.1"}) {
    fs::rename(fs::path(context.state_dir) / dir / name, logs / name, error);
  }
}

// Ends what runs there and removes the directory, and the empty ones above it.
Status RemoveService(const KindContext& context, const std::string& dir, nanoseconds timeout) {
  const fs::path path = fs::path(context.state_dir) / dir;
  return WithoutSupervisor(path, timeout, [&]() -> Status {
    KeepLog(context, dir);
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return FailErrno("cannot remove " + path.string(), error.value());
    const fs::path top = fs::path(context.state_dir) / "services";
    for (fs::path above = path.parent_path(); above != top && above.has_relative_path();
         above = above.parent_path()) {
      if (!fs::remove(above, error)) break;
    }
    return {};
  });
}

Status FailedChange(const Value& outcome, const Value& fields) {
  const std::vector<std::string> secrets = SecretTexts(fields);
  return Fail(ErrorKind::kTask, MaskSecrets(TextField(outcome, "message"), secrets),
              MaskSecrets(TextField(outcome, "hint"), secrets));
}

// The supervisor's patience, plus what it needs to kill and to answer.
nanoseconds Patience(const ServiceSpec& spec) {
  return nanoseconds(spec.start_timeout_ns) + 2 * nanoseconds(spec.stop_timeout_ns) + seconds(60);
}

// Sends the change and waits for its outcome; asks for its end where we are told to stop.
Result<Value> Change(const KindContext& context, const std::string& dir, const ServiceSpec& spec,
                     int64_t timeout_ns) {
  const Value request = WithField(Request("apply"), "spec", EncodeSpec(spec));
  const nanoseconds patience = timeout_ns > 0 ? nanoseconds(timeout_ns) : Patience(spec);
  const auto outcome = AskSupervisor(dir, request, {.timeout = patience, .stop = context.stop});
  if (!outcome) {
    // The outcome of a cancelled change is still waited for: nothing goes on behind our back.
    const AskOptions until_it_is_off{.timeout = Patience(spec), .stop = {}};
    for (const char* op : {"cancel", "await"}) {
      const auto answer = AskSupervisor(dir, Request(op, spec.token), until_it_is_off);
      if (!answer || !*answer) break;  // it has died: nothing goes on
    }
    return std::unexpected(outcome.error());
  }
  if (!*outcome) {
    return Fail(ErrorKind::kEnvironment, "the supervisor of the service ended before it answered",
                fmt::format("its log: {}/service.log", dir));
  }
  return **outcome;
}

// A change that was refused before anything ran leaves no supervisor, either.
Status RemoveIfUnused(const KindContext& context, const std::string& dir) {
  const std::string path = JoinPath(context.state_dir, dir);
  const auto status = AskSupervisor(path, Request("status"), {});
  if (status && *status && !TextField(**status, "token").empty()) return {};
  return RemoveService(context, dir, seconds(30));
}

Result<Applied> MakeTrue(const KindContext& context, const ApplyRequest& request) {
  const std::string dir = DirOf(request.address, request.prior ? request.prior->recorded : Value());
  const std::string path = JoinPath(context.state_dir, dir);
  OPS_TRY(context.env->MakeDirs(path));
  OPS_TRY(context.env->SetMode(path, 0700));
  OPS_ASSIGN(const auto before, Ask(context, path, "status"));
  Result<ServiceSpec> spec = PrepareVersion(context, request, path);
  if (!spec) {
    if (!before) OPS_TRY(RemoveIfUnused(context, dir));
    return std::unexpected(spec.error());
  }
  if (!before) OPS_TRY(StartSupervisor(context, path));
  const Result<Value> outcome = Change(context, path, *spec, request.timeout_ns);
  if (!outcome || !BoolField(*outcome, "ok")) {
    OPS_TRY(RemoveIfUnused(context, dir));
    if (!outcome) return std::unexpected(outcome.error());
    return std::unexpected(FailedChange(*outcome, request.fields).error());
  }
  OPS_ASSIGN(const auto status, Ask(context, path, "status"));
  if (!status) return Fail(ErrorKind::kEnvironment, "the supervisor of the service has just ended");
  const std::string previous = before ? TextField(*before, "version") : "";
  OPS_TRY(RemoveOtherVersions(path, {spec->version, previous}));
  return MakeApplied(dir, request.token, spec->port, *status);
}

class ServiceKind : public Kind {
 public:
  std::string_view name() const override { return "service"; }
  bool Replaces(std::string_view) const override { return false; }
  std::vector<std::string> ClaimsOf(const KindContext&, const Value& fields) const override {
    const int64_t port = NumberField(fields, "port");
    if (port == 0) return {};
    return {fmt::format("port {} of 127.0.0.1", port)};
  }

  Result<Observed> Observe(const KindContext& context, const StateEntry& prior) override {
    const std::string dir = JoinPath(context.state_dir, DirOf(prior.address, prior.recorded));
    OPS_ASSIGN(const auto status, Ask(context, dir, "status"));
    return status ? Describe(prior, *status) : Gone();
  }

  Result<Observed> Lookup(const KindContext& context, const std::string& address,
                          const Value&) override {
    // One that runs without being in the state is taken over by Create, version by version.
    const std::string dir = JoinPath(context.state_dir, DirOf(address, {}));
    OPS_ASSIGN(const auto status, Ask(context, dir, "status"));
    Observed observed = Gone();
    if (status) observed.digest = Sha256(TextField(*status, "token"));
    return observed;
  }

  Result<Applied> Create(const KindContext& context, const ApplyRequest& request) override {
    return MakeTrue(context, request);
  }
  Result<Applied> Update(const KindContext& context, const ApplyRequest& request) override {
    return MakeTrue(context, request);
  }

  Status Delete(const KindContext& context, const StateEntry& prior,
                const std::string& token) override {
    const std::string dir = DirOf(prior.address, prior.recorded);
    const std::string path = JoinPath(context.state_dir, dir);
    if (context.env->Stat(path).type == FileType::kMissing) return {};
    OPS_ASSIGN(const auto status, Ask(context, path, "status"));
    // With `create_first` the new version, of this very change, has taken the old one's place.
    if (status && TextField(*status, "token") == token) return {};
    const nanoseconds stop_timeout(NumberField(prior.fields, "stop_timeout", 10'000'000'000));
    return RemoveService(context, dir, 2 * stop_timeout + seconds(30));
  }

  Result<std::optional<Applied>> Recover(const KindContext& context,
                                         const OpenIntent& intent) override {
    const std::string dir = DirOf(intent.address, intent.recorded);
    const std::string path = JoinPath(context.state_dir, dir);
    if (context.env->Stat(path).type == FileType::kMissing) {
      if (intent.action == "delete") return Applied{};
      return std::nullopt;
    }
    if (intent.action == "delete") return std::nullopt;
    const nanoseconds patience(NumberField(intent.fields, "start_timeout", 30'000'000'000));
    OPS_TRY(Ask(context, path, "await", patience + seconds(60), intent.token));
    OPS_ASSIGN(const auto status, Ask(context, path, "status"));
    const bool in_charge = status && TextField(*status, "token") == intent.token;
    if (in_charge) {
      return MakeApplied(dir, intent.token, NumberField(intent.fields, "port"), *status);
    }
    OPS_TRY(RemoveIfUnused(context, dir));
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<Kind> MakeServiceKind() {
  return std::make_unique<ServiceKind>();
}

}  // namespace opsc
