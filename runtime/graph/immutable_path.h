// Fields that are never changed in place, among those whose change replaces.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace opsc {

// An entry of Meta::replace_when that the type of the instance asks for (`@immutable`), not the
// source: "@spec.selector". No path of a field begins so.
inline std::string ImmutablePath(std::string_view path) {
  return "@" + std::string(path);
}

// The path of such an entry; nullopt: the source named it.
inline std::optional<std::string_view> ImmutableIn(std::string_view entry) {
  return entry.starts_with('@') ? std::optional(entry.substr(1)) : std::nullopt;
}

}  // namespace opsc
