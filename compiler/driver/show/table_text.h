// Columns of text.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/env.h"

namespace opsc {

// Rows of equal length, columns padded to their widest cell, two spaces between.
std::string TableText(const std::vector<std::vector<std::string>>& rows);

// "3s ago", "5min ago", "2d ago".
std::string AgoText(Time then, Time now);

}  // namespace opsc
