#include "runtime/base/spare_memory.h"

#include <malloc.h>

namespace opsc {

void ReturnSpareMemory() {
  constexpr size_t kMuch = size_t{16} << 20;
  if (mallinfo2().fordblks > kMuch) malloc_trim(0);
}

}  // namespace opsc
