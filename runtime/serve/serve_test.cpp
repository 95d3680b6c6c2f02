#include <gtest/gtest.h>
#include <httplib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "runtime/column/column_builder.h"
#include "runtime/ml/artefact.h"
#include "runtime/ml/random.h"
#include "runtime/serve/server.h"
#include "runtime/serve/traffic.h"
#include "runtime/serve/versions.h"

namespace opsc {
namespace {

using Json = nlohmann::json;

SchemaPtr VisitorSchema() {
  auto schema = std::make_shared<RowSchema>();
  schema->name = "Visitor";
  schema->fields = {FieldOfType("id", ColumnType::kInt), FieldOfType("age", ColumnType::kFloat),
                    FieldOfType("plan", ColumnType::kString),
                    FieldOfType("bought", ColumnType::kBool)};
  schema->fields[0].roles.key = true;
  schema->fields[1].low = Value::Float(0.0);
  schema->fields[1].nullable = true;
  schema->fields[2].one_of = {Value::String("free"), Value::String("pro")};
  schema->fields[3].roles.label = true;
  return schema;
}

TrainedModel TrainVisitors(uint64_t seed) {
  const SchemaPtr schema = VisitorSchema();
  std::vector<ColumnBuilder> columns;
  for (const RowField& field : schema->fields) columns.emplace_back(field.type);
  Random random(seed);
  for (int64_t row = 0; row < 800; ++row) {
    const auto age = static_cast<double>(random.Below(80));
    columns[0].AppendInt(row);
    columns[1].AppendFloat(age);
    columns[2].AppendText(random.Below(2) == 0 ? "free" : "pro");
    columns[3].AppendBool((age > 40) != (random.Below(10) == 0));
  }
  Batch batch{schema, 800, {}};
  for (ColumnBuilder& column : columns) batch.columns.push_back(column.Finish());
  TrainSpec spec;
  spec.name = "buys";
  spec.params.rounds = 10;
  spec.bootstrap_rounds = 0;
  auto model = Train({batch}, spec, {}, {});
  EXPECT_TRUE(model.has_value()) << model.error().message;
  return std::move(*model);
}

// A running server over models in a directory of its own.
class Serve : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = testing::TempDir() + "opsc_serve_" + std::to_string(getpid());
    std::filesystem::remove_all(dir_);
    for (const char* version : {"1", "2"}) {
      const std::string path = dir_ + "/" + version;
      std::filesystem::create_directories(path);
      ASSERT_TRUE(WriteModel(path, TrainVisitors(version[0]), *env_).has_value());
    }
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(dir_);
  }

  void Deploy(std::vector<std::pair<std::string, double>> shares) {
    Deployment deployment{++serial_, {}};
    auto input = std::make_shared<RowSchema>(*VisitorSchema());
    input->fields.pop_back();  // without the label
    for (const auto& [version, share] : shares) {
      deployment.versions.push_back({{"buys", version, dir_ + "/" + version, input}, share});
    }
    ASSERT_TRUE(
        env_->WriteFile(dir_ + "/deployment.json", DeploymentText(deployment), 0644).has_value());
  }
  void Start(ServeOptions options = {}) {
    options.file = dir_ + "/deployment.json";
    auto server = StartServer(options, nullptr, *env_);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
  }
  httplib::Client Client() {
    httplib::Client client("127.0.0.1", server_->port());
    client.set_keep_alive(true);
    return client;
  }

  std::unique_ptr<Env> env_ = MakeRealEnv();
  std::string dir_;
  uint64_t serial_ = 0;
  std::unique_ptr<ModelServer> server_;
};

