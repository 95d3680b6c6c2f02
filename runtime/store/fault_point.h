// A testing aid: the environment variable OPSC_FAULT makes opsc kill itself at a chosen moment.
//
//   OPSC_FAULT=journal:N          SIGKILL immediately before the N-th durable journal commit
//   OPSC_FAULT=journal:N:before   of this process (N from 1)
//   OPSC_FAULT=journal:N:after    SIGKILL immediately after it
//
// Anything else in the variable is ignored. Tests under test/faults/ use it.
#pragma once

#include <cstdint>

namespace opsc {

// The fault asked for by the environment, and the count of commits so far. Not thread-safe.
class JournalFault {
 public:
  JournalFault();  // reads OPSC_FAULT
  void BeforeCommit();
  void AfterCommit();

 private:
  uint64_t kill_at_ = 0;  // 0: never
  bool after_ = false;
  uint64_t commits_ = 0;
};

}  // namespace opsc
