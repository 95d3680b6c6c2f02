// Is a text UTF-8?
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace opsc::syntax {

// The offset of the first byte that is not part of a well-formed character (RFC 3629).
std::optional<size_t> FindInvalidUtf8(std::string_view text);

}  // namespace opsc::syntax
