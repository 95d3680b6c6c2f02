#include "runtime/serve/server.h"

#include <fmt/format.h>

#include <atomic>
#include <regex>
#include <span>

#include "runtime/http/server.h"
#include "runtime/serve/admission.h"
#include "runtime/serve/versions.h"

namespace opsc {
namespace {

using Clock = std::chrono::steady_clock;
using Request = HttpCall;
using Response = HttpAnswer;

constexpr const char* kJson = "application/json";

void Answer(Response& response, int status, std::string body) {
  response.status = status;
  response.body = std::move(body);
  response.type = kJson;
}
void AnswerError(Response& response, int status, std::string error) {
  Answer(response, status, ErrorAnswer({std::move(error), {}}));
}

// How a body is read and a prediction written.
struct Protocol {
  RequestResult<RequestRows> (RequestReader::*read)(std::string_view);
  std::string (*write)(const Predictor&, const RequestRows&, const std::vector<float>&);
};
constexpr Protocol kTyped = {&RequestReader::Typed, [](const Predictor& p, const RequestRows&,
                                                       const std::vector<float>& out) {
                               return TypedAnswer(p.model, p.version, out);
                             }};
constexpr Protocol kOip = {&RequestReader::Oip, [](const Predictor& p, const RequestRows& rows,
                                                   const std::vector<float>& out) {
                             return OipAnswer(p.model, p.version, rows.id, out);
                           }};

// By the version that was chosen; by another one of `others` that the request fits where it does
// not fit that one: their inputs may differ.
void Predict(const ServedVersion& chosen, std::span<const ServedVersion> others,
             const Protocol& protocol, const Request& request, Response& response) {
  const auto began = Clock::now();
  const ServedVersion* answers = &chosen;
  auto rows = ((*chosen.reader).*protocol.read)(request.body);
  for (size_t at = 0; !rows && at < others.size(); ++at) {
    if (&others[at] == &chosen) continue;
    auto fits = ((*others[at].reader).*protocol.read)(request.body);
    if (fits) answers = &others[at], rows = std::move(fits);
  }
  const ServedVersion& version = *answers;
  const Predictor& predictor = *version.predictor;
  response.headers.emplace_back("X-Model-Version", predictor.version);
  if (!rows) {
    version.traffic->Refused();
    return Answer(response, 400, ErrorAnswer(rows.error()));
  }
  const auto predictions = PredictRows(predictor, rows->rows);
  if (!predictions) {  // rows as they should be, of which the features cannot be computed
    version.traffic->Failed();
    const int status = predictions.error().kind == ErrorKind::kInput ? 422 : 500;
    return AnswerError(response, status, predictions.error().message);
  }
  Answer(response, 200, protocol.write(predictor, *rows, *predictions));
  double sum = 0;
  for (const float prediction : *predictions) sum += prediction;
  version.traffic->Answered(Clock::now() - began, predictions->size(), sum);
}

class Server : public ModelServer {
 public:
  Server(const ServeOptions& options, KernelLoader* kernels, Env& env)
      : options_(options),
        kernels_(kernels),
        env_(env),
        admission_(options.threads, options.waiting, options.deadline) {}

  Status Start() {
    HttpServerOptions options;
    options.host = options_.host;
    options.port = options_.port;
    options.connections = options_.connections;
    options.requests = 100'000;
    options.largest_body = options_.largest_body;
    options.otherwise = [this](const Request& request, Response& response) {
      Refuse(request, response);
    };
    AddProbes();
    AddModels();
    for (const HttpRoute& route : routes_) {
      paths_.emplace_back(route.method == HttpRoute::Method::kGet ? "GET" : "POST",
                          std::regex(route.pattern));
    }
    auto server = StartHttpServer(std::move(options), std::move(routes_));
    if (server) return server_ = *std::move(server), Status();
    Error error = std::move(server).error();
    if (error.hint.empty()) error.hint = "is another server running there?";
    return std::unexpected(std::move(error));
  }
  int port() const override { return server_->port(); }

  Status Refresh() override {
    const FileStat stat = env_.Stat(options_.file);
    if (stat.type == FileType::kMissing || stat == seen_) return {};
    seen_ = stat;
    OPS_ASSIGN(const std::string text, env_.ReadFile(options_.file));
    OPS_ASSIGN(const Deployment deployment, DeploymentFromText(text));
    const ServingPtr before = serving_.load();
    OPS_ASSIGN(ServingPtr serving, MakeServing(deployment, before.get(), kernels_, env_));
    serving_.store(std::move(serving));
    return {};
  }

