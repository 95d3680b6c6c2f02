#include "compiler/driver/live/block_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/show/duration_text.h"

namespace opsc {
namespace {

constexpr size_t kMaxLines = 8;
constexpr size_t kBarWidth = 16;
constexpr std::string_view kSpinner[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

std::string Bar(double part) {
  auto full = static_cast<size_t>(std::clamp(part, 0.0, 1.0) * kBarWidth);
  std::string bar;
  for (size_t i = 0; i < kBarWidth; ++i) bar += i < full ? "█" : "░";
  return bar;
}

std::string Times(const BlockLine& line) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(line.elapsed);
  bool under_a_minute = seconds < std::chrono::minutes(1);
  std::string elapsed =
      under_a_minute ? fmt::format("{}s", seconds.count()) : RoundedDuration(seconds);
  if (line.expected.count() == 0) return elapsed;
  double part =
      static_cast<double>(line.elapsed.count()) / static_cast<double>(line.expected.count());
  return fmt::format("{} {} of about {}", Bar(part), elapsed, RoundedDuration(line.expected));
}

}  // namespace

std::string CutToWidth(std::string_view text, size_t width) {
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    bool starts = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts && characters++ == width) return std::string(text.substr(0, i));
  }
  return std::string(text);
}

std::vector<std::string> BlockText(const std::vector<BlockLine>& lines,
                                   const BlockOptions& options) {
  std::vector<std::string> block;
  if (lines.empty()) return block;
  size_t name_width = 0;
  for (const BlockLine& line : lines) name_width = std::max(name_width, line.address.size());
  name_width = std::min<size_t>(name_width, 40);
  auto width = static_cast<size_t>(std::max(options.width - 3, 20));
  std::string_view spinner = kSpinner[options.frame % std::size(kSpinner)];
  for (size_t i = 0; i < std::min(lines.size(), kMaxLines); ++i) {
    std::string text =
        fmt::format("{:<{}}  {}  {}", lines[i].address, name_width, Times(lines[i]), lines[i].says);
    block.push_back(Paint(options.color, Style::kCyan, spinner) + " " + CutToWidth(text, width));
  }
  std::string last = fmt::format("  {} of {} done", options.ended, options.total);
  if (lines.size() > kMaxLines) last += fmt::format(", {} more run", lines.size() - kMaxLines);
  block.push_back(Paint(options.color, Style::kDim, CutToWidth(last, width)));
  return block;
}

}  // namespace opsc
