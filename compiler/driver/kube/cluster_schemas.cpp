#include "compiler/driver/kube/cluster_schemas.h"

#include "compiler/driver/kube/typed.h"
#include "runtime/kube/api_client.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

// "apps/v1" of "apis/apps/v1", "v1" of "api/v1"; "" of what is no group's version.
std::string ApiVersionOf(std::string_view path) {
  for (std::string_view root : {"api/", "apis/"}) {
    if (!path.starts_with(root)) continue;
    std::string_view rest = path.substr(root.size());
    bool version = root == "api/" || rest.find('/') != rest.npos;
    return version ? std::string(rest) : "";
  }
  return "";
}

}  // namespace

Result<std::vector<Value>> OpenApiOfCluster(Env& env, const std::string& context,
                                            kube::SchemaPart part) {
  OPS_ASSIGN(ClusterConfig config, LoadClusterConfig(env, {"", context, ""}));
  OPS_ASSIGN(auto client, ApiClient::Make(env, std::move(config), {}));
  OPS_ASSIGN(Value index, client->Get({.verb = "get", .path = "/openapi/v3"}, {}));
  std::vector<Value> documents;
  const Value* paths = index.Find("paths");
  if (!paths || !paths->is(ValueKind::kRecord)) return documents;
  for (const auto& [path, entry] : paths->AsRecord()) {
    std::string api_version = ApiVersionOf(path.text());
    bool builtin = part == kube::SchemaPart::kBuiltin;
    if (api_version.empty() || (!builtin && IsBuiltinVersion(api_version))) continue;
    ApiCall call{.verb = "get", .path = TextField(entry, "serverRelativeURL")};
    OPS_ASSIGN(Value document, client->Get(call, {}));
    documents.push_back(std::move(document));
  }
  return documents;
}

}  // namespace opsc
