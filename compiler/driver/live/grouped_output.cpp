// Under CI: the output of a node is printed in one piece, folded where the CI can, when it ends.
#include <map>
#include <string>

#include <fmt/format.h>

#include "compiler/driver/live/run_output.h"
#include "compiler/driver/show/duration_text.h"

namespace opsc {
namespace {

class GroupedOutput final : public RunOutput {
 public:
  explicit GroupedOutput(const CliSession& session) : session_(session) {}

 protected:
  void Show(const Event& event) override {
    if (event.type == Event::Type::kLog) {
      logs_[event.address] += event.message + "\n";
      return;
    }
    bool ended = event.type == Event::Type::kDone || event.type == Event::Type::kFailed ||
                 event.type == Event::Type::kCancelled;
    if (ended) WriteOut(Group(event));
    WriteOut(EventText(session_, event));
  }

  void Finish() override {
    std::lock_guard lock(mutex_);
    for (const auto& [address, log] : logs_) {
      WriteOut(fmt::format("── {} (not ended) ──\n{}", address, log));
    }
    logs_.clear();
  }

 private:
  std::string Group(const Event& event) {
    auto found = logs_.find(event.address);
    if (found == logs_.end()) return "";
    std::string log = std::move(found->second);
    logs_.erase(found);
    std::string title = fmt::format("{} ({})", event.address, RoundedDuration(event.duration));
    switch (session_.terminal.groups) {
      case LogGroups::kGithub:
        return fmt::format("::group::{}\n{}::endgroup::\n", title, log);
      case LogGroups::kGitlab:
        return Section(event, title, log);
      case LogGroups::kNone:
      case LogGroups::kPlain:
        return fmt::format("── {} ──\n{}", title, log);
    }
    return log;
  }

  std::string Section(const Event& event, std::string_view title, std::string_view log) {
    auto end = std::chrono::duration_cast<std::chrono::seconds>(event.time.time_since_epoch());
    auto begin = end - std::chrono::duration_cast<std::chrono::seconds>(event.duration);
    std::string id = fmt::format("opsc_{}", ++sections_);
    return fmt::format(
        "\033[0Ksection_start:{}:{}[collapsed=true]\r\033[0K{}\n{}\033[0Ksection_end:{}:{}\r\033["
        "0K\n",
        begin.count(), id, title, log, end.count(), id);
  }

  const CliSession& session_;
  std::map<std::string, std::string> logs_;
  int sections_ = 0;
};

}  // namespace

std::unique_ptr<RunOutput> MakeGroupedOutput(const CliSession& session) {
  return std::make_unique<GroupedOutput>(session);
}

}  // namespace opsc