TEST_F(Serve, AnswersAsTheModelDoes) {
  Deploy({{"1", 1}});
  Start();
  auto client = Client();
  const auto answer =
      client.Post("/predict", R"({"id":1,"age":55.5,"plan":"pro"})", "application/json");
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(answer->get_header_value("X-Model-Version"), "1");
  const Json body = Json::parse(answer->body);
  const auto card = ReadCard(FilesIn(dir_ + "/1", *env_));
  const auto trees = ReadTrees(FilesIn(dir_ + "/1", *env_), *card);
  const float row[] = {55.5F, 0, 1};
  EXPECT_EQ(body["predictions"][0].get<float>(), Predict(*trees, row));
  EXPECT_EQ(body["model"], "buys");

  const auto many = client.Post(
      "/predict",
      R"({"rows":[{"id":1,"age":55.5,"plan":"pro"},{"id":1,"age":null,"plan":"free"}]})",
      "application/json");
  ASSERT_EQ(many->status, 200) << many->body;
  EXPECT_EQ(Json::parse(many->body)["predictions"].size(), 2U);
}

TEST_F(Serve, OpenInferenceProtocol) {
  Deploy({{"1", 1}});
  Start();
  auto client = Client();
  EXPECT_EQ(client.Get("/v2/health/live")->status, 200);
  EXPECT_EQ(client.Get("/v2/health/ready")->status, 200);
  EXPECT_EQ(client.Get("/v2/models/buys/ready")->status, 200);
  EXPECT_EQ(client.Get("/v2/models/other/ready")->status, 404);
  EXPECT_EQ(client.Get("/v2/models/buys/versions/9")->status, 404);
  const Json about = Json::parse(client.Get("/v2/models/buys")->body);
  EXPECT_EQ(about["inputs"][1]["datatype"], "FP64");
  EXPECT_EQ(about["versions"][0], "1");
  const auto answer = client.Post("/v2/models/buys/infer", R"({"id":"q7","inputs":[
      {"name":"id","shape":[2],"datatype":"INT64","data":[1,2]},
      {"name":"age","shape":[2,1],"datatype":"FP64","data":[[55.5],[null]]},
      {"name":"plan","shape":[2],"datatype":"BYTES","data":["pro","free"]}]})",
                                  "application/json");
  ASSERT_EQ(answer->status, 200) << answer->body;
  const Json body = Json::parse(answer->body);
  EXPECT_EQ(body["id"], "q7");
  EXPECT_EQ(body["model_version"], "1");
  EXPECT_EQ(body["outputs"][0]["shape"][0], 2);
  EXPECT_EQ(body["outputs"][0]["data"].size(), 2U);
}

struct Bad {
  const char* body;
  const char* message;
};

