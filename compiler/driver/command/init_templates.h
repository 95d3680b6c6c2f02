// The projects that `opsc init` writes.
#pragma once

#include <span>
#include <string_view>

namespace opsc {

struct TemplateFile {
  std::string_view path;
  std::string_view text;
};

// "ci" or "full"; empty for other names.
std::span<const TemplateFile> TemplateFiles(std::string_view name);

}  // namespace opsc
