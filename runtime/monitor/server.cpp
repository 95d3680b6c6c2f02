#include "runtime/monitor/server.h"

#include <fmt/format.h>

#include <charconv>

#include "runtime/http/server.h"

namespace opsc {
namespace {

struct ListenAddress {
  std::string host;
  int port = 0;
};

Result<ListenAddress> ParseAddress(const std::string& text) {
  size_t colon = text.rfind(':');
  ListenAddress address{"127.0.0.1", 0};
  std::string port = colon == text.npos ? text : text.substr(colon + 1);
  if (colon != text.npos) address.host = colon == 0 ? "0.0.0.0" : text.substr(0, colon);
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  bool whole = error == std::errc() && end == port.data() + port.size();
  if (whole && address.port >= 0 && address.port <= 65535) return address;
  return Fail(ErrorKind::kInput, fmt::format("`{}` is no address to listen on", text),
              "e.g. 127.0.0.1:8080, :8080 for every address, 8080 for this machine only");
}

std::vector<HttpRoute> Routes(std::shared_ptr<const MonitorAnswers> answers) {
  using enum HttpRoute::Method;
  return {
      {kGet, "/healthz", [](const HttpCall&, HttpAnswer& response) { response.body = "ok\n"; }},
      {kGet, "/readyz",
       [answers](const HttpCall&, HttpAnswer& response) {
         Status ready = answers->ready();
         response.status = ready ? 200 : 503;
         response.body = (ready ? std::string("ok") : ready.error().message) + "\n";
       }},
      {kGet, "/metrics",
       [answers](const HttpCall&, HttpAnswer& response) {
         response.body = answers->metrics();
         response.type = "text/plain; version=0.0.4; charset=utf-8";
       }},
      {kPost, "/hooks/git",
       [answers](const HttpCall&, HttpAnswer& response) {
         answers->pushed();
         response.status = 202;
         response.body = "every sync looks at its origin\n";
       }},
  };
}

class Server : public MonitorServer {
 public:
  Server(std::string host, std::unique_ptr<HttpServer> server)
      : host_(std::move(host)), server_(std::move(server)) {}
  std::string address() const override { return fmt::format("{}:{}", host_, server_->port()); }

 private:
  std::string host_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace

Result<std::unique_ptr<MonitorServer>> StartMonitor(const std::string& address,
                                                    MonitorAnswers answers) {
  OPS_ASSIGN(ListenAddress parsed, ParseAddress(address));
  HttpServerOptions options;
  options.host = parsed.host;
  options.port = parsed.port;
  auto server =
      StartHttpServer(options, Routes(std::make_shared<const MonitorAnswers>(std::move(answers))));
  if (server) return std::make_unique<Server>(std::move(parsed.host), *std::move(server));
  Error error = std::move(server).error();
  if (error.hint.empty()) {
    error.hint = "is another agent running? `--listen` names another address";
  }
  return std::unexpected(std::move(error));
}

}  // namespace opsc
