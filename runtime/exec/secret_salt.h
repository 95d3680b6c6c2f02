// The key under which secrets stand in cache keys.
#pragma once

#include <string>

#include "runtime/base/result.h"

namespace opsc {

// 32 random bytes, made once for the state directory and readable by its owner only. A secret in a
// cache key is its HMAC under them: a changed secret is seen, and nothing can be guessed from a
// key.
Result<std::string> LoadSecretSalt(const std::string& state_dir);

}  // namespace opsc
