#include "runtime/kube/api_error.h"

#include <fmt/format.h>

namespace opsc {
namespace {

std::string Text(const Value& record, std::string_view name) {
  const Value* field = record.Find(name);
  return field != nullptr && field->is(ValueKind::kString) ? std::string(field->AsString()) : "";
}

std::string Quoted(const ApiCall& call) {
  if (call.name.empty()) return "";
  return fmt::format(" `{}{}{}`", call.name_space, call.name_space.empty() ? "" : "/", call.name);
}

Error Forbidden(const ApiCall& call, const Value& status, const ClusterConfig& config) {
  std::string where = call.name_space.empty() ? "in the whole cluster"
                                              : fmt::format("in namespace `{}`", call.name_space);
  std::string message = fmt::format("no right to `{}` {}{} {}: {}", call.verb, call.resource,
                                    Quoted(call), where, StatusMessage(status));
  std::string who = call.name_space.empty()
                        ? "a ClusterRole and a ClusterRoleBinding"
                        : fmt::format("a Role and a RoleBinding in `{}`", call.name_space);
  return {ErrorKind::kDenied, std::move(message),
          fmt::format("{} that allow `{}` on `{}` give it to the user of {}", who, call.verb,
                      call.resource, config.origin)};
}

}  // namespace

std::string StatusReason(const Value& status) {
  return Text(status, "reason");
}

std::string StatusMessage(const Value& status) {
  std::string message = Text(status, "message");
  return message.empty() ? "(the server does not say why)" : message;
}

std::vector<StatusCause> StatusCauses(const Value& status) {
  std::vector<StatusCause> causes;
  const Value* details = status.Find("details");
  const Value* list = details == nullptr ? nullptr : details->Find("causes");
  if (list == nullptr || !list->is(ValueKind::kList)) return causes;
  for (const Value& cause : list->AsList()) {
    causes.push_back({Text(cause, "reason"), Text(cause, "field"), Text(cause, "message")});
  }
  return causes;
}

std::string Describe(const ApiCall& call) {
  return fmt::format("{} {}{}", call.verb, call.resource.empty() ? call.path : call.resource,
                     Quoted(call));
}

Error ExplainAnswer(const ApiCall& call, const ApiAnswer& answer, const ClusterConfig& config,
                    const std::string& expired) {
  std::string said = StatusMessage(answer.body);
  switch (answer.status) {
    case 401:
      if (!expired.empty()) {
        return {ErrorKind::kEnvironment,
                fmt::format("the client certificate of {} ended to be valid at {}", config.origin,
                            expired),
                "get a new one and put it into the kubeconfig"};
      }
      return {ErrorKind::kEnvironment,
              fmt::format("{} does not know who asks: the credentials of {} are not accepted",
                          config.server, config.origin),
              "log in again, or renew the token or certificate"};
    case 403:
      return Forbidden(call, answer.body, config);
    case 404:
      return {ErrorKind::kInput, fmt::format("{}: {}", Describe(call), said), ""};
    case 409:
      return {ErrorKind::kConflict, fmt::format("{}: {}", Describe(call), said), "plan again"};
    case 400:
    case 413:
    case 415:
    case 422:
      return {ErrorKind::kInput, fmt::format("{}: {}", Describe(call), said), ""};
    default:
      return {
          ErrorKind::kEnvironment,
          fmt::format("{}: {} answers {}: {}", Describe(call), config.server, answer.status, said),
          ""};
  }
}

Error ExplainTransport(const ApiCall& call, const TransportError& error,
                       const ClusterConfig& config) {
  switch (error.kind) {
    case TransportError::Kind::kCancelled:
      return {ErrorKind::kCancelled, fmt::format("{}: cancelled", Describe(call)), ""};
    case TransportError::Kind::kUnreachable:
      return {ErrorKind::kEnvironment,
              fmt::format("{} cannot be reached: {}", config.server, error.message),
              fmt::format("the address is that of {}", config.origin)};
    case TransportError::Kind::kTls:
      return {ErrorKind::kEnvironment,
              fmt::format("no safe connection to {}: {}", config.server, error.message),
              fmt::format("check the certificate authority in {}", config.origin)};
    case TransportError::Kind::kTimeout:
      return {ErrorKind::kEnvironment,
              fmt::format("{}: {} does not answer in time", Describe(call), config.server), ""};
    case TransportError::Kind::kBroken:
      break;
  }
  return {ErrorKind::kEnvironment,
          fmt::format("{}: the connection to {} broke: {}", Describe(call), config.server,
                      error.message),
          ""};
}

}  // namespace opsc
