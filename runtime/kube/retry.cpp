#include "runtime/kube/retry.h"

#include <algorithm>
#include <charconv>
#include <random>

#include "runtime/base/pause.h"

namespace opsc {
namespace {

constexpr std::chrono::milliseconds kSlowest{5000};
constexpr int kLongestAsked = 120;  // seconds

std::chrono::milliseconds Asked(const std::string& retry_after) {
  int seconds = 0;
  const char* begin = retry_after.data();
  const char* end = begin + retry_after.size();
  while (begin != end && *begin == ' ') ++begin;
  std::from_chars(begin, end, seconds);
  return std::chrono::seconds(std::clamp(seconds, 0, kLongestAsked));
}

std::chrono::milliseconds Jittered(std::chrono::milliseconds delay) {
  thread_local std::minstd_rand random(std::random_device{}());
  return delay * std::uniform_int_distribution<int>(80, 120)(random) / 100;
}

}  // namespace

bool Backoff::Wait(const std::string& retry_after, std::stop_token stop) {
  auto delay = std::max(Jittered(next_), Asked(retry_after));
  next_ = std::min(next_ * 2, kSlowest);
  if (std::chrono::steady_clock::now() + delay > ends_) return false;
  PauseFor(delay, stop);
  return !stop.stop_requested();
}

}  // namespace opsc
