#include "runtime/kube/job_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/graph/base64.h"
#include "runtime/kube/manifest.h"
#include "runtime/kube/pod_view.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr const char* kVolume = "opsc";
constexpr int64_t kGraceSeconds = 5;  // between TERM and KILL, as on this machine
constexpr int64_t kKeptSeconds = 3600;

// Waits for the inputs, as long as it may take; TERM ends it at once, which process 1 would ignore.
constexpr const char* kWaitForInputs =
    "trap 'exit 143' TERM; until [ -e /opsc/go ]; do sleep 0.2 & wait $!; done";
constexpr const char* kWaitForEver = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done";

Value Text(std::string_view text) {
  return Value::String(text);
}

Value Object(std::initializer_list<std::pair<const char*, Value>> fields) {
  std::vector<Field> all;
  for (const auto& [name, value] : fields) {
    if (!value.is_null()) all.emplace_back(Symbol(name), value);
  }
  return Value::Record(std::move(all));
}

Value Given(const Value& where, std::string_view name) {
  const Value* field = where.Find(name);
  return field == nullptr ? Value::Null() : *field;
}

// Kubernetes replaces `$(NAME)` in arguments and values; `$$` stands for a dollar.
std::string Literal(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '$' ? "$$" : std::string(1, c);
  return escaped;
}

std::string ArgumentVariable(size_t index) {
  return fmt::format("OPSC_ARGUMENT_{}", index);
}

// Every secret text with the variable that brings it.
std::vector<std::pair<std::string, std::string>> SecretsOf(const RemoteCommand& command) {
  std::vector<std::pair<std::string, std::string>> secrets;
  for (size_t i = 0; i < command.argv.size(); ++i) {
    if (command.argv[i].secret) secrets.emplace_back(ArgumentVariable(i), command.argv[i].text);
  }
  for (const auto& [name, value] : command.env) {
    if (value.secret) secrets.emplace_back(name, value.text);
  }
  return secrets;
}

// Keys of a Secret have fewer letters than names of variables.
std::string SecretKey(size_t index) {
  return fmt::format("secret-{}", index);
}

Value Variables(const RemoteCommand& command, const JobName& name) {
  std::vector<Value> variables;
  const std::string home = std::string(kVolumePath) + "/tmp/home";
  const std::string tmp = std::string(kVolumePath) + "/tmp";
  for (const auto& [variable, value] :
       {std::pair{"HOME", home}, {"TMPDIR", tmp}, {"LC_CTYPE", std::string("C.UTF-8")}}) {
    const bool declared = std::ranges::any_of(
        command.env, [&](const auto& declared_one) { return declared_one.first == variable; });
    if (!declared) variables.push_back(Object({{"name", Text(variable)}, {"value", Text(value)}}));
  }
  for (const auto& [variable, value] : command.env) {
    if (value.secret) continue;
    variables.push_back(Object({{"name", Text(variable)}, {"value", Text(Literal(value.text))}}));
  }
  const auto secrets = SecretsOf(command);
  for (size_t i = 0; i < secrets.size(); ++i) {
    const Value ref = Object({{"name", Text(name.name)}, {"key", Text(SecretKey(i))}});
    variables.push_back(
        Object({{"name", Text(secrets[i].first)}, {"valueFrom", Object({{"secretKeyRef", ref}})}}));
  }
  return Value::List(std::move(variables));
}

Value Words(const RemoteCommand& command) {
  std::vector<Value> words;
  for (size_t i = 0; i < command.argv.size(); ++i) {
    const RemoteText& word = command.argv[i];
    words.push_back(Text(word.secret ? "$(" + ArgumentVariable(i) + ")" : Literal(word.text)));
  }
  return Value::List(std::move(words));
}

Value Resources(const RemoteCommand& command) {
  std::vector<Field> amounts;
  const auto millis = static_cast<int64_t>(std::ceil(command.cpu * 1000));
  amounts.emplace_back(Symbol("cpu"), Text(fmt::format("{}m", millis)));
  if (command.memory) {
    amounts.emplace_back(Symbol("memory"), Text(std::to_string(*command.memory)));
  }
  const Value more = Given(command.where, "resources");
  if (more.is(ValueKind::kRecord)) {
    for (const Field& field : more.AsRecord()) {
      std::erase_if(amounts, [&](const Field& amount) { return amount.first == field.first; });
      amounts.push_back(field);
    }
  }
  const Value all = Value::Record(std::move(amounts));
  return Object({{"requests", all}, {"limits", all}});
}

Value Mounts() {
  return Value::List({Object({{"name", Text(kVolume)}, {"mountPath", Text(kVolumePath)}})});
}

// A container that carries files. It needs little, and says so where a namespace has quotas.
Value Carrier(const char* name, const RemoteCommand& command, const char* script) {
  const Value few = Object({{"cpu", Text("10m")}, {"memory", Text("16Mi")}});
  const Value most = Object({{"cpu", Text("1")}, {"memory", Text("256Mi")}});
  return Object({{"name", Text(name)},
                 {"image", Text(JobPlace::Of(command.where).helper)},
                 {"imagePullPolicy", Given(command.where, "pull_policy")},
                 {"command", Value::List({Text("/bin/sh"), Text("-c"), Text(Literal(script))})},
                 {"resources", Object({{"requests", few}, {"limits", most}})},
                 {"volumeMounts", Mounts()}});
}

