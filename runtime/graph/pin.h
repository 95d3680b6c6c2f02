// Files of the project by content: what a resource uses is the file as it was when it was planned.
#pragma once

#include <string>

#include "runtime/graph/kind.h"

namespace opsc {

// `fields`, with the digest of its content in each file of the project that is named in them, so
// that another content is another value: to be compared, recorded, refused where it moved. What is
// not there (yet) stays as it is, like what a task makes.
Result<Value> PinSources(const KindContext& context, const Value& fields);

// What a symbolic link at `path`, which is absolute, leads to in the end.
Result<std::string> FollowLinks(Env& env, std::string path);

// Fails (kConflict) where the file is not the one any more that was pinned.
Status CheckPin(const FileRep& file, const Digest& now);

}  // namespace opsc
