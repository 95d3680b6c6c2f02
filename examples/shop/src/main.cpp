// shop [--port N]                          serve (default: the variable PORT, or 8080)
// shop --self-test unit|http [--junit FILE]  run the tests
// shop --probe URL                         GET http://127.0.0.1:PORT/PATH; exit code 0 for 200
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "http.h"
#include "self_test.h"

namespace {

int Probe(const std::string& url) {
  size_t colon = url.rfind(':');
  size_t slash = url.find('/', colon);
  if (!url.starts_with("http://127.0.0.1:")) return 64;
  std::string path = slash == std::string::npos ? "/" : url.substr(slash);
  auto response = shop::Get(std::atoi(url.c_str() + colon + 1), path);
  std::printf("%d %s", response.status, response.body.c_str());
  return response.status == 200 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 1; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  if (options.contains("--self-test")) {
    return shop::RunSelfTest(options["--self-test"], options["--junit"]) == 0 ? 0 : 1;
  }
  if (options.contains("--probe")) return Probe(options["--probe"]);
  const char* port = std::getenv("PORT");
  if (options.contains("--port")) port = options["--port"].c_str();
  return shop::Serve(port == nullptr ? 8080 : std::atoi(port), shop::Handle);
}