 private:
  // What no route answers.
  void Refuse(const Request& request, Response& response) const {
    if (response.status == 413) {
      return AnswerError(response, 413,
                         fmt::format("the body has more than {} bytes", options_.largest_body));
    }
    const std::string path(request.path);
    for (const auto& [method, pattern] : paths_) {
      if (response.status != 404 || !std::regex_match(path, pattern)) continue;
      response.headers.emplace_back("Allow", method);
      return AnswerError(response, 405,
                         fmt::format("{} is asked by {}, not {}", path, method, request.method));
    }
    AnswerError(response, response.status, fmt::format("there is no {} {}", request.method, path));
  }
  void Get(std::string pattern, HttpHandler handler) {
    routes_.push_back({HttpRoute::Method::kGet, std::move(pattern), std::move(handler)});
  }
  void Post(std::string pattern, HttpHandler handler) {
    routes_.push_back({HttpRoute::Method::kPost, std::move(pattern), std::move(handler)});
  }
  // The serving, or an answer that there is none.
  ServingPtr ServingOr503(Response& response) {
    ServingPtr serving = serving_.load();
    if (serving == nullptr) AnswerError(response, 503, "no model is deployed yet");
    return serving;
  }
  void AddProbes() {
    Get("/v2", [](const Request&, Response& response) {
      Answer(response, 200,
             R"({"name":"opsc","version":"1","extensions":[]})"
             "\n");
    });
    Get("/v2/health/live", [](const Request&, Response& response) {
      Answer(response, 200,
             R"({"live":true})"
             "\n");
    });
    Get("/v2/health/ready", [this](const Request&, Response& response) {
      if (ServingOr503(response))
        Answer(response, 200,
               R"({"ready":true})"
               "\n");
    });
    Get("/metrics", [this](const Request&, Response& response) {
      const ServingPtr serving = serving_.load();
      response.body = serving ? MetricsText(*serving) : Traffic::Header();
      response.type = "text/plain; version=0.0.4; charset=utf-8";
    });
    Get("/deployment", [this](const Request&, Response& response) {
      if (const ServingPtr serving = ServingOr503(response)) {
        Answer(response, 200, ServingText(*serving));
      }
    });
  }
  void AddModels() {
    Post("/predict", [this](const Request& request, Response& response) {
      const ServingPtr serving = ServingOr503(response);
      if (!serving) return;
      Admitted(serving->Choose(ticket_++), serving->versions, kTyped, request, response);
    });
    static constexpr const char* kModel = R"(/v2/models/([^/]+)(?:/versions/([^/]+))?)";
    Get(fmt::format("{}(/ready)?", kModel), [this](const Request& request, Response& response) {
      OnModel(request, response, [&](const Serving& serving, const ServedVersion& version) {
        if (!request.groups[3].empty())
          return Answer(response, 200,
                        R"({"ready":true})"
                        "\n");
        std::vector<std::string> names;
        for (const ServedVersion& v : serving.versions) names.push_back(v.predictor->version);
        Answer(response, 200,
               OipMetadata(version.predictor->model, names, *version.predictor->input));
      });
    });
    Post(fmt::format("{}/infer", kModel), [this](const Request& request, Response& response) {
      OnModel(request, response, [&](const Serving& serving, const ServedVersion& version) {
        std::span<const ServedVersion> others;  // than one that the path names: none
        if (request.groups[2].empty()) others = serving.versions;
        Admitted(version, others, kOip, request, response);
      });
    });
  }
  void Admitted(const ServedVersion& version, std::span<const ServedVersion> others,
                const Protocol& protocol, const Request& request, Response& response) {
    const Admission::Place place(admission_);
    if (place.in()) return Predict(version, others, protocol, request, response);
    response.headers.emplace_back("Retry-After", "1");
    AnswerError(response, 503, "too many requests wait already");
  }
  // Calls `act` with the model and version that the path names, chosen by share where it names
  // none.
  template <typename Act>
  void OnModel(const Request& request, Response& response, Act act) {
    const ServingPtr serving = ServingOr503(response);
    if (!serving) return;
    const std::string &model = request.groups[1], &wanted = request.groups[2];
    if (serving->versions.front().predictor->model != model) {
      return AnswerError(response, 404, fmt::format("there is no model `{}` here", model));
    }
    if (wanted.empty()) return act(*serving, serving->Choose(ticket_++));
    const ServedVersion* version = serving->Find(wanted);
    if (version == nullptr) {
      return AnswerError(response, 404, fmt::format("`{}` has no version {} here", model, wanted));
    }
    act(*serving, *version);
  }

  ServeOptions options_;
  KernelLoader* kernels_;
  Env& env_;
  Admission admission_;
  std::atomic<ServingPtr> serving_;
  std::atomic<uint64_t> ticket_{0};
  FileStat seen_;
  std::vector<HttpRoute> routes_;
  std::vector<std::pair<std::string, std::regex>> paths_;  // the method of each that is known
  std::unique_ptr<HttpServer> server_;  // the last: its threads see what is above
};

}  // namespace

Result<std::unique_ptr<ModelServer>> StartServer(const ServeOptions& options, KernelLoader* kernels,
                                                 Env& env) {
  auto server = std::make_unique<Server>(options, kernels, env);
  OPS_TRY(server->Refresh());
  OPS_TRY(server->Start());
  return server;
}

}  // namespace opsc
