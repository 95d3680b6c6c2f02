// Programs become graphs: nodes, edges, pending and secret values, checks.
#include <gtest/gtest.h>

#include "compiler/eval/test_program.h"

namespace opsc {
namespace {

Value OutsRecord(std::vector<std::pair<std::string, Value>> outs) {
  std::vector<Field> fields;
  for (auto& [name, value] : outs) fields.emplace_back(Symbol(name), std::move(value));
  return Value::Record(std::move(fields));
}

Value MadeFile(const std::string& producer, const std::string& output, const std::string& path) {
  FileRep file;
  file.producer = producer;
  file.output = output;
  file.path = path;
  return Value::File(std::move(file));
}

std::string Addresses(const TestProgram& p) {
  std::string text;
  if (!p.evaluation) return p.Problems();
  for (const Node& node : p.evaluation->graph().nodes) text += node.address + " ";
  return text;
}

TEST(Graph, AnInstanceBecomesANode) {
  TestProgram p(R"(
    /// Compiles.
    task build {
      run: "cc -o out/app"
      retries: 2
      timeout: 5min
      protect: true
      labels: { team: "web" }
      ignore: ["env"]
      out app: file = "out/app"
      out note: string = "made of ${self.dir}"
    }
  )");
  EXPECT_EQ(p.Problems(), "");
  const Node& node = p.NodeAt("build");
  EXPECT_EQ(node.type, "task");
  EXPECT_EQ(node.doc, "Compiles.");
  EXPECT_EQ(node.origin.line, 3);
  EXPECT_EQ(node.meta.retries, 2);
  EXPECT_EQ(node.meta.timeout_ns, 300'000'000'000);
  EXPECT_TRUE(node.meta.protect);
  EXPECT_EQ(node.meta.labels.at("team"), "web");
  EXPECT_EQ(node.meta.ignore, std::vector<std::string>{"env"});
  EXPECT_EQ(p.FieldOf("build", "run"), "\"cc -o out/app\"");
  EXPECT_EQ(p.FieldOf("build", "network"), "false");
  EXPECT_EQ(p.FieldOf("build", "limits.cpu"), "1.0");
  EXPECT_EQ(p.FieldOf("build", "retries"), "(absent)");
  ASSERT_EQ(node.outs.size(), 2u);
  EXPECT_TRUE(node.outs[0].is_file);
  EXPECT_EQ(ToText(node.outs[0].value), "\"out/app\"");
  EXPECT_FALSE(node.outs[1].is_file);
  EXPECT_EQ(ToText(node.outs[1].value), "\"made of .\"");
}

TEST(Graph, UsingAnInstanceMakesAnEdgeAndWaitsForFiles) {
  TestProgram p(R"(
    task build { run: "cc" out app: file = "out/app" }
    task check { run: [build.app, "--test"] }
    task note { run: "echo ${build.dir}" }
    task last { run: "true" after: [note, check] }
    let app = build.app
    task through { run: [app] }
  )");
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.FieldOf("check", "run"), "[(after apply: build), \"--test\"]");
  EXPECT_EQ(p.EdgesOf("check"), "build(run[0])");
  EXPECT_EQ(p.FieldOf("note", "run"), "\"echo ${\".\"}\"");
  EXPECT_EQ(p.EdgesOf("note"), "build(run)");
  EXPECT_EQ(p.EdgesOf("last"), "note(after) check(after)");
  EXPECT_EQ(p.EdgesOf("through"), "build(run[0])");
}

TEST(Graph, ResolveFillsInWhatIsKnown) {
  TestProgram p(R"(
    task build { run: "cc" out app: file = "out/app" }
    let app = build.app
    task check { run: [app, "--test"] }
    service web { run: [build.app] port: 8080 }
    file notes { path: "notes.txt" content: "at ${web.url}" }
    out url: string = web.url
  )");
  ASSERT_EQ(p.Problems(), "");
  Outputs known{{"build", OutsRecord({{"app", MadeFile("build", "app", "out/app")}})}};
  auto resolved = p.evaluation->Resolve("check", known);
  ASSERT_TRUE(resolved.has_value()) << resolved.error().message;
  EXPECT_EQ(ToText(*resolved->fields.Find("run")), "[build.app, \"--test\"]");
  auto waiting = p.evaluation->Resolve("notes", known);
  ASSERT_TRUE(waiting.has_value());
  EXPECT_EQ(ToText(*waiting->fields.Find("content")), "(after apply: web)");
  // Nothing known for one call leaks into the next.
  auto unknown = p.evaluation->Resolve("check", {});
  EXPECT_EQ(ToText(*unknown->fields.Find("run")), "[(after apply: build), \"--test\"]");
  known.emplace("web", OutsRecord({{"url", Value::String("http://x")}}));
  EXPECT_EQ(ToText(*p.evaluation->Resolve("notes", known)->fields.Find("content")),
            "\"at http://x\"");
  EXPECT_EQ(ToText(*p.evaluation->ResolveOut(Symbol("url"), known)), "\"http://x\"");
  EXPECT_FALSE(p.evaluation->Resolve("absent", known).has_value());
}

TEST(Graph, AFileInstanceIsAFile) {
  TestProgram p(R"(
    file config { path: "etc/app.conf" content: "x" }
    task use { run: [config] }
    task script { run: "cat ${config}" }
  )");
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.FieldOf("use", "run"), "[(after apply: config)]");
  EXPECT_EQ(p.EdgesOf("script"), "config(run)");
  Outputs known{{"config", OutsRecord({{"digest", Value::String("d")}})}};
  EXPECT_EQ(ToText(*p.evaluation->Resolve("use", known)->fields.Find("run")),
            "[file(\"etc/app.conf\")]");
}

TEST(Graph, ForAndIfMakeInstances) {
  TestProgram p(R"(
    let suites = ["unit", "http"]
    for suite in suites { task test[suite] { run: "run ${suite}" out log: file = "log" } }
    if length(suites) > 1 { task many { run: [test["unit"].log] } } else { task few { run: "x" } }
    task skipped if false { run: "x" }
    task all_logs { run: "x" inputs: [for name, t in test: t.log] }
  )");
  EXPECT_EQ(Addresses(p), "test[\"unit\"] test[\"http\"] many all_logs ");
  EXPECT_EQ(p.EdgesOf("many"), "test[\"unit\"](run[0])");
  EXPECT_EQ(p.EdgesOf("all_logs"), "test[\"unit\"](inputs[0]) test[\"http\"](inputs[1])");
}

TEST(Graph, WhatDoesNotExistIsSaid) {
  EXPECT_EQ(TestProgram(R"(
    for s in ["unit"] { task test[s] { run: "x" out log: file = "log" } }
    task use { run: [test["unti"].log] })")
                .Problems(),
            "OPS0652 there is no `test[\"unti\"]`");
  EXPECT_EQ(TestProgram(R"(
    param on: bool = false
    task maybe if on { run: "x" out log: file = "log" }
    task use { run: [maybe.log] })")
                .Problems(),
            "OPS0651 `maybe` does not exist here: its condition is false");
  EXPECT_EQ(TestProgram(R"(for s in ["a", "a"] { task test[s] { run: "x" } })").Problems(),
            "OPS0650 two instances have the address `test[\"a\"]`");
}

TEST(Graph, Components) {
  TestProgram p(R"(
    component web {
      param name: string
      param port: int = 80
      file conf { path: "${name}.conf" content: "${port}" }
      task check { run: [conf] after: [] }
      out path: string = conf.path
    }
    task first { run: "x" }
    web a { name: "a" }
    web b { name: "b" port: 81 after: [first] protect: true }
    task use { run: ["cat", a.path] }
    task last { run: "x" after: [b] }
  )");
  EXPECT_EQ(Addresses(p), "first a/conf a/check b/conf b/check use last ");
  EXPECT_EQ(p.FieldOf("b/conf", "content"), "\"81\"");
  EXPECT_EQ(p.EdgesOf("a/check"), "a/conf(run[0])");
  EXPECT_EQ(p.EdgesOf("b/conf"), "first(after)");
  EXPECT_TRUE(p.NodeAt("b/conf").meta.protect);
  EXPECT_EQ(p.FieldOf("use", "run"), "[\"cat\", \"a.conf\"]");
  EXPECT_EQ(p.EdgesOf("use"), "a/conf(run)");
  EXPECT_EQ(p.EdgesOf("last"), "b/conf(after) b/check(after)");
}

TEST(Graph, Cycles) {
  EXPECT_NE(TestProgram("let a = b\nlet b = c\nlet c = a").Problems(), "");
  EXPECT_EQ(TestProgram(R"(
    task a { run: "x" env: { v: b.dir } }
    task b { run: "x" env: { v: a.dir } })")
                .Problems(),
            "OPS0653 `a` waits for itself: a → b → a");
}

TEST(Graph, PendingConditionsNameAllThatTheyMayUse) {
  TestProgram p(R"(
    task build { run: "x" out app: file = "a" }
    service web { run: ["x"] }
    service other { run: ["y"] }
    file f { path: "f" content: if web.url == "x" then other.url else "none" }
  )");
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.FieldOf("f", "content"), "(after apply: other, web)");
  EXPECT_EQ(p.EdgesOf("f"), "other(content) web(content)");
}

