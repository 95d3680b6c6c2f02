#include "compiler/eval/frames.h"

#include <algorithm>

namespace opsc::eval {

void ValueStack::Grow(size_t count) {
  constexpr size_t kChunk = 4096;
  size_t next = chunks_.empty() ? 0 : top_.chunk + 1;
  if (next >= chunks_.size()) {
    size_t size = std::max(kChunk << std::min<size_t>(next, 8), count);
    chunks_.push_back(Chunk{std::make_unique<Value[]>(size), size});
  } else if (chunks_[next].size < count) {
    chunks_[next] = Chunk{std::make_unique<Value[]>(count), count};
  }
  top_ = Mark{next, 0};
}

}  // namespace opsc::eval
