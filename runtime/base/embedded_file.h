// A file that is built into the program.
#pragma once

#include <string_view>

namespace opsc {

struct EmbeddedFile {
  std::string_view path;  // below the folder that is embedded
  std::string_view text;
};

}  // namespace opsc
