// Where the path of a resource is, and the directories made on the way to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/kind.h"

namespace opsc {

// The absolute path of what a user wrote: relative to the project root and inside it, or absolute.
// Refuses what leaves the project without being absolute, and what lies in opsc's own directory.
Result<std::string> ResolvePath(const KindContext& context, std::string_view path);

// What a thing at this path claims for itself, see Kind::ClaimsOf; a path that cannot be resolved
// claims nothing.
std::vector<std::string> PathClaims(const KindContext& context, std::string_view path);

// Makes the missing directories above `path`. Each is noted in `.ops/made/` before it is made, so
// that RemoveMadeParents knows it also after a crash.
Status MakeParents(const KindContext& context, const std::string& path);

// Removes the directories above `path` that are empty and noted, deepest first.
Status RemoveMadeParents(const KindContext& context, const std::string& path);

// Notes that `directory` may go once it is empty; takes such a note back and says whether there was
// one.
Status NoteMade(const KindContext& context, const std::string& directory);
Result<bool> TakeBackNote(const KindContext& context, const std::string& directory);

// With `create_first` a new one is made beside the old one: not possible where both have one path,
// because the old one's deletion would hit the new one.
Status RefuseSamePlace(const KindContext& context, const ApplyRequest& request,
                       const std::string& path);

// "644" -> 0644; what is no octal number: `fallback`.
uint32_t ParseMode(std::string_view octal, uint32_t fallback);
std::string PrintMode(uint32_t mode);

// The path of a file of the sources, which need not be where things are made. Links are followed.
Result<std::string> ResolveSource(const KindContext& context, std::string_view path);

// Watches what stands at the field `path` of each entry.
std::unique_ptr<Watch> WatchPathsOf(const KindContext& context, std::span<const StateEntry> entries,
                                    std::function<void()> changed);

}  // namespace opsc