TEST_F(Serve, BadRequestsNameTheField) {
  Deploy({{"1", 1}});
  Start();
  auto client = Client();
  const Bad bad[] = {
      {"", "no JSON object"},
      {"[1,2]", "no JSON object"},
      {R"({"rows":[]})", "no rows"},
      {R"({"id":1,"age":-3,"plan":"pro"})", "age"},
      {R"({"id":1,"age":"old","plan":"pro"})", "age"},
      {R"({"id":1,"age":5,"plan":"gold"})", "plan"},
      {R"({"age":5,"plan":"pro"})", "id"},
      {R"({"id":1.5,"age":5,"plan":"pro"})", "id"},
      {R"({"id":1,"age":5,"plan":"pro","extra":1})", "extra"},
      {R"({"rows":[{"id":1,"age":5,"plan":"pro"},7]})", "a row is an object"},
      {R"({"id":1,"age":5,"age":6,"plan":"pro"})", "`age` stands twice"},
      {R"({"rows":[{"id":1,"age":5,"plan":"pro"},{"id":1,"id":2,"age":5,"plan":"pro"}]})",
       "`id` stands twice"},
      {R"({"id":1,"age":1e999,"plan":"pro"})", "number overflow parsing '1e999'"},
  };
  for (const Bad& b : bad) {
    const auto answer = client.Post("/predict", b.body, "application/json");
    ASSERT_TRUE(answer) << b.body;
    EXPECT_EQ(answer->status, 400) << b.body;
    EXPECT_NE(answer->body.find(b.message), std::string::npos) << b.body << answer->body;
  }
  const Bad oip[] = {
      {R"({"inputs":3})", "list of `inputs`"},
      {R"({"inputs":[{"name":"weight","shape":[1],"datatype":"FP32","data":[1]}]})", "`weight`"},
      {R"({"inputs":[{"name":"id","shape":[2],"datatype":"INT64","data":[1]}]})", "another number"},
      {R"({"inputs":[{"name":"id","shape":[1,2],"datatype":"INT64","data":[1,2]}]})",
       "of shape [n]"},
      {R"({"inputs":[]})", "no rows"},
      {R"({"inputs":[{"name":"id","shape":[1],"datatype":"INT64","data":[1]},
                     {"name":"id","shape":[1],"datatype":"INT64","data":[1]}]})",
       "twice"},
      {R"({"inputs":[{"name":"id","shape":[1],"datatype":"INT64","data":[1]},
                     {"name":"age","shape":[2],"datatype":"FP32","data":[1,2]}]})",
       "differ"},
      {R"({"inputs":[{"name":"id","shape":[1],"data":[1]}]})", "`datatype`"},
      {R"({"inputs":[{"name":"id","shape":[1],"datatype":"FP32","data":[1]}]})",
       "`id` is of type int, which FP32 does not give"},
      {R"({"inputs":[{"name":"age","shape":[1],"datatype":"FLOAT","data":[1]}]})",
       "`age` is of type float, which FLOAT does not give"},
      {R"({"inputs":[],"outputs":[{"name":"class"}]})", "there is no output `class`"},
      {R"({"inputs":[],"outputs":7})", "`outputs` is a list"},
  };
  for (const Bad& b : oip) {
    const auto answer = client.Post("/v2/models/buys/infer", b.body, "application/json");
    EXPECT_EQ(answer->status, 400) << b.body;
    EXPECT_NE(answer->body.find(b.message), std::string::npos) << b.body << answer->body;
  }
  EXPECT_EQ(client.Get("/nothing")->status, 404);
  for (const char* path : {"/predict", "/v2/models/buys/infer"}) {
    const auto got = client.Get(path);
    EXPECT_EQ(got->status, 405) << path;
    EXPECT_EQ(got->get_header_value("Allow"), "POST");
  }
  const auto posted = client.Post("/v2/health/ready", "", "text/plain");
  EXPECT_EQ(posted->status, 405);
  EXPECT_EQ(posted->get_header_value("Allow"), "GET");
  EXPECT_EQ(client.Get("/v2/health/ready")->status, 200) << "the server is still up";
}

TEST_F(Serve, LargeBodiesAreRefused) {
  Deploy({{"1", 1}});
  Start({.largest_body = 1 << 20});
  auto client = Client();
  const auto answer = client.Post("/predict", std::string(2 << 20, ' '), "application/json");
  if (answer) {
    EXPECT_EQ(answer->status, 413);
  }
  EXPECT_EQ(Client().Get("/v2/health/ready")->status, 200);
}

TEST_F(Serve, NotReadyBeforeADeployment) {
  Start();
  EXPECT_EQ(Client().Get("/v2/health/live")->status, 200);
  EXPECT_EQ(Client().Get("/v2/health/ready")->status, 503);
  EXPECT_EQ(Client().Post("/predict", "{}", "application/json")->status, 503);
  Deploy({{"1", 1}});
  ASSERT_TRUE(server_->Refresh().has_value());
  EXPECT_EQ(Client().Get("/v2/health/ready")->status, 200);
}

TEST_F(Serve, SharesAreKeptAndCounted) {
  Deploy({{"1", 0.9}, {"2", 0.1}});
  Start();
  auto client = Client();
  int second = 0;
  for (int i = 0; i < 200; ++i) {
    const auto answer =
        client.Post("/predict", R"({"id":1,"age":5,"plan":"pro"})", "application/json");
    ASSERT_EQ(answer->status, 200);
    second += answer->get_header_value("X-Model-Version") == "2";
  }
  EXPECT_NEAR(second, 20, 2);
  const Json deployment = Json::parse(client.Get("/deployment")->body);
  EXPECT_EQ(deployment["versions"][1]["requests"], second);
  EXPECT_GT(deployment["versions"][1]["p99_ns"], 0);
  const std::string metrics = client.Get("/metrics")->body;
  EXPECT_NE(
      metrics.find("opsc_requests_total{model=\"buys\",version=\"2\"} " + std::to_string(second)),
      std::string::npos)
      << metrics;
}

