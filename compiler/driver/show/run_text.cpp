#include "compiler/driver/show/run_text.h"

#include <nlohmann/json.hpp>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/show/duration_text.h"
#include "compiler/driver/show/table_text.h"

namespace opsc {
namespace {

std::string_view StepMark(const std::string& result) {
  if (result == "ok") return "✓";
  if (result == "cached") return "✓";
  if (result == "failed") return "✗";
  return "-";
}

Style MarkStyle(std::string_view result) {
  if (result == "failed") return Style::kRed;
  return result == "ok" ? Style::kGreen : Style::kDim;
}

}  // namespace

std::string_view OutcomeName(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::kRunning:
      return "running";
    case RunOutcome::kOk:
      return "ok";
    case RunOutcome::kFailed:
      return "failed";
    case RunOutcome::kCancelled:
      return "cancelled";
    case RunOutcome::kInterrupted:
      return "interrupted";
  }
  return "unknown";
}

std::string RunsText(const std::vector<RunRecord>& runs, Time now, bool color) {
  std::vector<std::vector<std::string>> rows = {{"RUN", "RESULT", "TOOK", "WHEN", "COMMAND", ""}};
  for (const RunRecord& run : runs) {
    bool ended = run.ended > run.started;
    rows.push_back({run.id, std::string(OutcomeName(run.outcome)),
                    ended ? RoundedDuration(run.ended - run.started) : "",
                    AgoText(run.started, now), run.command, run.summary});
  }
  std::string text = TableText(rows);
  size_t end = text.find('\n');
  return Paint(color, Style::kDim, text.substr(0, end)) + text.substr(end);
}

std::string StepsText(const std::vector<StepRecord>& steps, bool color) {
  std::vector<std::vector<std::string>> rows;
  for (const StepRecord& step : steps) {
    bool took = step.duration_ns > 0;
    rows.push_back({std::string(StepMark(step.result)), step.address, step.action, step.result,
                    took ? RoundedDuration(std::chrono::nanoseconds(step.duration_ns)) : "",
                    step.message});
  }
  std::string text = TableText(rows), painted;
  for (size_t i = 0, begin = 0; i < steps.size(); ++i) {
    size_t end = text.find('\n', begin) + 1;
    std::string_view mark = StepMark(steps[i].result);
    painted += Paint(color, MarkStyle(steps[i].result), mark);
    painted += text.substr(begin + mark.size(), end - begin - mark.size());
    begin = end;
  }
  return painted;
}

nlohmann::ordered_json RunJson(const RunRecord& run) {
  nlohmann::ordered_json json = {{"id", run.id},
                                 {"command", run.command},
                                 {"user", run.user},
                                 {"started", FormatTime(run.started)},
                                 {"outcome", OutcomeName(run.outcome)},
                                 {"summary", run.summary}};
  if (run.ended > run.started) json["ended"] = FormatTime(run.ended);
  return json;
}

nlohmann::ordered_json StepJson(const StepRecord& step) {
  return {{"address", step.address},
          {"action", step.action},
          {"result", step.result},
          {"message", step.message},
          {"started", FormatTime(step.started)},
          {"seconds", static_cast<double>(step.duration_ns) / 1e9}};
}

}  // namespace opsc
