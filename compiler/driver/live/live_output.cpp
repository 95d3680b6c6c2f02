// On a terminal: finished lines and logs scroll above a block with one line a running node.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "compiler/driver/live/block_text.h"
#include "compiler/driver/live/run_output.h"

namespace opsc {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kFrame = std::chrono::milliseconds(100);

class LiveOutput final : public RunOutput {
 public:
  LiveOutput(const CliSession& session, const Plan& plan) : session_(session) {
    for (const Change& change : plan.changes) {
      if (change.expected_ns) expected_[change.address] = *change.expected_ns;
      bool works = change.action != Action::kNoop && change.action != Action::kCached;
      if (works) ++total_;
    }
    ticker_ = std::jthread([this](std::stop_token stop) { Tick(stop); });
  }

  void Finish() override {
    ticker_.request_stop();
    wake_.notify_all();
    if (ticker_.joinable()) ticker_.join();
    std::lock_guard lock(mutex_);
    running_.clear();
    Draw("");
  }

 protected:
  void Show(const Event& event) override {
    switch (event.type) {
      case Event::Type::kStart:
        running_.push_back({event.address, event.message, Clock::now()});
        return Draw("");
      case Event::Type::kProgress:
        for (Running& node : running_) {
          if (node.address == event.address) node.says = event.message;
        }
        return Draw("");
      case Event::Type::kDone:
      case Event::Type::kFailed:
      case Event::Type::kCancelled:
        ++ended_;
        [[fallthrough]];
      case Event::Type::kCached:
      case Event::Type::kSkipped:
        std::erase_if(running_, [&](const Running& node) { return node.address == event.address; });
        [[fallthrough]];
      case Event::Type::kLog:
      case Event::Type::kNotice:
        return Draw(EventText(session_, event));
    }
  }

 private:
  struct Running {
    std::string address;
    std::string says;
    Clock::time_point since;
  };

  void Tick(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, kFrame);
      ++frame_;
      if (!running_.empty() && !stop.stop_requested()) Draw("");
    }
  }

  // Erases the block, writes `above`, draws the block again: in one write, so nothing flickers.
  void Draw(std::string_view above) {
    std::string text;
    if (drawn_ > 0) text = fmt::format("\033[{}A\r\033[J", drawn_);
    text += above;
    std::vector<BlockLine> lines;
    for (const Running& node : running_) {
      auto expected = expected_.find(node.address);
      lines.push_back(
          {node.address, node.says, Clock::now() - node.since,
           std::chrono::nanoseconds(expected == expected_.end() ? 0 : expected->second)});
    }
    BlockOptions options{session_.terminal.width, session_.terminal.out_color, frame_, ended_,
                         total_};
    std::vector<std::string> block = BlockText(lines, options);
    for (const std::string& line : block) text += line + "\n";
    drawn_ = block.size();
    if (!text.empty()) WriteOut(text);
  }

  const CliSession& session_;
  std::map<std::string, int64_t> expected_;
  std::vector<Running> running_;
  std::condition_variable wake_;
  size_t drawn_ = 0;  // lines of the block on the screen
  size_t frame_ = 0;
  int ended_ = 0, total_ = 0;
  std::jthread ticker_;
};

}  // namespace

std::unique_ptr<RunOutput> MakeLiveOutput(const CliSession& session, const Plan& plan) {
  return std::make_unique<LiveOutput>(session, plan);
}

}  // namespace opsc
