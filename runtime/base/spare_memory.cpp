#include "runtime/base/spare_memory.h"

#include <malloc.h>

namespace opsc {

void ReturnSpareMemory() {
  constexpr size_t kMuch = size_t{16} << 20;
  if (mallinfo2().fordblks > kMuch) malloc_trim(0);
}

void ShareOneHeap() {
  mallopt(M_ARENA_MAX, 1);
}

}  // namespace opsc
