// Who holds a lock, as it stands in the lock's file (JSON, see docs/formats/state.md).
#pragma once

#include <optional>
#include <string>

#include "runtime/store/store.h"

namespace opsc {

// A holder with what tells its machine and its process numbers from others.
struct HolderRecord {
  LockHolder holder;
  std::string boot_id;        // of the kernel: containers of one machine share it
  std::string pid_namespace;  // in which `pid` counts

  bool on_this_machine() const;  // also: it was, before a restart
  bool same_pid_namespace() const;
};

HolderRecord ThisProcess(const std::string& command);  // `expires` is not set
Status WriteHolder(int fd, const HolderRecord& record);
// nullopt: the file is empty, or says nothing that can be read.
std::optional<HolderRecord> ReadHolder(int fd);

}  // namespace opsc
