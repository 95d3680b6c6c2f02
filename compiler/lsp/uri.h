// file: URIs and paths.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace opsc::lsp {

// The absolute path of a `file:` URI; nullopt: it is no such URI.
std::optional<std::string> PathOfUri(std::string_view uri);
std::string UriOfPath(std::string_view path);

}  // namespace opsc::lsp
