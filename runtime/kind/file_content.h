// What a file should hold and what it holds.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/graph/kind.h"

namespace opsc {

// The bytes that a field of type `string | file | secret string` stands for.
struct FileContent {
  std::string bytes;
  bool secret = false;
};

// A string, a file of the project, or a task's output out of the store.
Result<FileContent> ReadContent(const KindContext& context, const Value& content);

// Hex. With a salt: a keyed digest, which says nothing about a secret.
std::string ContentDigest(std::string_view bytes, const std::string& salt);

// Bytes as a plan shows them: short text as it is, else their digest.
Value ShowBytes(std::string_view bytes);

}  // namespace opsc
