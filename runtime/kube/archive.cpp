#include "runtime/kube/archive.h"

#include <fmt/format.h>

#include "runtime/base/program.h"

namespace opsc {
namespace {

constexpr auto kLongest = std::chrono::hours(1);

Status RunTar(std::vector<std::string> words, std::stop_token stop) {
  words.insert(words.begin(), "tar");
  ProgramCall call;
  call.argv = std::move(words);
  call.timeout = kLongest;
  OPS_ASSIGN(const ProgramEnd end, RunProgram(call, std::move(stop)));
  if (end.exit_code == 0) return {};
  return Fail(ErrorKind::kEnvironment,
              fmt::format("`tar` failed with exit code {}: {}", end.exit_code,
                          end.err.substr(0, end.err.find('\n'))));
}

}  // namespace

Status PackArchive(const std::string& directory, const std::vector<std::string>& names,
                   const std::string& file, std::stop_token stop) {
  std::vector<std::string> words = {
      "--create",  "--file",          file,           "--format=gnu", "--owner=0",
      "--group=0", "--numeric-owner", "--mode=a+rwX", "--directory",  directory};
  words.insert(words.end(), names.begin(), names.end());
  return RunTar(std::move(words), std::move(stop));
}

Status UnpackArchive(const std::string& file, const std::string& directory, std::stop_token stop) {
  return RunTar({"--extract", "--file", file, "--no-same-owner", "--no-same-permissions",
                 "--directory", directory},
                std::move(stop));
}

}  // namespace opsc