TEST(Graph, ResultsOfTasks) {
  TestProgram p(R"(
    task build { run: "x" }
    task report { run: "echo ${result(build)}" }
  )");
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.FieldOf("report", "run"), "\"echo ${(after apply: build)}\"");
  Outputs known{{"build", OutsRecord({{"$result", Value::String("failed")}})}};
  EXPECT_EQ(ToText(*p.evaluation->Resolve("report", known)->fields.Find("run")),
            "\"echo ${\"failed\"}\"");
}

TEST(Graph, Secrets) {
  EvalOptions options;
  options.read_secret = [](std::string_view, const std::string& name) -> Result<std::string> {
    if (name == "TOKEN") return "hunter2";
    return Fail(ErrorKind::kInput, "it is not set", "set it");
  };
  TestProgram p(R"(
    let token = secret_env("TOKEN")
    task push { run: "push" env: { TOKEN: token, HEADER: "Bearer ${token}" } }
    file shown { path: "x" content: declassify(token, "a test token") }
  )",
                options);
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.FieldOf("push", "env"), "{ TOKEN: (secret), HEADER: (secret) }");
  EXPECT_EQ(p.NodeAt("push").fields.Find("env")->Find("HEADER")->AsString(), "Bearer hunter2");
  EXPECT_EQ(p.FieldOf("shown", "content"), "\"hunter2\"");
  ASSERT_EQ(p.evaluation->graph().checks.size(), 1u);
  EXPECT_EQ(p.evaluation->graph().checks[0].message, "a test token");
  EXPECT_EQ(
      TestProgram("let t = secret_env(\"NONE\")\ntask a { run: \"x\" env: { T: t } }", options)
          .Problems(),
      "OPS0521 cannot read the secret `NONE`: it is not set");
  options.secrets_may_be_unread = true;
  TestProgram unread("let t = secret_env(\"NONE\")\ntask a { run: \"x\" env: { T: \"${t}\" } }",
                     options);
  EXPECT_EQ(unread.Problems(), "");
  ASSERT_EQ(unread.evaluation->unread_secrets().size(), 1u);
  EXPECT_EQ(unread.evaluation->unread_secrets()[0].error.message, "it is not set");
  EXPECT_TRUE(unread.NodeAt("a").fields.has_secret());
  EXPECT_TRUE(unread.NodeAt("a").edges.empty());
  EXPECT_EQ(TestProgram("task a { run: \"x\" env: { T: secret_env(\"T\") } }").FieldOf("a", "env"),
            "{ T: (secret) }");
}

