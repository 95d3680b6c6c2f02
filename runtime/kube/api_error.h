// What a refusal of the API server means to the user. Internal to runtime/kube.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api_client.h"

namespace opsc {

// One reason inside a `Status`: which field, and what about it.
struct StatusCause {
  std::string reason;   // "FieldManagerConflict", "FieldValueInvalid", …
  std::string field;    // ".spec.replicas", "spec.template"
  std::string message;  // `conflict with "kubectl" using apps/v1`
};

std::string StatusReason(const Value& status);  // "Conflict", "NotFound", …; empty: none
std::string StatusMessage(const Value& status);
std::vector<StatusCause> StatusCauses(const Value& status);

// The error that an answer of `status` to `call` means. `expired`: the client's certificate is.
Error ExplainAnswer(const ApiCall& call, const ApiAnswer& answer, const ClusterConfig& config,
                    const std::string& expired);
Error ExplainTransport(const ApiCall& call, const TransportError& error,
                       const ClusterConfig& config);

}  // namespace opsc
