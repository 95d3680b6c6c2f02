#include <fmt/format.h>
#include <httplib.h>

#include <optional>
#include <regex>
#include <thread>

#include "runtime/http/plugin.h"
#include "runtime/httplib/connections.h"

namespace opsc {
namespace {

void Answer(const HttpHandler& handler, const httplib::Request& request, std::string body,
            const std::smatch& groups, httplib::Response& response) {
  HttpCall asked{request.method, request.path, std::move(body), {}};
  for (const auto& group : groups) asked.groups.push_back(group.str());
  HttpAnswer answer;
  answer.status = response.status == -1 ? 200 : response.status;
  handler(asked, answer);
  response.status = answer.status;
  for (auto& [name, value] : answer.headers) response.set_header(name, value);
  response.set_content(std::move(answer.body), answer.type);
}

// All of a body, up to the largest one: read by httplib itself, what is said to be a form (as curl
// says of everything) would end at 8 KiB. nullopt: refused, or broken off. Parts of a multipart
// body are nothing that anybody here reads.
std::optional<std::string> ReadBody(const httplib::Request& request, httplib::Response& response,
                                    const httplib::ContentReader& read) {
  std::string body;
  const bool whole =
      request.is_multipart_form_data()
          ? read([](const httplib::MultipartFormData&) { return true; },
                 [](const char*, size_t) { return true; })
          : read([&](const char* data, size_t size) { return body.append(data, size), true; });
  if (whole) return body;
  if (response.status == -1) response.status = 400;
  return std::nullopt;
}

class Server : public HttpServer {
 public:
  Server(HttpServerOptions options, std::vector<HttpRoute> routes) : options_(std::move(options)) {
    server_.new_task_queue = [this] { return new ConnectionThreads(options_.connections); };
    server_.set_socket_options([](socket_t socket) {  // its default would share the port
      int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    server_.set_payload_max_length(options_.largest_body);
    server_.set_keep_alive_max_count(options_.requests);
    server_.set_tcp_nodelay(true);
    for (HttpRoute& route : routes) Add(std::move(route));
    // It would refuse what `curl -X POST` sends: neither a body nor a length.
    server_.set_pre_routing_handler(
        [this](const httplib::Request& request, httplib::Response& response) {
          bool bodiless = request.method == "POST" && !request.has_header("Content-Length") &&
                          !request.has_header("Transfer-Encoding");
          return bodiless && Post(request, response) ? httplib::Server::HandlerResponse::Handled
                                                     : httplib::Server::HandlerResponse::Unhandled;
        });
    server_.set_error_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (options_.otherwise && response.body.empty())
        Answer(options_.otherwise, request, "", {}, response);
    });
  }
  ~Server() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Status Start() {
    const bool bound = options_.port == 0
                           ? (options_.port = server_.bind_to_any_port(options_.host)) > 0
                           : server_.bind_to_port(options_.host, options_.port);
    if (!bound) {
      return Fail(ErrorKind::kEnvironment,
                  fmt::format("cannot listen on {}:{}", options_.host, options_.port));
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // else stop() would not be heard
    return {};
  }
  int port() const override { return options_.port; }

 private:
  void Add(HttpRoute route) {
    if (route.method == HttpRoute::Method::kPost) {
      posts_.push_back({std::regex(route.pattern), route.handler});
    }
    switch (route.method) {
      case HttpRoute::Method::kGet:
        server_.Get(route.pattern,
                    [handler = std::move(route.handler)](const httplib::Request& request,
                                                         httplib::Response& response) {
                      Answer(handler, request, request.body, request.matches, response);
                    });
        break;
      case HttpRoute::Method::kPost:
        server_.Post(route.pattern,
                     [handler = std::move(route.handler)](const httplib::Request& request,
                                                          httplib::Response& response,
                                                          const httplib::ContentReader& read) {
                       auto body = ReadBody(request, response, read);
                       if (body)
                         Answer(handler, request, *std::move(body), request.matches, response);
                     });
        break;
    }
  }
  bool Post(const httplib::Request& request, httplib::Response& response) const {
    for (const PostRoute& post : posts_) {
      std::smatch groups;
      if (!std::regex_match(request.path, groups, post.pattern)) continue;
      Answer(post.handler, request, "", groups, response);
      return true;
    }
    return false;
  }

  struct PostRoute {
    std::regex pattern;
    HttpHandler handler;
  };
  HttpServerOptions options_;
  std::vector<PostRoute> posts_;
  httplib::Server server_;
  std::thread thread_;
};

Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options,
                                          std::vector<HttpRoute> routes) {
  auto server = std::make_unique<Server>(std::move(options), std::move(routes));
  OPS_TRY(server->Start());
  return server;
}

Result<HttpAnswer> Get(const HttpPlace& place, const std::string& path,
                       std::chrono::milliseconds timeout) {
  httplib::Client client(place.host, place.port);
  client.set_connection_timeout(timeout);
  client.set_read_timeout(timeout);
  const auto response = client.Get(path);
  if (!response) {
    return Fail(ErrorKind::kEnvironment, fmt::format("{}:{} does not answer: {}", place.host,
                                                     place.port, to_string(response.error())));
  }
  return HttpAnswer{
      response->status, response->body, response->get_header_value("Content-Type"), {}};
}

}  // namespace

extern "C" {
[[gnu::visibility("default")]] extern const OpscHttpPlugin opsc_http_plugin;
const OpscHttpPlugin opsc_http_plugin = {kOpscHttpVersion, Start, Get};
}

}  // namespace opsc