TEST(Graph, Params) {
  const std::string text = R"(
    param env: "dev" | "prod" = "dev"
    param replicas: int(1..50) = if env == "prod" then 6 else 1
    param hold: duration = 1s
    param names: [string] = []
    param token: secret string = "none"
    param size: size?
    file f { path: "f" content: "${env} ${replicas} ${hold} ${length(names)}" }
  )";
  EXPECT_EQ(TestProgram(text).FieldOf("f", "content"), "\"dev 1 1s 0\"");
  EvalOptions options;
  options.params = {{"env", "prod"}, {"hold", "5min"}, {"names", "[\"a\", \"b\"]"}};
  EXPECT_EQ(TestProgram(text, options).FieldOf("f", "content"), "\"prod 6 5min 2\"");
  options.params = {{"names", "[a"}};
  EXPECT_EQ(TestProgram(text, options).Problems().substr(0, 8), "OPS0520 ");
  options.params = {{"env", "test"}};
  EXPECT_EQ(TestProgram(text, options).Problems(),
            "OPS0520 the parameter `env` cannot be `test`: \"test\" is none of \"dev\" | \"prod\"");
  options.params = {{"replicas", "70"}};
  EXPECT_EQ(TestProgram(text, options).Problems(),
            "OPS0520 the parameter `replicas` cannot be `70`: 70 is not in 1..50");
  options.params = {{"evn", "prod"}};
  EXPECT_EQ(TestProgram(text, options).Problems(), "OPS0519 there is no parameter `evn`");
  EXPECT_EQ(TestProgram("param x: int").Problems(), "OPS0518 the parameter `x` has no value");
}

