// Diagnostics as text, JSON lines, SARIF 2.1.0 and GitHub annotations.
#pragma once

#include <string>

#include "compiler/diag/diagnostics.h"

namespace opsc {

enum class DiagFormat { kText, kJson, kSarif, kGithub };
enum class Color { kNever, kAlways };

std::string Render(const Diagnostics& diagnostics, const Sources& sources, DiagFormat format,
                   Color color);

}  // namespace opsc
