// The place of the cursor as a hole in a piece that parses, whatever is broken around it.
#pragma once

#include "compiler/lsp/workspace.h"

namespace opsc::lsp {

struct HoleAt {
  enum class In : uint8_t {
    kNothing,     // a comment, or text
    kItem,        // where a declaration begins
    kAnnotation,  // behind `@`
    kImport,      // behind `import`: `typed` is what is there of the name or path
    kPiece,       // inside of a declaration: see `slice`
  } in = In::kNothing;
  uint32_t begin = 0;  // in the file: of what is typed so far
  std::string typed;
  bool in_string = false;  // then `typed` is without the quote
  bool is_number = false;
  std::shared_ptr<Slice> slice;  // null: nothing is known of the place
};

HoleAt FindHole(const Spot& spot);

}  // namespace opsc::lsp
