// The block of running nodes below the scrolling lines of a terminal.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace opsc {

struct BlockLine {
  std::string address;
  std::string says;  // what it does or waits for
  std::chrono::nanoseconds elapsed{0};
  std::chrono::nanoseconds expected{0};  // by history; 0: unknown
};

struct BlockOptions {
  int width = 80;
  bool color = false;
  size_t frame = 0;  // of the spinner
  int ended = 0;
  int total = 0;
};

// At most ten lines, none longer than the terminal is wide; empty where nothing runs.
std::vector<std::string> BlockText(const std::vector<BlockLine>& lines,
                                   const BlockOptions& options);

// The first `width` characters (code points).
std::string CutToWidth(std::string_view text, size_t width);

}  // namespace opsc
