// Texts in the query of a request. Internal to runtime/kube.
#pragma once

#include <string>
#include <string_view>

namespace opsc {

// Percent-encodes all but the unreserved characters of RFC 3986.
std::string EscapeQuery(std::string_view text);

}  // namespace opsc
