#include "compiler/driver/live/run_output.h"

#include <fmt/format.h>

#include "compiler/driver/live/event_json.h"
#include "compiler/driver/show/duration_text.h"

namespace opsc {
namespace {

constexpr size_t kTailLines = 20;

class JsonOutput final : public RunOutput {
 protected:
  void Show(const Event& event) override { WriteOut(EventLine(event)); }
};

class PlainOutput final : public RunOutput {
 public:
  explicit PlainOutput(const CliSession& session) : session_(session) {}

 protected:
  void Show(const Event& event) override { WriteOut(EventText(session_, event)); }

 private:
  const CliSession& session_;
};

std::string Took(const Event& event) {
  return event.duration.count() > 0 ? fmt::format(" ({})", RoundedDuration(event.duration)) : "";
}

// While things run; the whole message stands at the end.
std::string FirstLine(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

std::string Line(const CliSession& session, Style style, std::string_view mark, const Event& event,
                 std::string_view rest) {
  bool color = session.terminal.out_color;
  return fmt::format("{} {}{}\n", Paint(color, style, mark), event.address, rest);
}

}  // namespace

void RunOutput::Take(const Event& event) {
  std::lock_guard lock(mutex_);
  Remember(event);
  Show(event);
}

std::vector<FailedNode> RunOutput::failures() const {
  std::lock_guard lock(mutex_);
  return failures_;
}

void RunOutput::Remember(const Event& event) {
  if (event.type == Event::Type::kLog) {
    auto& tail = tails_[event.address];
    tail.push_back(event.message);
    if (tail.size() > kTailLines) tail.pop_front();
    return;
  }
  bool ended = event.type == Event::Type::kDone || event.type == Event::Type::kFailed ||
               event.type == Event::Type::kCancelled;
  if (!ended) return;
  auto& tail = tails_[event.address];
  if (event.type == Event::Type::kFailed) {
    failures_.push_back({event.address, event.message, {tail.begin(), tail.end()}});
  }
  tails_.erase(event.address);
}

std::string EventText(const CliSession& session, const Event& event) {
  bool color = session.terminal.out_color;
  bool quiet = session.verbosity == Verbosity::kQuiet;
  bool verbose = session.verbosity == Verbosity::kVerbose;
  switch (event.type) {
    case Event::Type::kStart:
      return quiet ? "" : Line(session, Style::kCyan, "▶", event, ": " + event.message);
    case Event::Type::kProgress:
      return quiet ? "" : Line(session, Style::kDim, "…", event, ": " + event.message);
    case Event::Type::kLog:
      if (quiet) return "";
      return fmt::format("{} {}\n", Paint(color, Style::kDim, event.address + " |"), event.message);
    case Event::Type::kDone:
      return quiet ? "" : Line(session, Style::kGreen, "✓", event, Took(event));
    case Event::Type::kCached:
      return verbose ? Line(session, Style::kDim, "✓", event, " (cached)") : "";
    case Event::Type::kFailed:
      return Line(session, Style::kRed, "✗", event, Took(event) + ": " + FirstLine(event.message));
    case Event::Type::kSkipped:
      return Line(session, Style::kYellow, "-", event, " skipped: " + event.message);
    case Event::Type::kCancelled: {
      std::string why = event.message.empty() ? "" : ": " + event.message;
      return Line(session, Style::kYellow, "-", event, " cancelled" + why);
    }
    case Event::Type::kNotice:
      return quiet ? "" : fmt::format("{} {}\n", Paint(color, Style::kDim, "note:"), event.message);
  }
  return "";
}

std::unique_ptr<RunOutput> MakePlainOutput(const CliSession& session) {
  return std::make_unique<PlainOutput>(session);
}
std::unique_ptr<RunOutput> MakeJsonOutput() {
  return std::make_unique<JsonOutput>();
}

std::unique_ptr<RunOutput> MakeRunOutput(const CliSession& session, const Plan& plan) {
  if (session.json) return MakeJsonOutput();
  bool quiet = session.verbosity == Verbosity::kQuiet;
  if (session.terminal.groups != LogGroups::kNone && !quiet) return MakeGroupedOutput(session);
  if (session.terminal.out_is_tty && !quiet) return MakeLiveOutput(session, plan);
  return MakePlainOutput(session);
}

}  // namespace opsc
