#include "self_test.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <vector>

#include "catalogue.h"
#include "http.h"

namespace shop {
namespace {

struct TestCase {
  std::string name;
  bool ok;
};

std::vector<TestCase> UnitTests() {
  return {
      {"one_item", TotalCents({{"tea", 1}}) == 490},
      {"two_items", TotalCents({{"tea", 2}, {"cup", 1}}) == 1730},
      {"ten_are_cheaper", TotalCents({{"cup", 10}}) == 6750},
      {"empty_cart", TotalCents({}) == 0},
      {"unknown_item", !TotalCents({{"car", 1}})},
      {"negative_count", !TotalCents({{"tea", -1}})},
      {"json", ToJson({"a", "A", 5}) == R"({"id":"a","title":"A","cents":5})"},
      {"routes_find_items", Handle("GET", "/items/tea").status == 200},
      {"routes_know_nothing_else", Handle("GET", "/admin").status == 404},
      {"routes_refuse_post", Handle("POST", "/items").status == 405},
      {"total_needs_a_cart", Handle("GET", "/total?tea=x").status == 400},
  };
}

// Against a real server in a child process.
std::vector<TestCase> HttpTests() {
  const int port = 20000 + getpid() % 20000;
  pid_t server = fork();
  if (server == 0) _exit(Serve(port, Handle));
  bool up = false;
  for (int i = 0; i < 100 && !up; ++i) {
    up = Get(port, "/health").status == 200;
    if (!up) usleep(20'000);
  }
  std::vector<TestCase> tests = {
      {"health", up},
      {"items", Get(port, "/items").body.find("Tea pot") != std::string::npos},
      {"total", Get(port, "/total?tea=2&cup=1").body == "{\"cents\":1730}\n"},
      {"not_found", Get(port, "/nothing").status == 404},
  };
  kill(server, SIGTERM);
  int status = 0;
  waitpid(server, &status, 0);
  tests.push_back({"stops_cleanly", WIFEXITED(status) && WEXITSTATUS(status) == 0});
  return tests;
}

void WriteJunit(const std::string& path, const std::string& suite,
                const std::vector<TestCase>& tests, int failures) {
  std::ofstream out(path);
  out << "<?xml version=\"1.0\"?>\n<testsuites><testsuite name=\"" << suite << "\" tests=\""
      << tests.size() << "\" failures=\"" << failures << "\">\n";
  for (const TestCase& test : tests) {
    out << "  <testcase classname=\"" << suite << "\" name=\"" << test.name << "\">"
        << (test.ok ? "" : "<failure message=\"failed\"/>") << "</testcase>\n";
  }
  out << "</testsuite></testsuites>\n";
}

}  // namespace

int RunSelfTest(const std::string& suite, const std::string& junit) {
  std::vector<TestCase> tests = suite == "http" ? HttpTests() : UnitTests();
  int failures = 0;
  for (const TestCase& test : tests) {
    failures += test.ok ? 0 : 1;
    if (!test.ok) std::printf("FAILED %s.%s\n", suite.c_str(), test.name.c_str());
  }
  std::printf("%s: %zu tests, %d failed\n", suite.c_str(), tests.size(), failures);
  if (!junit.empty()) WriteJunit(junit, suite, tests, failures);
  return failures;
}

}  // namespace shop
