#include "compiler/driver/show/result_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/driver/show/diff_text.h"
#include "compiler/driver/show/duration_text.h"
#include "runtime/base/listing.h"

namespace opsc {
namespace {

std::string FailureText(const ApplyResult& result, const FailedNode& failure, bool color) {
  std::string text =
      fmt::format("\n{}: {}\n", Paint(color, Style::kRed, "✗ " + failure.address), failure.message);
  if (failure.last_lines.empty()) return text;
  text += fmt::format("  the end of its output (all of it: `opsc logs {}/{}`):\n", result.run_id,
                      failure.address);
  for (const std::string& line : failure.last_lines) {
    text += fmt::format("  {} {}\n", Paint(color, Style::kDim, "|"), line);
  }
  return text;
}

std::string Counts(const ApplyResult& result) {
  return TallyText({{result.ran, "ran"},
                    {result.created, "created"},
                    {result.updated, "changed"},
                    {result.replaced, "replaced"},
                    {result.destroyed, "destroyed"},
                    {result.adopted, "adopted"},
                    {result.forgotten, "forgotten"},
                    {result.moved, "moved"},
                    {result.failed, "failed"},
                    {result.skipped, "skipped"},
                    {result.cancelled, "cancelled"},
                    {result.cached, "cached"}});
}

std::chrono::nanoseconds WallTime(const ApplyResult& result) {
  if (result.steps.empty()) return {};
  Time begin = Time::max(), end = Time::min();
  for (const StepRecord& step : result.steps) {
    begin = std::min(begin, step.started);
    end = std::max(end, step.started + std::chrono::nanoseconds(step.duration_ns));
  }
  return std::max(end - begin, std::chrono::nanoseconds(0));
}

std::string OutsText(const ApplyResult& result, const ResultTextOptions& options) {
  if (result.outs.empty() || options.verbosity == Verbosity::kQuiet) return "";
  std::string text = Paint(options.color, Style::kBold, "Outs:") + "\n";
  size_t width = static_cast<size_t>(std::max(options.width, 60)) - 20;
  for (const auto& [name, value] : result.outs) {
    text += fmt::format("  {}: {}\n", name, ShortText(value, width));
  }
  return text;
}

}  // namespace

std::string ResultText(const ApplyResult& result, const std::vector<FailedNode>& failures,
                       const ResultTextOptions& options) {
  std::string text;
  for (const FailedNode& failure : failures) text += FailureText(result, failure, options.color);
  if (!failures.empty()) text += "\n";
  if (result.ok()) text += OutsText(result, options);
  std::string_view verdict = result.cancelled > 0 && result.failed == 0 ? "Stopped"
                             : result.ok()                              ? "Done"
                                                                        : "Failed";
  Style style = result.ok() ? Style::kGreen : Style::kRed;
  std::string counts = Counts(result);
  if (!counts.empty()) counts = ": " + counts;
  auto took = WallTime(result);
  std::string tail = took.count() > 0 ? fmt::format(" ({})", RoundedDuration(took)) : "";
  text += fmt::format("{}{}{}.\n", Paint(options.color, style, verdict), counts, tail);
  return text;
}

}  // namespace opsc
