#include "runtime/serve/server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <thread>

#include "runtime/serve/admission.h"
#include "runtime/serve/connections.h"
#include "runtime/serve/versions.h"

namespace opsc {
namespace {

using Clock = std::chrono::steady_clock;
using httplib::Request;
using httplib::Response;

constexpr const char* kJson = "application/json";

void Answer(Response& response, int status, std::string body) {
  response.status = status;
  response.set_content(std::move(body), kJson);
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

void Predict(const ServedVersion& version, const Protocol& protocol, const Request& request,
             Response& response) {
  const auto began = Clock::now();
  const Predictor& predictor = *version.predictor;
  response.set_header("X-Model-Version", predictor.version);
  const auto rows = ((*version.reader).*protocol.read)(request.body);
  if (!rows) return Answer(response, 400, ErrorAnswer(rows.error()));
  const auto predictions = PredictRows(predictor, rows->rows);
  if (!predictions) {
    if (predictions.error().kind == ErrorKind::kInput) {
      return AnswerError(response, 400, predictions.error().message);
    }
    version.traffic->Failed();
    return AnswerError(response, 500, predictions.error().message);
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
        admission_(options.threads, options.waiting, options.deadline) {
    server_.new_task_queue = [this] { return new ConnectionThreads(options_.connections); };
    server_.set_payload_max_length(options_.largest_body);
    server_.set_keep_alive_max_count(100'000);
    server_.set_tcp_nodelay(true);
    server_.set_error_handler([](const Request& request, Response& response) {
      if (!response.body.empty()) return;
      AnswerError(response, response.status,
                  response.status == 413
                      ? "the body is too large"
                      : fmt::format("there is no {} {}", request.method, request.path));
    });
    AddProbes();
    AddModels();
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
                  fmt::format("cannot listen on {}:{}", options_.host, options_.port),
                  "is another server running there?");
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // else stop() would not be heard
    return {};
  }
  int port() const override { return options_.port; }

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
  // The serving, or an answer that there is none.
  ServingPtr ServingOr503(Response& response) {
    ServingPtr serving = serving_.load();
    if (serving == nullptr) AnswerError(response, 503, "no model is deployed yet");
    return serving;
  }
  void AddProbes() {
    server_.Get("/v2", [](const Request&, Response& response) {
      Answer(response, 200,
             R"({"name":"opsc","version":"1","extensions":[]})"
             "\n");
    });
    server_.Get("/v2/health/live", [](const Request&, Response& response) {
      Answer(response, 200,
             R"({"live":true})"
             "\n");
    });
    server_.Get("/v2/health/ready", [this](const Request&, Response& response) {
      if (ServingOr503(response))
        Answer(response, 200,
               R"({"ready":true})"
               "\n");
    });
    server_.Get("/metrics", [this](const Request&, Response& response) {
      const ServingPtr serving = serving_.load();
      response.set_content(serving ? MetricsText(*serving) : Traffic::Header(),
                           "text/plain; version=0.0.4; charset=utf-8");
    });
    server_.Get("/deployment", [this](const Request&, Response& response) {
      if (const ServingPtr serving = ServingOr503(response)) {
        Answer(response, 200, ServingText(*serving));
      }
    });
  }
  void AddModels() {
    server_.Post("/predict", [this](const Request& request, Response& response) {
      const ServingPtr serving = ServingOr503(response);
      if (serving) Admitted(serving->Choose(ticket_++), kTyped, request, response);
    });
    static constexpr const char* kModel = R"(/v2/models/([^/]+)(?:/versions/([^/]+))?)";
    server_.Get(
        fmt::format("{}(/ready)?", kModel), [this](const Request& request, Response& response) {
          OnModel(request, response, [&](const Serving& serving, const ServedVersion& version) {
            if (request.matches[3].matched)
              return Answer(response, 200,
                            R"({"ready":true})"
                            "\n");
            std::vector<std::string> names;
            for (const ServedVersion& v : serving.versions) names.push_back(v.predictor->version);
            Answer(response, 200,
                   OipMetadata(version.predictor->model, names, *version.predictor->input));
          });
        });
    server_.Post(fmt::format("{}/infer", kModel),
                 [this](const Request& request, Response& response) {
                   OnModel(request, response, [&](const Serving&, const ServedVersion& version) {
                     Admitted(version, kOip, request, response);
                   });
                 });
  }
  void Admitted(const ServedVersion& version, const Protocol& protocol, const Request& request,
                Response& response) {
    const Admission::Place place(admission_);
    if (place.in()) return Predict(version, protocol, request, response);
    response.set_header("Retry-After", "1");
    AnswerError(response, 503, "too many requests wait already");
  }
  // Calls `act` with the model and version that the path names, chosen by share where it names
  // none.
  template <typename Act>
  void OnModel(const Request& request, Response& response, Act act) {
    const ServingPtr serving = ServingOr503(response);
    if (!serving) return;
    const std::string model = request.matches[1], wanted = request.matches[2];
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
  httplib::Server server_;
  std::thread thread_;
  std::atomic<ServingPtr> serving_;
  std::atomic<uint64_t> ticket_{0};
  FileStat seen_;
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
