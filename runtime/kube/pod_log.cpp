#include "runtime/kube/pod_log.h"

#include <fmt/format.h>

#include "runtime/kube/pod_exec.h"

namespace opsc {
namespace {

// "2026-11-28T10:00:00.5Z" with nine digits behind the point, so that times compare as texts.
std::string Padded(std::string_view time) {
  constexpr size_t kSeconds = 19;
  constexpr size_t kDigits = 9;
  std::string padded(time.substr(0, kSeconds));
  size_t end = kSeconds;
  std::string fraction;
  if (end < time.size() && time[end] == '.') {
    for (++end; end < time.size() && time[end] >= '0' && time[end] <= '9'; ++end) {
      fraction.push_back(time[end]);
    }
  }
  fraction.resize(kDigits, '0');
  return padded + "." + fraction;
}

}  // namespace

std::string_view LogLines::New(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return {};
  std::string time = Padded(line.substr(0, space));
  if (time <= last_) return {};
  last_ = std::move(time);
  since_ = line.substr(0, space);
  return line.substr(space + 1);
}

std::string LogLines::Take(std::string_view bytes) {
  rest_.append(bytes);
  std::string lines;
  size_t begin = 0;
  for (size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines += New(std::string_view(rest_).substr(begin, end + 1 - begin));
  }
  rest_.erase(0, begin);
  return lines;
}

std::string LogLines::Finish() {
  std::string text(New(rest_));
  rest_.clear();
  return text;
}

ApiCall CallOf(const ContainerLog& log) {
  const std::string since = log.since.empty() ? "" : "&sinceTime=" + QueryText(log.since);
  return {.verb = "get",
          .path = fmt::format("/api/v1/namespaces/{}/pods/{}/log?container={}&timestamps=true{}{}",
                              log.name_space, log.pod, log.container,
                              log.follow ? "&follow=true" : "", since),
          .resource = "pods/log",
          .name_space = log.name_space,
          .name = log.pod};
}

}  // namespace opsc
