// One chunk of tokens → the items that it holds.
#pragma once

#include "compiler/syntax/build.h"

namespace opsc::syntax {

inline constexpr size_t kHeightALevel = 5;  // chained operators that one level of nesting is worth

// Where a chunk stands: the first of a file may be its `edition`.
enum class ChunkPlace : uint8_t { kFirst, kLater };

// Adds the items of `b.chunk` to `b.file`: a broken one is reported and becomes an ErrorDecl.
void ReadItems(Builder& b, ChunkParser& parser, ChunkPlace place);

// Whether any chunk of the file was read before.
inline ChunkPlace PlaceAfter(const ast::File& file) {
  return file.items.empty() && !file.edition ? ChunkPlace::kFirst : ChunkPlace::kLater;
}

void ReportFailure(Builder& b, const ParseFailure& failure);

}  // namespace opsc::syntax
