#include <cstdio>
#include <ctime>

#include "runtime/base/env.h"

namespace opsc {

std::string FormatTime(Time time) {
  auto milliseconds =
      std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  auto seconds = static_cast<std::time_t>(milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0));
  auto fraction = static_cast<int>(milliseconds - static_cast<int64_t>(seconds) * 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
                utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, fraction);
  return text;
}

std::optional<std::string> NormalRelativePath(std::string_view path) {
  if (path.starts_with('/') || path.find('\0') != std::string_view::npos) return std::nullopt;
  std::vector<std::string_view> parts;
  while (true) {
    size_t slash = path.find('/');
    std::string_view part = path.substr(0, slash);
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  std::string normal;
  for (std::string_view part : parts) {
    if (!normal.empty()) normal += '/';
    normal += part;
  }
  return normal.empty() ? "." : normal;
}

std::string JoinPath(std::string_view base, std::string_view relative) {
  if (relative.starts_with('/') || base.empty() || base == ".") return std::string(relative);
  if (relative.empty() || relative == ".") return std::string(base);
  std::string joined(base);
  if (!joined.ends_with('/')) joined += '/';
  joined += relative;
  return joined;
}

std::string_view BaseName(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view DirName(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

}  // namespace opsc
