// MLflow in memory, as strict as the real one, for tests that need a failure at each request.
#pragma once

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/tracking/transport.h"

namespace opsc::testing {

class FakeMlflow {
 public:
  using Json = nlohmann::json;

  struct Run {
    std::string experiment, name, status = "RUNNING";
    int64_t start_time = 0;
    std::map<std::string, std::string> params, tags, files;
    std::set<std::tuple<std::string, int64_t, int64_t, double>> metrics;  // key, time, step, value
    std::map<std::string, std::string> inputs = {};  // name of a dataset, its digest
  };
  struct Version {
    std::string run, source;
    std::map<std::string, std::string> tags;
  };
  struct Model {
    std::map<std::string, std::string> tags, aliases;
    std::map<int, Version> versions;
  };
  std::vector<std::string> experiments;  // ids count from 0
  std::map<std::string, Run> runs;
  std::map<std::string, Model> models;
  std::vector<std::string> requests;  // "METHOD path"

  // At which request (from 0) the server dies, and whether it has acted on it.
  std::optional<size_t> dies_at;
  bool dies_after_effect = false;
  // Answers any request whose body or path has this text with 500.
  std::string chokes_on;
  std::string artifact_scheme = "mlflow-artifacts:/";

  TrackingConnector connector() {
    return [this](const std::string&) { return std::make_unique<Transport>(*this); };
  }

 private:
  class Transport : public TrackingTransport {
   public:
    explicit Transport(FakeMlflow& server) : server_(server) {}
    Result<TrackingResponse> Send(const TrackingRequest& request, std::stop_token) override {
      return server_.Answer(request);
    }

   private:
    FakeMlflow& server_;
  };

  struct Refused {
    int status;
    std::string code, message;
  };

  Result<TrackingResponse> Answer(const TrackingRequest& request) {
    const bool dies = dies_at == requests.size();
    const bool dead = dies_at && requests.size() > *dies_at;
    requests.push_back(request.method + " " + request.path);
    const auto gone = Fail(ErrorKind::kEnvironment, "connection refused");
    if (dead || (dies && !dies_after_effect)) return gone;
    TrackingResponse response{200, "{}"};
    try {
      if (!chokes_on.empty() &&
          (request.body + request.path).find(chokes_on) != std::string::npos) {
        throw Refused{500, "INTERNAL_ERROR", "it hurts\nand a trace"};
      }
      response.body = Do(request);
    } catch (const Refused& refused) {
      response = {refused.status,
                  Json{{"error_code", refused.code}, {"message", refused.message}}.dump()};
    }
    if (dies) return gone;
    return response;
  }

  static std::string Decoded(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

  std::string Do(const TrackingRequest& request) {
    const std::string_view api = "/api/2.0/mlflow/",
                           artifacts = "/api/2.0/mlflow-artifacts/artifacts/";
    if (request.path.starts_with(artifacts)) {
      const std::string path = Decoded(request.path.substr(artifacts.size()));
      const size_t slash = path.find('/'), next = path.find('/', slash + 1);
      const std::string run = path.substr(slash + 1, next - slash - 1);
      RunOf(run).files[path.substr(next + 1)] = request.body;
      return "";
    }
    if (!request.path.starts_with(api)) throw Refused{404, "", "no such page"};
    std::string endpoint = request.path.substr(api.size());
    Json in = Json::object();
    if (const size_t mark = endpoint.find('?'); mark != std::string::npos) {
      std::string_view query = std::string_view(endpoint).substr(mark + 1);
      while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        in[std::string(pair.substr(0, pair.find('=')))] = Decoded(pair.substr(pair.find('=') + 1));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
      }
      endpoint.resize(mark);
    } else {
      in = Json::parse(request.body);
    }
    return Call(request.method + " " + endpoint, in).dump();
  }

  static std::map<std::string, std::string> Pairs(const Json& list) {
    std::map<std::string, std::string> pairs;
    for (const Json& pair : list) pairs[pair.at("key")] = pair.at("value");
    return pairs;
  }
  static Json List(const std::map<std::string, std::string>& pairs, const char* key = "key",
                   const char* value = "value") {
    Json list = Json::array();
    for (const auto& [k, v] : pairs) list.push_back({{key, k}, {value, v}});
    return list;
  }

  Run& RunOf(const std::string& id) {
    const auto run = runs.find(id);
    if (run == runs.end()) throw Refused{404, "RESOURCE_DOES_NOT_EXIST", "no run " + id};
    return run->second;
  }
  Model& ModelOf(const std::string& name) {
    const auto model = models.find(name);
    if (model == models.end()) throw Refused{404, "RESOURCE_DOES_NOT_EXIST", "no model " + name};
    return model->second;
  }
  Json JsonOf(const std::string& id, const Run& run) const {
    return {
        {"info",
         {{"run_id", id},
          {"status", run.status},
          {"start_time", run.start_time},
          {"artifact_uri", fmt::format("{}{}/{}/artifacts", artifact_scheme, run.experiment, id)}}},
        {"data", {{"tags", List(run.tags)}}}};
  }

  Json Call(const std::string& what, const Json& in) {
    if (what.find("experiments/") != std::string::npos) return OnExperiments(what, in);
    if (what.find(" runs/") != std::string::npos) return OnRuns(what, in);
    return OnModels(what, in);
  }

  Json OnExperiments(const std::string& what, const Json& in) {
    const std::string name = in.contains("name") ? in.at("name") : in.at("experiment_name");
    const auto found = std::ranges::find(experiments, name);
    const std::string id = fmt::format("{}", found - experiments.begin());
    if (what == "GET experiments/get-by-name") {
      if (found == experiments.end()) throw Refused{404, "RESOURCE_DOES_NOT_EXIST", name};
      return {{"experiment", {{"experiment_id", id}, {"lifecycle_stage", "active"}}}};
    }
    if (found != experiments.end()) throw Refused{400, "RESOURCE_ALREADY_EXISTS", name};
    experiments.push_back(name);
    return {{"experiment_id", id}};
  }

