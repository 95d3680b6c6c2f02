// Where the declarations of a generated file stand, found without parsing it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace opsc {

// One top-level declaration: bytes [begin, end) with its documentation and annotations.
struct IndexedDecl {
  std::string_view name;  // what it declares; of an import: the name that the module gets
  uint32_t begin = 0;
  uint32_t end = 0;
  // If it is known; kBroken: a value or a type.
  enum class Kind : uint8_t { kAny, kValue, kFunction, kType, kBroken } kind = Kind::kAny;
};

// The declarations of a file whose first line says `// Code generated … DO NOT EDIT.`, so that each
// is parsed only when something names it. nullopt: the file is to be read whole, because it is
// written by hand, is not as `opsc fmt` writes it, or holds more than imports, types and functions.
// REQUIRES: `text` outlives the result.
std::optional<std::vector<IndexedDecl>> IndexDeclarations(std::string_view text);

}  // namespace opsc
