#include "runtime/exec/glob.h"

#include <fmt/format.h>

#include <optional>
#include <span>

#include "runtime/base/env.h"

namespace opsc {
namespace {

bool HasMagic(std::string_view segment) {
  return segment.find_first_of("*?[\\") != std::string_view::npos;
}

// Position behind the set that begins at `at` ("["), or npos where it is not closed.
size_t EndOfSet(std::string_view pattern, size_t at) {
  size_t i = at + 1;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) ++i;
  if (i < pattern.size() && pattern[i] == ']') ++i;  // a first "]" is a member
  while (i < pattern.size() && pattern[i] != ']') ++i;
  return i < pattern.size() ? i + 1 : std::string_view::npos;
}

bool SetContains(std::string_view set, char c) {
  std::string_view body = set.substr(1, set.size() - 2);
  const bool negated = body.starts_with('!') || body.starts_with('^');
  if (negated) body.remove_prefix(1);
  bool found = false;
  const auto code = static_cast<unsigned char>(c);
  for (size_t i = 0; i < body.size(); ++i) {
    const auto low = static_cast<unsigned char>(body[i]);
    if (i + 2 < body.size() && body[i + 1] == '-') {
      const auto high = static_cast<unsigned char>(body[i + 2]);
      found = found || (low <= code && code <= high);
      i += 2;
    } else {
      found = found || low == code;
    }
  }
  return found != negated;
}

// The length of the pattern element at `at` if it matches `c`.
std::optional<size_t> MatchOne(std::string_view pattern, size_t at, char c) {
  switch (pattern[at]) {
    case '?':
      return 1;
    case '[': {
      const size_t end = EndOfSet(pattern, at);
      if (!SetContains(pattern.substr(at, end - at), c)) return std::nullopt;
      return end - at;
    }
    case '\\':
      if (at + 1 < pattern.size()) {
        return pattern[at + 1] == c ? std::optional<size_t>(2) : std::nullopt;
      }
      [[fallthrough]];
    default:
      return pattern[at] == c ? std::optional<size_t>(1) : std::nullopt;
  }
}

// Backtracks to the last `*` only: linear in practice, quadratic at worst.
bool MatchSegment(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0;
  size_t star = std::string_view::npos, star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size()) {
      if (auto length = MatchOne(pattern, p, name[n])) {
        p += *length;
        ++n;
        continue;
      }
    }
    if (star == std::string_view::npos) return false;
    p = star + 1;
    n = ++star_name;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

// Backtracks to the last `**` only, as MatchSegment does to the last `*`.
bool MatchSegments(std::span<const std::string> pattern, std::span<const std::string_view> path) {
  size_t p = 0, n = 0;
  size_t star = std::string_view::npos, star_path = 0;
  while (n < path.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      if (p + 1 == pattern.size()) return true;
      star = p++;
      star_path = n;
      continue;
    }
    if (p < pattern.size() && MatchSegment(pattern[p], path[n])) {
      ++p;
      ++n;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star + 1;
    n = ++star_path;
  }
  return p == pattern.size();
}

std::unexpected<Error> BadPattern(std::string_view pattern, std::string_view why) {
  return Fail(ErrorKind::kInput,
              fmt::format("`{}` is not a pattern for files of the project: {}", pattern, why),
              "patterns are relative to the project root: `src/**/*.cpp`");
}

}  // namespace

Result<Glob> Glob::Parse(std::string_view pattern) {
  if (pattern.starts_with('/')) return BadPattern(pattern, "it is absolute");
  if (pattern.find('\0') != std::string_view::npos) return BadPattern(pattern, "it holds a NUL");
  while (pattern.starts_with("./")) pattern.remove_prefix(2);
  while (pattern.size() > 1 && pattern.ends_with('/')) pattern.remove_suffix(1);
  if (pattern.empty()) return BadPattern(pattern, "it is empty");
  Glob glob;
  bool plain = true;
  for (std::string_view part : Split(pattern)) {
    if (part == "..") return BadPattern(pattern, "`..` could leave the project");
    if (part.empty() || part == ".") continue;
    for (size_t i = 0; i < part.size(); ++i) {
      if (part[i] == '\\') {
        ++i;
      } else if (part[i] == '[') {
        const size_t end = EndOfSet(part, i);
        if (end == std::string_view::npos) return BadPattern(pattern, "`[` is never closed");
        i = end - 1;
      }
    }
    plain = plain && !HasMagic(part);
    if (plain) glob.plain_path_ = JoinPath(glob.plain_path_, part);
    glob.segments_.emplace_back(part);
  }
  glob.is_plain_ = plain;
  if (glob.plain_path_.empty()) glob.plain_path_ = ".";
  glob.base_ = plain ? std::string(DirName(glob.plain_path_)) : glob.plain_path_;
  return glob;
}

bool Glob::Matches(std::string_view path) const {
  if (is_plain_) return path == plain_path_;
  return MatchSegments(segments_, Split(path));
}

}  // namespace opsc
