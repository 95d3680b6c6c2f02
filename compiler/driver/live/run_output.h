// How a run looks while it goes on: lines in a pipe, groups under CI, a live block on a terminal,
// events for machines.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "compiler/driver/cli/session.h"
#include "runtime/base/event.h"
#include "runtime/graph/plan.h"

namespace opsc {

// A node that failed, for the report at the end.
struct FailedNode {
  std::string address;
  std::string message;
  std::vector<std::string> last_lines;  // of its output
};

// Shows events as they come. Thread-safe. The base remembers failures.
class RunOutput : public EventSink {
 public:
  void Take(const Event& event) final;
  // Nothing is shown after it. Called once, when the run has ended.
  virtual void Finish() {}
  std::vector<FailedNode> failures() const;

 protected:
  // Called under the lock, in order.
  virtual void Show(const Event& event) = 0;
  mutable std::mutex mutex_;

 private:
  void Remember(const Event& event);
  std::map<std::string, std::deque<std::string>> tails_;
  std::vector<FailedNode> failures_;
};

// As the session wants it; `plan` gives expected times.
std::unique_ptr<RunOutput> MakeRunOutput(const CliSession& session, const Plan& plan);

std::unique_ptr<RunOutput> MakePlainOutput(const CliSession& session);
std::unique_ptr<RunOutput> MakeGroupedOutput(const CliSession& session);
std::unique_ptr<RunOutput> MakeLiveOutput(const CliSession& session, const Plan& plan);
std::unique_ptr<RunOutput> MakeJsonOutput();

// One line for people, with its newline; empty where the session does not want to see it.
std::string EventText(const CliSession& session, const Event& event);

}  // namespace opsc