TEST(Graph, EnsureNamesThePlace) {
  EvalOptions options;
  options.params = {{"specs", "[{ \"ports\": [{ \"port\": 1 }, { \"port\": 70000 }] }]"}};
  EXPECT_EQ(TestProgram(R"(
    type Port { port: int(1..65535) }
    type Spec { ports: [Port] }
    param specs: [Spec])",
                        options)
                .Problems()
                .substr(0, 46),
            "OPS0520 the parameter `specs` cannot be `[{ \"p");
  EXPECT_NE(TestProgram(R"(
    type Port { port: int(1..65535) }
    type Spec { ports: [Port] }
    param specs: [Spec])",
                        options)
                .Problems()
                .find(": [0].ports[1].port: 70000 is not in 1..65535"),
            std::string::npos);
  options.params = {{"n", "7"}};
  EXPECT_EQ(TestProgram(R"(
    param n: int
    type Even { n: int check self.n % 2 == 0 else "${self.n} is odd" }
    let even: Even = { n: n }
    file f { path: "f" content: to_json(even) })",
                        options)
                .Problems(),
            "OPS0514 Even: 7 is odd");
}

TEST(Graph, AssertsAndPolicies) {
  EXPECT_EQ(TestProgram("param n: int = 3\nassert n < 3 else \"n is ${n}\"").Problems(),
            "OPS0512 assertion failed: n is 3");
  TestProgram p(R"(
    service web { run: ["x"] port: 80 }
    service api { run: ["x"] port: 8080 }
    assert web.url != "" else "no url"
    policy high_ports { over: all(service) require: s => s.port > 1024 message: "ports are above 1024" }
    policy off { over: all(service) require: s => false message: "never" when: false }
  )");
  EXPECT_EQ(p.Problems(), "");
  const auto& checks = p.evaluation->graph().checks;
  ASSERT_EQ(checks.size(), 2u);
  EXPECT_TRUE(checks[0].pending);
  EXPECT_EQ(checks[1].address, "high_ports");
  EXPECT_EQ(checks[1].message, "web: ports are above 1024");
  EXPECT_TRUE(checks[1].failed);
  Outputs known{{"web", OutsRecord({{"url", Value::String("")}})}};
  auto decided = p.evaluation->DecideChecks(known);
  ASSERT_FALSE(decided.has_value());
  EXPECT_EQ(decided.error().message, "main.ops:4:5: no url");
}

