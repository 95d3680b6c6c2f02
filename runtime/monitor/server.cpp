#include "runtime/monitor/server.h"

#include <httplib.h>

#include <charconv>
#include <thread>

#include <fmt/format.h>

namespace opsc {
namespace {

constexpr size_t kLargestBody = 1 << 20;  // bytes
constexpr size_t kThreads = 2;

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

void Answer(httplib::Response& response, int status, const std::string& text) {
  response.status = status;
  response.set_content(text + "\n", "text/plain; charset=utf-8");
}

class Server : public MonitorServer {
 public:
  Server(ListenAddress address, MonitorAnswers answers)
      : listen_(std::move(address)), answers_(std::move(answers)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_socket_options([](socket_t socket) {  // its default would share the port
      int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    server_.set_payload_max_length(kLargestBody);
    server_.set_keep_alive_max_count(100);
    server_.Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
      Answer(response, 200, "ok");
    });
    server_.Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
      Status ready = answers_.ready();
      Answer(response, ready ? 200 : 503, ready ? "ok" : ready.error().message);
    });
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(answers_.metrics(), "text/plain; version=0.0.4; charset=utf-8");
    });
    server_.Post("/hooks/git", [this](const httplib::Request&, httplib::Response& response) {
      answers_.pushed();
      Answer(response, 202, "every sync looks at its origin");
    });
  }
  ~Server() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Status Start() {
    bool bound = true;
    if (listen_.port == 0) {
      listen_.port = server_.bind_to_any_port(listen_.host);
      bound = listen_.port > 0;
    } else {
      bound = server_.bind_to_port(listen_.host, listen_.port);
    }
    if (!bound) {
      return Fail(ErrorKind::kEnvironment, fmt::format("cannot listen on {}", address()),
                  "is another agent running? `--listen` names another address");
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // else stop() would not be heard
    return {};
  }
  std::string address() const override { return fmt::format("{}:{}", listen_.host, listen_.port); }

 private:
  ListenAddress listen_;
  MonitorAnswers answers_;
  httplib::Server server_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<MonitorServer>> StartMonitor(const std::string& address,
                                                    MonitorAnswers answers) {
  OPS_ASSIGN(ListenAddress parsed, ParseAddress(address));
  auto server = std::make_unique<Server>(std::move(parsed), std::move(answers));
  OPS_TRY(server->Start());
  return server;
}

}  // namespace opsc