  Json OnRuns(const std::string& what, const Json& in) {
    if (what == "POST runs/create") {
      const std::string id = fmt::format("r{}", runs.size());
      runs[id] = {in.at("experiment_id"),
                  in.at("run_name"),
                  "RUNNING",
                  in.at("start_time"),
                  {},
                  Pairs(in.at("tags")),
                  {},
                  {}};
      return {{"run", JsonOf(id, runs[id])}};
    }
    if (what == "POST runs/search") return Search(in);
    Run& run = RunOf(in.at("run_id"));
    if (what == "POST runs/update") {
      run.status = in.at("status");
      return Json::object();
    }
    if (what == "POST runs/log-inputs") {
      for (const Json& input : in.at("datasets")) {
        const std::string digest = input.at("dataset").at("digest");
        if (digest.size() > 36) throw Refused{400, "INVALID_PARAMETER_VALUE", "a long digest"};
        run.inputs[input.at("dataset").at("name")] = digest;
      }
      return Json::object();
    }
    if (what != "POST runs/log-batch") throw Refused{404, "ENDPOINT_NOT_FOUND", what};
    const Json none = Json::array();
    const Json metrics = in.value("metrics", none), params = in.value("params", none);
    if (metrics.size() > 1000 || params.size() > 100) {
      throw Refused{400, "INVALID_PARAMETER_VALUE", "too many"};
    }
    for (const Json& m : metrics) {
      CheckKey(m.at("key"));
      run.metrics.emplace(m.at("key"), m.at("timestamp"), m.at("step"),
                          m.at("value").get<double>());
    }
    for (const auto& [key, value] : Pairs(params)) {
      CheckKey(key);
      if (run.params.contains(key) && run.params[key] != value) {
        throw Refused{400, "INVALID_PARAMETER_VALUE", "params are immutable"};
      }
      run.params[key] = value;
    }
    for (const auto& [key, value] : Pairs(in.value("tags", none))) run.tags[key] = value;
    return Json::object();
  }

  static void CheckKey(const std::string& key) {
    for (const char c : key) {
      const bool fine = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                        std::string_view("_-. :/").contains(c);
      if (!fine) throw Refused{400, "INVALID_PARAMETER_VALUE", "name " + key};
    }
    if (key.empty() || key.size() > 250 || key.starts_with('/') || key.ends_with('/') ||
        key.contains("//") || key.contains("..")) {
      throw Refused{400, "INVALID_PARAMETER_VALUE", "name " + key};
    }
  }

  Json Search(const Json& in) {
    Json found = Json::array();
    const std::string filter = in.at("filter");
    for (const auto& [id, run] : runs) {
      bool fits = run.experiment == in.at("experiment_ids").at(0);
      size_t at = 0;
      while (fits && (at = filter.find("tags.`", at)) != std::string::npos) {
        const size_t end = filter.find('`', at + 6), open = filter.find('\'', end);
        const size_t close = filter.find('\'', open + 1);
        const auto tag = run.tags.find(filter.substr(at + 6, end - at - 6));
        fits = tag != run.tags.end() && tag->second == filter.substr(open + 1, close - open - 1);
        at = close;
      }
      if (fits) found.push_back(JsonOf(id, run));
    }
    if (found.empty()) return Json::object();
    return {{"runs", found}};
  }

  Json OnModels(const std::string& what, const Json& in) {
    if (what == "GET model-versions/search") {
      const std::string filter = in.at("filter");  // name='…'
      return {{"model_versions", VersionsOf(filter.substr(6, filter.size() - 7))}};
    }
    const std::string name = in.at("name");
    if (what == "POST registered-models/create") {
      if (name.find_first_of("/:") != std::string::npos) {
        throw Refused{400, "INVALID_PARAMETER_VALUE", name};
      }
      if (models.contains(name)) throw Refused{400, "RESOURCE_ALREADY_EXISTS", name};
      models[name].tags = Pairs(in.at("tags"));
      return Json::object();
    }
    Model& model = ModelOf(name);
    if (what == "GET registered-models/get") {
      return {{"registered_model",
               {{"tags", List(model.tags)}, {"aliases", List(model.aliases, "alias", "version")}}}};
    }
    if (what == "POST model-versions/create") {
      const int next = static_cast<int>(model.versions.size()) + 1;
      RunOf(in.at("run_id"));
      model.versions[next] = {in.at("run_id"), in.at("source"), Pairs(in.at("tags"))};
      return {{"model_version", {{"version", std::to_string(next)}}}};
    }
    if (what == "DELETE registered-models/alias") {
      model.aliases.erase(in.at("alias"));
      return Json::object();
    }
    const std::string version = in.at("version");
    if (!model.versions.contains(std::stoi(version))) {
      throw Refused{404, "RESOURCE_DOES_NOT_EXIST", version};
    }
    if (what == "POST registered-models/alias") {
      model.aliases[in.at("alias")] = version;
    } else if (what == "POST model-versions/set-tag") {
      model.versions[std::stoi(version)].tags[in.at("key")] = in.at("value");
    } else {
      throw Refused{404, "ENDPOINT_NOT_FOUND", what};
    }
    return Json::object();
  }

  Json VersionsOf(const std::string& name) {
    Json list = Json::array();
    const auto model = models.find(name);
    if (model == models.end()) return list;
    for (const auto& [number, version] : model->second.versions) {
      list.push_back({{"version", std::to_string(number)}, {"tags", List(version.tags)}});
    }
    return list;
  }
};

}  // namespace opsc::testing
