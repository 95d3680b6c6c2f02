#include "runtime/kube/server_side_apply.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/kube/api_error.h"
#include "runtime/kube/managed_fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

// ".spec.replicas" → "spec.replicas".
std::string PathOf(const StatusCause& cause) {
  return cause.field.starts_with('.') ? cause.field.substr(1) : cause.field;
}

// The name in `conflict with "kubectl-edit" using apps/v1`.
std::string ManagerIn(const std::string& message) {
  size_t begin = message.find('"');
  size_t end = begin == std::string::npos ? begin : message.find('"', begin + 1);
  if (end == std::string::npos) return message;
  return message.substr(begin + 1, end - begin - 1);
}

std::string QuotedList(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths)
    text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", path);
  return text;
}

std::optional<Error> ConflictIn(const std::string& what, const std::vector<StatusCause>& causes) {
  std::vector<std::string> paths;
  std::string owned;
  for (const StatusCause& cause : causes) {
    if (cause.reason != "FieldManagerConflict") continue;
    paths.push_back(PathOf(cause));
    owned += fmt::format("{}`{}` belongs to `{}`", owned.empty() ? "" : ", ", paths.back(),
                         ManagerIn(cause.message));
  }
  if (paths.empty()) return std::nullopt;
  return Error{ErrorKind::kConflict, fmt::format("{}: {}", what, owned),
               fmt::format("leave it to them: `ignore: [{}]`; or take it over: `cluster: {{ force: "
                           "true }}`",
                           QuotedList(paths))};
}

// What the conflicts are about, where all of it is opsc's own; else nothing.
std::vector<std::string> TakenBack(const Value& status, const Value& earlier) {
  std::vector<std::string> taken;
  for (const StatusCause& cause : StatusCauses(status)) {
    if (cause.reason != "FieldManagerConflict" || !HasPath(earlier, cause.field)) return {};
    taken.push_back(fmt::format("`{}` from `{}`", PathOf(cause), ManagerIn(cause.message)));
  }
  return taken;
}

std::optional<Error> ImmutableIn(const std::string& what, const std::vector<StatusCause>& causes) {
  std::vector<std::string> paths;
  for (const StatusCause& cause : causes) {
    bool immutable = cause.message.contains("immutable") ||
                     cause.message.contains("may not be changed") ||
                     cause.message.contains("updates to ");
    if (immutable) paths.push_back(PathOf(cause));
  }
  if (paths.empty()) return std::nullopt;
  return Error{ErrorKind::kInput,
               fmt::format("{}: `{}` cannot be changed in place", what, fmt::join(paths, "`, `")),
               fmt::format("leave it as it was, or have the object deleted and made again: "
                           "`replace_when: [{}]`",
                           QuotedList(paths))};
}

ApplyRefusal RefusalOf(const ObjectPlace& place, const Manifest& manifest, const ApiCall& call,
                       const ApiAnswer& answer) {
  ApplyRefusal refusal;
  refusal.error = place.cluster->client->ErrorOf(call, answer);
  std::string what = Describe(manifest, place.name_space);
  auto causes = StatusCauses(answer.body);
  if (answer.status == 409) {
    if (auto conflict = ConflictIn(what, causes)) refusal.error = std::move(*conflict);
  } else if (answer.status == 422) {
    if (auto immutable = ImmutableIn(what, causes)) refusal.error = std::move(*immutable);
  } else if (answer.status == 404) {
    refusal.missing = true;
    const Value* details = answer.body.Find("details");
    bool is_namespace = details != nullptr && TextAt(*details, "kind") == "namespaces";
    if (is_namespace) {
      refusal.error.message = fmt::format("the namespace `{}` does not exist", place.name_space);
    }
  } else if (answer.status == 400) {
    refusal.no_dry_run = StatusMessage(answer.body).contains("does not support dry run");
  }
  return refusal;
}

}  // namespace

std::expected<AppliedObject, ApplyRefusal> ServerSideApply(const ObjectPlace& place,
                                                           const Manifest& manifest,
                                                           const Value& earlier, const SentAs& as,
                                                           ApplyMode mode, std::stop_token stop) {
  ApiCall call = place.Call("patch", "PATCH");
  call.path += fmt::format("?fieldManager={}&fieldValidation=Strict", kFieldManager);
  if (mode == ApplyMode::kDryRun) call.path += "&dryRun=All";
  if (manifest.force) call.path += "&force=true";
  call.content_type = "application/apply-patch+yaml";
  call.body = ToApply(manifest, as);
  std::vector<std::string> taken;
  for (;;) {
    auto answer = place.cluster->client->Call(call, stop);
    if (!answer) return std::unexpected(ApplyRefusal{.error = std::move(answer.error())});
    if (answer->ok()) {
      return AppliedObject{std::move(answer->body), answer->status == 201, std::move(taken)};
    }
    if (answer->status != 409 || !taken.empty()) {
      return std::unexpected(RefusalOf(place, manifest, call, *answer));
    }
    taken = TakenBack(answer->body, earlier);
    if (taken.empty()) return std::unexpected(RefusalOf(place, manifest, call, *answer));
    call.path += "&force=true";
  }
}

Status ReleaseFields(const ObjectPlace& place, const Value& nothing, std::stop_token stop) {
  ApiCall call = place.Call("patch", "PATCH");
  call.path += fmt::format("?fieldManager={}", kFieldManager);
  call.content_type = "application/apply-patch+yaml";
  call.body = ToJson(nothing, SecretPolicy::kRedact);
  OPS_ASSIGN(ApiAnswer answer, place.cluster->client->Call(call, std::move(stop)));
  // An object that cannot be without the fields that only opsc owns stays as it is.
  if (answer.ok() || answer.status == 404 || answer.status == 422) return {};
  return std::unexpected(place.cluster->client->ErrorOf(call, answer));
}

Result<bool> DeleteObject(const ObjectPlace& place, const std::string& uid, std::stop_token stop) {
  ApiCall call = place.Call("delete", "DELETE");
  call.content_type = "application/json";
  call.body =
      fmt::format(R"({{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background",)"
                  R"("preconditions":{{"uid":"{}"}}}})",
                  uid);
  OPS_ASSIGN(ApiAnswer answer, place.cluster->client->Call(call, std::move(stop)));
  if (answer.status == 404) return true;
  if (!answer.ok()) return std::unexpected(place.cluster->client->ErrorOf(call, answer));
  return TextAt(answer.body, "kind") == "Status";  // else the object, on its way
}

}  // namespace opsc
