// The file PROJECT/.ops/state.db: its tables, its creation and what may be opened.
#pragma once

#include <memory>
#include <string>

#include "runtime/store/sqlite.h"

namespace opsc {

// What stands for the life of a state.
struct StateIdentity {
  std::string salt;     // 32 bytes
  std::string lineage;  // 32 hex digits: which state this is, kept by export and import
};

inline std::string StateDbPath(const std::string& state_dir) {
  return state_dir + "/state.db";
}

// Opens the state's database; makes it, whole and under its final name only, where there is none.
// A file that is not ours is kCorrupt, one of a newer opsc kInput; neither is touched.
Result<std::unique_ptr<Database>> OpenStateDb(const std::string& state_dir);
Result<StateIdentity> ReadIdentity(Database& db);

}  // namespace opsc
