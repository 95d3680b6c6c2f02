#include "runtime/value/masker.h"

#include <algorithm>
#include <cstring>

namespace opsc {
namespace {

constexpr int kBitmapBits = 18;
constexpr std::string_view kMask = "***";

}  // namespace

uint32_t SecretPatterns::Hash(const char* four_bytes) {
  uint32_t word;
  std::memcpy(&word, four_bytes, sizeof word);
  return word;
}

SecretPatterns::SecretPatterns(const std::vector<std::string>& secrets)
    : bitmap_((size_t{1} << kBitmapBits) / 64), first_byte_(256) {
  for (const std::string& secret : secrets) {
    for (std::string& form : SecretForms(secret)) patterns_.push_back(std::move(form));
  }
  std::ranges::sort(patterns_, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  const auto repeated = std::ranges::unique(patterns_);
  patterns_.erase(repeated.begin(), repeated.end());
  for (uint32_t i = 0; i < patterns_.size(); ++i) {
    const uint32_t prefix = Hash(patterns_[i].data());
    by_prefix_[prefix].push_back(i);  // longest first, as the patterns are sorted
    const uint32_t bit = (prefix * 0x9E3779B1u) >> (32 - kBitmapBits);
    bitmap_[bit / 64] |= uint64_t{1} << (bit % 64);
    first_byte_[static_cast<unsigned char>(patterns_[i].front())] = true;
  }
}

SecretPatterns::Hit SecretPatterns::At(std::string_view text) const {
  Hit hit;
  if (text.size() < kShortestMasked) {
    if (text.empty() || !first_byte_[static_cast<unsigned char>(text.front())]) return hit;
    hit.unfinished = std::ranges::any_of(
        patterns_, [&](const std::string& pattern) { return pattern.starts_with(text); });
    return hit;
  }
  const uint32_t prefix = Hash(text.data());
  const uint32_t bit = (prefix * 0x9E3779B1u) >> (32 - kBitmapBits);
  if ((bitmap_[bit / 64] >> (bit % 64) & 1) == 0) [[likely]]
    return hit;
  const auto bucket = by_prefix_.find(prefix);
  if (bucket == by_prefix_.end()) return hit;
  for (const uint32_t index : bucket->second) {
    const std::string& pattern = patterns_[index];
    if (pattern.size() > text.size()) {
      hit.unfinished = hit.unfinished || pattern.starts_with(text);
    } else if (text.starts_with(pattern)) {
      hit.length = pattern.size();
      return hit;
    }
  }
  return hit;
}

Masker::Masker(std::shared_ptr<const SecretPatterns> patterns) : patterns_(std::move(patterns)) {}

size_t Masker::Scan(std::string_view text, bool at_end, std::string& out) {
  size_t shown_from = 0;  // bytes before it have been written or hidden
  size_t i = 0;
  const auto show = [&](size_t end) {
    if (end > shown_from) {
      out.append(text.substr(shown_from, end - shown_from));
      star_written_ = false;
    }
  };
  while (i < text.size()) {
    const SecretPatterns::Hit hit = patterns_->At(text.substr(i));
    if (hit.unfinished && !at_end) break;
    if (hit.length > covered_) {
      if (covered_ == 0) show(i);
      if (!star_written_) out.append(kMask);
      star_written_ = true;
      covered_ = hit.length;
    }
    ++i;
    if (covered_ > 0) {
      --covered_;
      shown_from = i;
    }
  }
  if (covered_ == 0) show(i);
  return i;
}

void Masker::Feed(std::string_view bytes, std::string& out) {
  if (patterns_->empty()) {
    out.append(bytes);
    return;
  }
  if (waiting_.empty()) {
    waiting_.assign(bytes.substr(Scan(bytes, false, out)));
    return;
  }
  waiting_.append(bytes);
  waiting_.erase(0, Scan(waiting_, false, out));
}

void Masker::Finish(std::string& out) {
  Scan(waiting_, true, out);
  waiting_.clear();
}

}  // namespace opsc