// Version 2 takes rows with one column more.
TEST_F(Serve, ARequestIsAnsweredByAVersionThatItFits) {
  auto wide = std::make_shared<RowSchema>(*VisitorSchema());
  wide->fields.pop_back();
  auto narrow = std::make_shared<RowSchema>(*wide);
  wide->fields.push_back(FieldOfType("zone", ColumnType::kString));
  const Deployment deployment{
      1, {{{"buys", "1", dir_ + "/1", narrow}, 0.5}, {{"buys", "2", dir_ + "/2", wide}, 0.5}}};
  ASSERT_TRUE(
      env_->WriteFile(dir_ + "/deployment.json", DeploymentText(deployment), 0644).has_value());
  Start();
  auto client = Client();
  for (int i = 0; i < 10; ++i) {
    const auto old =
        client.Post("/predict", R"({"id":1,"age":5,"plan":"pro"})", "application/json");
    ASSERT_EQ(old->status, 200) << old->body;
    EXPECT_EQ(old->get_header_value("X-Model-Version"), "1");
    const auto fresh =
        client.Post("/predict", R"({"id":1,"age":5,"plan":"pro","zone":"a"})", "application/json");
    ASSERT_EQ(fresh->status, 200) << fresh->body;
    EXPECT_EQ(fresh->get_header_value("X-Model-Version"), "2");
    EXPECT_EQ(client.Post("/predict", R"({"id":1})", "application/json")->status, 400);
  }
  const Json counts = Json::parse(client.Get("/deployment")->body)["versions"];
  EXPECT_EQ(counts[0]["requests"], 10);
  EXPECT_EQ(counts[1]["requests"], 10);
  EXPECT_EQ(counts[0]["refused"].get<int>() + counts[1]["refused"].get<int>(), 10);
  const std::string zone = R"({"inputs":[
      {"name":"id","shape":[1],"datatype":"INT64","data":[1]},
      {"name":"age","shape":[1],"datatype":"FP64","data":[5]},
      {"name":"plan","shape":[1],"datatype":"BYTES","data":["pro"]},
      {"name":"zone","shape":[1],"datatype":"BYTES","data":["a"]}]})";
  EXPECT_EQ(client.Post("/v2/models/buys/infer", zone, "application/json")->status, 200);
  EXPECT_EQ(client.Post("/v2/models/buys/versions/1/infer", zone, "application/json")->status, 400)
      << "the path names the version";
}

TEST_F(Serve, AlteredFilesAreNotServed) {
  const auto loaded = LoadPredictor({"buys", "1", dir_ + "/1", nullptr}, nullptr, *env_);
  ASSERT_TRUE(loaded.has_value());
  const Deployment deployment{1, {{{"buys", "1", dir_ + "/1", nullptr, (*loaded)->digest}, 1}}};
  const std::string file = dir_ + "/deployment.json", trees = dir_ + "/1/trees.json";
  ASSERT_TRUE(env_->WriteFile(file, DeploymentText(deployment), 0644).has_value());
  Start();
  server_.reset();
  std::string text = *env_->ReadFile(trees);
  const size_t at = text.find("base_score\":\"") + 13;
  ASSERT_LT(at, text.size());
  text[at] = text[at] == '1' ? '2' : '1';
  ASSERT_TRUE(env_->WriteFile(trees, text, 0644).has_value());
  const auto again = StartServer({.file = file}, nullptr, *env_);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(again.error().message.find("version 1 of buys is not what was deployed"),
            std::string::npos)
      << again.error().message;
}

