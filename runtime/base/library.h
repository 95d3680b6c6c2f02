// Shared libraries that are loaded when they are first used, not at each start of the program.
#pragma once

#include <dlfcn.h>

#include <string>
#include <string_view>

namespace opsc {

// Where the plugin `name` of this program stands: beside the program, in its ../lib/opsc, or above
// it (for unit programs). Beside the program where it is in none of these.
std::string PluginPath(std::string_view name);

// Sets `symbol` to what the library calls `name`. False where it has no such thing.
template <typename Pointer>
bool FindSymbol(void* library, const char* name, Pointer& symbol) {
  symbol = reinterpret_cast<Pointer>(dlsym(library, name));
  return symbol != nullptr;
}

}  // namespace opsc
