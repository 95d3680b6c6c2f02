// The log of one container while it grows. Internal to runtime/kube.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "runtime/kube/api_client.h"

namespace opsc {

// Puts together what several connections give of one log: each line has its time in front, and what
// was taken before is not taken again. Not thread-safe.
class LogLines {
 public:
  // Whole lines of `bytes`, and of what came before, without their times.
  std::string Take(std::string_view bytes);
  // The connection broke: a line that is not whole comes again.
  void Broken() { rest_.clear(); }
  // The log has ended: what is left of a last line without an end.
  std::string Finish();
  // The time of the last line, as the server wrote it; empty: there was none.
  const std::string& since() const { return since_; }

 private:
  // The text behind the time; empty where it was taken before.
  std::string_view New(std::string_view line);

  std::string rest_;
  std::string since_;
  std::string last_;  // the same, to compare with
};

struct ContainerLog {
  std::string name_space;
  std::string pod;
  std::string container;
  bool follow = true;
  std::string since = {};  // time of the first line; empty: from the beginning
};
ApiCall CallOf(const ContainerLog& log);

}  // namespace opsc
