#include "compiler/driver/sync/fetch.h"

#include <fmt/format.h>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/show/duration_text.h"
#include "runtime/base/program.h"

namespace opsc {

Status FetchBeside(const SyncSpec& spec, std::stop_token stop) {
  ProgramCall call;
  call.argv = {OwnExecutable(), "__fetch", spec.mirror()};
  call.input = spec.url;  // it may hold a password, which no list of processes should show
  call.timeout = spec.fetch_timeout;
  Result<ProgramEnd> end = RunProgram(call, stop);
  if (!end) {
    if (end.error().kind == ErrorKind::kCancelled) return std::unexpected(end.error());
    return Fail(ErrorKind::kEnvironment,
                fmt::format("cannot fetch `{}`: no answer after {}", PrintUrl(spec.url),
                            RoundedDuration(spec.fetch_timeout)),
                "`fetch_timeout` in the sync allows more");
  }
  if (end->exit_code == 0) return {};
  size_t line = end->err.find('\n');
  std::string hint = line == end->err.npos ? "" : end->err.substr(line + 1);
  while (hint.ends_with('\n')) hint.pop_back();
  return Fail(ErrorKind::kEnvironment, end->err.substr(0, line), hint);
}

}  // namespace opsc
