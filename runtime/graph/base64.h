// Base64 (RFC 4648, section 4) for the exact values in documents.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace opsc {

std::string EncodeBase64(std::string_view bytes);
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace opsc
