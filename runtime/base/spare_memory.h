// Memory that is freed and not given back.
#pragma once

namespace opsc {

// Gives what is free in the heap back to the system where that is much: for who has done a piece of
// work and now waits for long.
void ReturnSpareMemory();

}  // namespace opsc