TEST(Graph, TestsEnvironmentsAndPipelines) {
  const std::string text = R"(
    param env: "dev" | "prod"
    let n = if env == "prod" then 6 else 1
    environment live { params: { env: "prod" } }
    test six { with: { env: "prod" } expect: m => m.n == 6 and m.f.path == "f" }
    test wrong { with: { env: "dev" } expect: m => m.n == 6 }
    file f { path: "f" content: "${n}" }
    for s in ["a", "b"] { task t[s] { run: "x" } }
    pipeline all_of_it { goals: [t, f] }
  )";
  TestProgram without(text);
  EXPECT_EQ(without.Problems(), "OPS0518 the parameter `env` has no value");
  Diagnostics problems;
  DeclaredCases cases = ListCases(without.model, without.sources, {}, problems);
  EXPECT_EQ(ProblemsOf(problems), "");
  ASSERT_EQ(cases.environments.size(), 1u);
  EXPECT_EQ(ToText(cases.environments[0].params.at("env")), "\"prod\"");
  ASSERT_EQ(cases.tests.size(), 2u);
  for (const TestCase& test : cases.tests) {
    EvalOptions options;
    options.values = test.with;
    TestProgram p(text, options);
    ASSERT_EQ(p.Problems(), "");
    Diagnostics failure;
    EXPECT_EQ(p.evaluation->RunTest(test.name, failure), test.name == "six") << ProblemsOf(failure);
    if (test.name == "six") continue;
    EXPECT_EQ(ProblemsOf(failure), "OPS0522 test `wrong`: `m.n == 6` is false");
    ASSERT_EQ(failure.all()[0].related.size(), 1u);
    EXPECT_EQ(failure.all()[0].related[0].message, "this is 1");
    ASSERT_EQ(p.evaluation->pipelines().size(), 1u);
    EXPECT_EQ(p.evaluation->pipelines()[0].goals,
              (std::vector<std::string>{"t[\"a\"]", "t[\"b\"]", "f"}));
    EXPECT_EQ(p.evaluation->graph().nodes.size(), 3u);
  }
}

TEST(Graph, ExplainTellsTheChain) {
  TestProgram p(R"(
    let name = "shop"
    let base = { path: name }
    file f { path: base.path content: "x" }
  )");
  ASSERT_EQ(p.Problems(), "");
  auto steps = p.evaluation->Explain(*p.NodeAt("f").fields.Find("path"));
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].what, "let name");
  EXPECT_EQ(steps[1].what, "literal");
  auto mode = p.evaluation->Explain(*p.NodeAt("f").fields.Find("mode"));
  ASSERT_FALSE(mode.empty());
  EXPECT_EQ(mode[0].what, "default of file.mode");
}

TEST(Graph, ErrorsAreAllReportedAndNoneTwice) {
  EXPECT_EQ(TestProgram(R"(
    let broken = 1 / (1 - 1)
    file a { path: "a" content: "${broken}" }
    file b { path: "b" content: "${broken}" }
    file c { path: "c" content: "${[1][3]}" })")
                .Problems(),
            "OPS0503 division by zero: `1 / 0`\nOPS0505 index 3 is outside of a list of 1");
}

TEST(Graph, LongChainsOfValuesNeedNoOrder) {
  std::string text = "let v0 = 0\n";
  for (int i = 1; i <= 5000; ++i) {
    text = "let v" + std::to_string(i) + " = v" + std::to_string(i - 1) + " + 1\n" + text;
  }
  TestProgram p(text + "file f { path: \"f\" content: \"${v5000}\" }");
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.FieldOf("f", "content"), "\"5000\"");
}

TEST(Graph, StepsAreLimited) {
  EvalOptions options;
  options.max_steps = 1000;
  TestProgram p("file f { path: \"f\" content: to_json([for i in 1..1000: i * 2]) }", options);
  EXPECT_EQ(p.Problems(), "OPS0508 the evaluation takes more than 1000 steps");
}

TEST(Graph, DepthIsLimited) {
  EvalOptions options;
  options.max_call_depth = 100;
  TestProgram p(R"(
    type Node { next: Node? }
    let seed: Node? = null
    let deep: Node? = fold(1..1000, seed, (n, i) => { next: n })
    let same: (int) -> int = x => x
    let compose: (int) -> int = fold(1..1000, same, (f, i) => (x => f(x) + 1))
  )",
                options);
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.Eval("deep == null"), "OPS0510 data nested deeper than 200");
  EXPECT_EQ(p.Eval("compose(1)").substr(0, 8), "OPS0510 ");
}

}  // namespace
}  // namespace opsc
