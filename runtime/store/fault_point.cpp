#include "runtime/store/fault_point.h"

#include <signal.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace opsc {

JournalFault::JournalFault() {
  const char* variable = std::getenv("OPSC_FAULT");
  std::string_view text = variable == nullptr ? "" : variable;
  constexpr std::string_view kPrefix = "journal:";
  if (!text.starts_with(kPrefix)) return;
  text.remove_prefix(kPrefix.size());
  uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return;
  std::string_view when(end, static_cast<size_t>(text.data() + text.size() - end));
  if (!when.empty() && when != ":before" && when != ":after") return;
  kill_at_ = number;
  after_ = when == ":after";
}

void JournalFault::BeforeCommit() {
  ++commits_;
  if (commits_ == kill_at_ && !after_) raise(SIGKILL);
}

void JournalFault::AfterCommit() {
  if (commits_ == kill_at_ && after_) raise(SIGKILL);
}

}  // namespace opsc
