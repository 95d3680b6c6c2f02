// The process between a supervisor and a command: see ProcessTree.
#pragma once

#include <cstdint>

#include "runtime/kind/process_tree.h"

namespace opsc {

// What the supervisor says: one byte each.
inline constexpr char kKeeperTerminate = 'T';
inline constexpr char kKeeperKill = 'K';

// What the keeper says: fixed-size messages over a stream socket of one machine.
struct KeeperReport {
  enum Type : int32_t { kStarted, kNotStarted, kExited, kSignalled };
  Type type;
  int32_t value;  // pid, errno, exit code, signal
};

// Inherited descriptors of a keeper.
struct KeeperChannels {
  int control;  // socket to the supervisor
  int output;   // where the command's output goes
};

// The whole life of a keeper. REQUIRES: called in a fresh fork of a process with one thread.
[[noreturn]] void RunKeeper(const TreeCommand& command, KeeperChannels channels);

}  // namespace opsc
