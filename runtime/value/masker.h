// Takes secrets out of a stream of bytes, in every form in which programs print them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace opsc {

// Shorter secrets are not masked: hiding every `a` would only tell what the secret is.
inline constexpr size_t kShortestMasked = 4;

// Everything that stands for `secret` in the output of programs: itself, each of its lines, text
// leaves where it is JSON; and of each of these the base64 (standard and URL alphabet, at all three
// alignments, also wrapped into lines), hex, URL, JSON, shell, XML and C forms. Distinct, each at
// least kShortestMasked bytes long.
std::vector<std::string> SecretForms(std::string_view secret);

// A set of byte strings to hide. Immutable and thread-safe once made; shared by all tasks of a run.
//
// Every pattern is entered by the hash of its first four bytes into a bitmap that stays in the
// cache, so a byte that begins no pattern costs one load; only where the bitmap says yes are
// patterns compared.
class SecretPatterns {
 public:
  explicit SecretPatterns(const std::vector<std::string>& secrets);

  bool empty() const { return patterns_.empty(); }
  // What stands at the beginning of `text`: the longest whole pattern, and whether a longer one
  // could still be completed by bytes that are not there yet.
  struct Hit {
    size_t length = 0;
    bool unfinished = false;
  };
  Hit At(std::string_view text) const;

 private:
  static uint32_t Hash(const char* four_bytes);

  std::vector<std::string> patterns_;
  std::vector<uint64_t> bitmap_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> by_prefix_;  // first four bytes -> patterns
  std::vector<bool> first_byte_;
};

// One stream. `Feed` appends to `out` what may be seen of the bytes so far; a tail that could be
// the beginning of a secret waits for the next call. Occurrences that overlap or touch become one
// `***`.
class Masker {
 public:
  explicit Masker(std::shared_ptr<const SecretPatterns> patterns);

  void Feed(std::string_view bytes, std::string& out);
  void Finish(std::string& out);  // end of the stream: nothing waits any more

 private:
  // Returns how many bytes of `text` are dealt with.
  size_t Scan(std::string_view text, bool at_end, std::string& out);

  std::shared_ptr<const SecretPatterns> patterns_;  // shared with the maskers of other tasks
  std::string waiting_;
  size_t covered_ = 0;  // bytes at the front of `waiting_` that a found secret still covers
  bool star_written_ = false;
};

}  // namespace opsc