TEST_F(Serve, SwapsWithoutADroppedRequest) {
  Deploy({{"1", 1}});
  Start();
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0}, failed{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      auto client = Client();
      while (!stop) {
        const auto answer =
            client.Post("/predict", R"({"id":1,"age":5,"plan":"pro"})", "application/json");
        ++(answer && answer->status == 200 ? answered : failed);
      }
    });
  }
  for (int swap = 0; swap < 20; ++swap) {
    Deploy({{swap % 2 == 0 ? "2" : "1", 1}});
    ASSERT_TRUE(server_->Refresh().has_value());
    const int before = answered;
    while (answered < before + 10 && failed == 0) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GT(answered, 200);
}

TEST_F(Serve, ADeploymentThatCannotBeLoadedChangesNothing) {
  Deploy({{"1", 1}});
  Start();
  Deploy({{"7", 1}});
  EXPECT_FALSE(server_->Refresh().has_value());
  std::ofstream(dir_ + "/deployment.json") << "{\"format\":";
  EXPECT_FALSE(server_->Refresh().has_value());
  const auto answer =
      Client().Post("/predict", R"({"id":1,"age":5,"plan":"pro"})", "application/json");
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->get_header_value("X-Model-Version"), "1");
}

TEST_F(Serve, ManyOpenConnectionsDoNotStarveOthers) {
  Deploy({{"1", 1}});
  Start({.threads = 1});
  std::vector<std::unique_ptr<httplib::Client>> idle;
  for (int i = 0; i < 40; ++i) {
    idle.push_back(std::make_unique<httplib::Client>("127.0.0.1", server_->port()));
    idle.back()->set_keep_alive(true);
    ASSERT_EQ(idle.back()->Get("/v2/health/live")->status, 200);
  }
  EXPECT_EQ(Client().Get("/v2/health/ready")->status, 200);
}

TEST(Deployment, IsReadAsWritten) {
  Deployment deployment{
      3, {{{"m", "1", "/a", VisitorSchema()}, 0.75}, {{"m", "2", "/b", VisitorSchema()}, 0.25}}};
  const auto back = DeploymentFromText(DeploymentText(deployment));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(DeploymentText(*back), DeploymentText(deployment));
  auto wide = std::make_shared<RowSchema>(*VisitorSchema());
  wide->fields.push_back(FieldOfType("zone", ColumnType::kString));
  deployment.versions[1].source.input = wide;
  deployment.versions[1].source.digest = Sha256("its files");
  const auto wider = DeploymentFromText(DeploymentText(deployment));
  ASSERT_TRUE(wider.has_value()) << wider.error().message;
  EXPECT_EQ(ToJsonText(*wider->versions[0].source.input), ToJsonText(*VisitorSchema()));
  EXPECT_EQ(ToJsonText(*wider->versions[1].source.input), ToJsonText(*wide));
  EXPECT_TRUE(wider->versions[0].source.digest.empty());
  EXPECT_EQ(wider->versions[1].source.digest, Sha256("its files"));
  deployment.versions[1].source.input = nullptr;
  EXPECT_EQ(DeploymentFromText(DeploymentText(deployment))->versions[1].source.input, nullptr);
  deployment.refused = {"2", "0123"};
  EXPECT_EQ(DeploymentFromText(DeploymentText(deployment))->refused, deployment.refused);
  deployment.versions[0].share = 0.5;
  EXPECT_FALSE(DeploymentFromText(DeploymentText(deployment)).has_value());
}

TEST(Traffic, QuantilesAreRightWithinTheirBucket) {
  Traffic traffic;
  for (int i = 1; i <= 1000; ++i) traffic.Answered(std::chrono::microseconds(i), 1, 0.5);
  const TrafficCounts counts = traffic.Read();
  EXPECT_NEAR(counts.p50_ns, 500e3, 50e3);
  EXPECT_NEAR(counts.p99_ns, 990e3, 95e3);
  EXPECT_DOUBLE_EQ(counts.mean_prediction, 0.5);
  const Batch row = RolloutRow(counts);
  EXPECT_EQ(row.columns[0].ints()[0], 1000);
  EXPECT_EQ(row.columns[2].floats()[0], 0);
}

}  // namespace
}  // namespace opsc
