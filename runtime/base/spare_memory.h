// Memory that is freed and not given back.
#pragma once

namespace opsc {

// Gives what is free in the heap back to the system where that is much: for who has done a piece of
// work and now waits for long.
void ReturnSpareMemory();

// Threads that begin from now on take their memory from the one heap, where all threads give theirs
// back, and not from heaps of their own. For commands whose phases are memory hungry in turn: the
// threads then wait for each other where many of them do nothing but allocate.
void ShareOneHeap();

}  // namespace opsc
