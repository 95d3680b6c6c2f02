// What of the API is no question with one answer: logs that go on, commands in containers.
#include "runtime/kube/api_client.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr auto kQuiet = std::chrono::milliseconds(90000);

ApiAnswer AnswerOf(const HttpResponse& response) {
  auto body = FromJson(response.body);
  const bool is_status = body && body->is(ValueKind::kRecord);
  return {response.status, is_status ? std::move(*body) : Value::Record({})};
}

// What comes is no JSON, and who asks for that gets 406.
void AcceptAnything(HttpRequest& request) {
  std::erase_if(request.headers,
                [](const std::string& header) { return header.starts_with("Accept:"); });
  request.headers.emplace_back("Accept: */*");
}

}  // namespace

Status ApiClient::Follow(const ApiCall& call, const std::function<void(std::string_view)>& take,
                         std::stop_token stop) {
  OPS_ASSIGN(HttpRequest request, RequestFor(call, stop));
  AcceptAnything(request);
  request.timeout = kQuiet;
  request.on_data = take;
  auto response = transport_->Send(request, std::move(stop));
  if (!response || response->status < 300) return {};  // ended or broke: who follows asks again
  return std::unexpected(ErrorOf(call, AnswerOf(*response)));
}

Result<std::unique_ptr<WebSocket>> ApiClient::OpenSocket(const ApiCall& call,
                                                         const std::string& protocol,
                                                         std::stop_token stop) {
  OPS_ASSIGN(HttpRequest request, RequestFor(call, stop));
  AcceptAnything(request);
  auto opened = transport_->OpenSocket(request, protocol, std::move(stop));
  if (!opened) return std::unexpected(ErrorOf(call, opened.error()));
  if (!opened->socket) return std::unexpected(ErrorOf(call, AnswerOf(opened->refusal)));
  return std::move(opened->socket);
}

}  // namespace opsc
