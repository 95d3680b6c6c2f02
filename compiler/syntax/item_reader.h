// Parses single top-level items of a file, in any order, as they are asked for.
#pragma once

#include <memory>

#include "compiler/syntax/parse.h"

namespace opsc {

// Keeps what is costly to set up from one item to the next. Not thread-safe.
class ItemReader {
 public:
  // `sources` and `diagnostics` outlive it.
  ItemReader(const Sources& sources, FileId file, const ParseOptions& options,
             Diagnostics& diagnostics);
  ~ItemReader();
  ItemReader(const ItemReader&) = delete;
  ItemReader& operator=(const ItemReader&) = delete;

  // The items that begin in [begin, end), with spans in the whole file. REQUIRES: the file is
  // UTF-8.
  ast::File Read(uint32_t begin, uint32_t end);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace opsc
