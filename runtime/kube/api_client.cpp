#include "runtime/kube/api_client.h"

#include <fmt/format.h>

#include "runtime/kube/api_error.h"
#include "runtime/kube/retry.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

Value BodyOf(const HttpResponse& response) {
  auto body = FromJson(response.body);
  if (body && body->is(ValueKind::kRecord)) return std::move(*body);
  // A proxy on the way, say: its first line is all that may be worth telling.
  constexpr size_t kShown = 200;
  std::string text = response.body.substr(0, std::min(response.body.find('\n'), kShown));
  return Value::Record({{Symbol("message"), Value::String(text)}});
}

bool IsBusy(const ApiAnswer& answer) {
  return answer.status == 429 || answer.status >= 500;
}

// Two that changed the same object at the same time; not the quarrel of field managers.
bool IsRace(const ApiAnswer& answer) {
  if (answer.status != 409) return false;
  return StatusCauses(answer.body).empty() &&
         StatusMessage(answer.body).contains("the object has been modified");
}

std::string QueryJoin(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + "&" + second;
}

}  // namespace

Result<std::unique_ptr<ApiClient>> ApiClient::Make(Env& env, ClusterConfig config,
                                                   const ApiClientOptions& options) {
  auto credentials = std::make_unique<Credentials>(env, config);
  OPS_ASSIGN(const Credentials::Certificate certificate, credentials->ClientCertificate({}));
  Endpoint endpoint;
  endpoint.url = config.server;
  endpoint.ca = config.ca;
  endpoint.certificate = certificate.certificate;
  endpoint.key = certificate.key;
  endpoint.server_name = config.server_name;
  endpoint.proxy = config.proxy;
  OPS_ASSIGN(auto transport, Transport::Make(std::move(endpoint)));
  return std::unique_ptr<ApiClient>(
      new ApiClient(env, std::move(config), options, std::move(credentials), std::move(transport)));
}

Result<HttpRequest> ApiClient::RequestFor(const ApiCall& call, const std::stop_token& stop) {
  HttpRequest request;
  request.method = call.method;
  request.path = call.path;
  request.body = call.body;
  request.timeout = options_.timeout;
  request.headers = {"Accept: application/json", "User-Agent: opsc"};
  if (!call.content_type.empty()) request.headers.push_back("Content-Type: " + call.content_type);
  OPS_ASSIGN(const std::string authorization, credentials_->Authorization(stop));
  if (!authorization.empty()) request.headers.push_back("Authorization: " + authorization);
  if (!config_.impersonate.empty()) {
    request.headers.push_back("Impersonate-User: " + config_.impersonate);
  }
  for (const std::string& group : config_.impersonate_groups) {
    request.headers.push_back("Impersonate-Group: " + group);
  }
  return request;
}

Error ApiClient::ErrorOf(const ApiCall& call, const ApiAnswer& answer) const {
  auto expiry = ExpiryOf(config_.certificate);
  bool expired = expiry && *expiry <= env_.Now();
  return ExplainAnswer(call, answer, config_, expired ? FormatTime(*expiry) : "");
}

Error ApiClient::ErrorOf(const ApiCall& call, const TransportError& error) const {
  return ExplainTransport(call, error, config_);
}

std::optional<TransportError> ApiClient::UnreachedNow() {
  constexpr auto kMoment = std::chrono::seconds(5);
  if (reached_) return std::nullopt;
  std::lock_guard lock(mutex_);
  bool fresh = unreached_ && std::chrono::steady_clock::now() - unreached_->at < kMoment;
  return fresh ? std::optional(unreached_->error) : std::nullopt;
}

Result<ApiAnswer> ApiClient::Call(const ApiCall& call, std::stop_token stop) {
  Backoff backoff(options_.patience);
  bool renewed = false;
  for (;;) {
    if (auto unreached = UnreachedNow()) return std::unexpected(ErrorOf(call, *unreached));
    OPS_ASSIGN(const HttpRequest request, RequestFor(call, stop));
    auto response = transport_->Send(request, stop);
    if (!response) {
      // A server that never answered is more likely the wrong one than one that restarts.
      bool hopeless = response.error().kind == TransportError::Kind::kCancelled ||
                      response.error().kind == TransportError::Kind::kTls || !reached_;
      if (hopeless || !backoff.Wait("", stop)) {
        bool cancelled = response.error().kind == TransportError::Kind::kCancelled;
        std::lock_guard lock(mutex_);
        if (!cancelled) unreached_ = {std::chrono::steady_clock::now(), response.error()};
        return std::unexpected(ErrorOf(call, response.error()));
      }
      continue;
    }
    reached_ = true;
    ApiAnswer answer{response->status, BodyOf(*response)};
    if (answer.status == 401 && !std::exchange(renewed, true) && credentials_->Forget()) continue;
    bool again = IsBusy(answer) || IsRace(answer);
    if (!again || !backoff.Wait(response->retry_after, stop)) return answer;
  }
}

Result<Value> ApiClient::Get(const ApiCall& call, std::stop_token stop) {
  OPS_ASSIGN(ApiAnswer answer, Call(call, std::move(stop)));
  if (!answer.ok()) return std::unexpected(ErrorOf(call, answer));
  return std::move(answer.body);
}

Result<std::string> ApiClient::GetText(const ApiCall& call, std::stop_token stop) {
  OPS_ASSIGN(HttpRequest request, RequestFor(call, stop));
  request.headers[0] = "Accept: */*";
  auto response = transport_->Send(request, stop);
  if (!response) return std::unexpected(ErrorOf(call, response.error()));
  ApiAnswer answer{response->status, {}};
  if (answer.ok()) return std::move(response->body);
  answer.body = BodyOf(*response);
  return std::unexpected(ErrorOf(call, answer));
}

Result<std::string> ApiClient::List(const ApiCall& call, const std::string& query,
                                    const std::function<void(Value)>& take, std::stop_token stop) {
  constexpr const char* kPage = "limit=500";
  std::string next;
  std::string version;
  do {
    ApiCall page = call;
    std::string text = QueryJoin(query, kPage);
    if (!next.empty()) text += "&continue=" + next;
    page.path += "?" + text;
    OPS_ASSIGN(const Value list, Get(page, stop));
    const Value* metadata = list.Find("metadata");
    auto of = [&](std::string_view name) {
      const Value* field = metadata == nullptr ? nullptr : metadata->Find(name);
      return field == nullptr || field->is_null() ? "" : std::string(field->AsString());
    };
    next = of("continue");
    version = of("resourceVersion");
    const Value* items = list.Find("items");
    if (items == nullptr || !items->is(ValueKind::kList)) continue;
    // Items of a list do not say what they are; the list does.
    for (const Value& item : items->AsList()) take(item);
  } while (!next.empty());
  return version;
}

}  // namespace opsc