Value TaskContainer(const RemoteCommand& command, const JobName& name) {
  return Object(
      {{"name", Text(kTaskContainer)},
       {"image", Given(command.where, "image")},
       {"imagePullPolicy", Given(command.where, "pull_policy")},
       {"command", Words(command)},
       {"env", Variables(command, name)},
       {"workingDir",
        Text(command.dir == "." ? kPodProject : fmt::format("{}/{}", kPodProject, command.dir))},
       {"resources", Resources(command)},
       {"volumeMounts", Mounts()}});
}

Value PodSpec(const RemoteCommand& command, const JobName& name) {
  std::vector<Value> pull_secrets;
  const Value named = Given(command.where, "pull_secrets");
  if (named.is(ValueKind::kList)) {
    for (const Value& secret : named.AsList()) pull_secrets.push_back(Object({{"name", secret}}));
  }
  const Value account = Given(command.where, "service_account");
  const Value volume = Object({{"name", Text(kVolume)}, {"emptyDir", Value::Record({})}});
  return Object(
      {{"restartPolicy", Text("Never")},
       {"terminationGracePeriodSeconds", Value::Int(kGraceSeconds)},
       {"serviceAccountName", account},
       {"automountServiceAccountToken", Value::Bool(!account.is_null())},
       {"imagePullSecrets", Value::List(std::move(pull_secrets))},
       {"nodeSelector", Given(command.where, "node_selector")},
       {"tolerations", Given(command.where, "tolerations")},
       {"volumes", Value::List({volume})},
       {"initContainers", Value::List({Carrier(kInputsContainer, command, kWaitForInputs)})},
       {"containers", Value::List({TaskContainer(command, name),
                                   Carrier(kOutputsContainer, command, kWaitForEver)})}});
}

// The cluster's own limit, for when opsc is no more: it begins before the command does.
Value Deadline(const RemoteCommand& command) {
  if (command.timeout_ns == 0) return Value::Null();
  const auto all =
      std::chrono::nanoseconds(command.timeout_ns) + JobPlace::Of(command.where).start_timeout;
  return Value::Int(std::chrono::ceil<std::chrono::seconds>(all).count());
}

Value Labels(const JobName& name) {
  return Object({{kTokenLabel, Text(name.label)}, {kManagedByLabel, Text(kFieldManager)}});
}

Value Metadata(const RemoteCommand& command, const JobName& name) {
  const Value annotations = Object(
      {{kAddressAnnotation, Text(command.address)}, {kIntentAnnotation, Text(command.token)}});
  return Object(
      {{"name", Text(name.name)}, {"labels", Labels(name)}, {"annotations", annotations}});
}

// The letters of an address that a name may have.
std::string Slug(const std::string& address) {
  constexpr size_t kLongest = 30;
  std::string slug;
  for (const char c : address) {
    const char lower = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const bool fits = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (fits) {
      slug.push_back(lower);
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  slug.resize(std::min(slug.size(), kLongest));
  while (slug.ends_with('-')) slug.pop_back();
  return slug.empty() ? "task" : slug;
}

}  // namespace

JobPlace JobPlace::Of(const Value& where) {
  JobPlace place;
  place.cluster = {TextAt(where, "kubeconfig"), TextAt(where, "context"),
                   TextAt(where, "namespace")};
  place.image = TextAt(where, "image");
  place.helper = TextAt(where, "helper");
  if (place.helper.empty()) place.helper = place.image;
  const Value* timeout = where.Find("start_timeout");
  if (timeout != nullptr && timeout->is(ValueKind::kDuration)) {
    place.start_timeout = std::chrono::nanoseconds(timeout->AsInt());
  }
  return place;
}

JobName JobName::Of(const std::string& state_id, const std::string& address,
                    const std::string& token) {
  constexpr size_t kInName = 12;
  constexpr size_t kInLabel = 40;
  const std::string hex = Hasher().Part(state_id).Part(address).Part(token).Finish().Hex();
  return {"opsc-" + Slug(address) + "-" + hex.substr(0, kInName), hex.substr(0, kInLabel)};
}

std::string JobText(const RemoteCommand& command, const JobName& name) {
  const Value pod =
      Object({{"metadata", Object({{"labels", Labels(name)}})}, {"spec", PodSpec(command, name)}});
  const Value spec = Object({{"backoffLimit", Value::Int(0)},
                             {"activeDeadlineSeconds", Deadline(command)},
                             {"ttlSecondsAfterFinished", Value::Int(kKeptSeconds)},
                             {"template", pod}});
  return ToJson(Object({{"apiVersion", Text("batch/v1")},
                        {"kind", Text("Job")},
                        {"metadata", Metadata(command, name)},
                        {"spec", spec}}),
                SecretPolicy::kRedact);
}

std::string SecretText(const RemoteCommand& command, const JobName& name, const std::string& uid) {
  const auto secrets = SecretsOf(command);
  if (secrets.empty()) return "";
  std::vector<Field> data;
  for (size_t i = 0; i < secrets.size(); ++i) {
    data.emplace_back(Symbol(SecretKey(i)), Text(EncodeBase64(secrets[i].second)));
  }
  const Value owner = Object({{"apiVersion", Text("batch/v1")},
                              {"kind", Text("Job")},
                              {"name", Text(name.name)},
                              {"uid", Text(uid)}});
  const Value metadata = Object({{"name", Text(name.name)},
                                 {"labels", Labels(name)},
                                 {"ownerReferences", Value::List({owner})}});
  return ToJson(Object({{"apiVersion", Text("v1")},
                        {"kind", Text("Secret")},
                        {"metadata", metadata},
                        {"data", Value::Record(std::move(data))}}),
                SecretPolicy::kReveal);
}

}  // namespace opsc
