// What is remembered of a sync, for the agent's next start and for those who look: a JSON document
// `opsc.sync/1` in PROJECT/.ops/agent/NAME/sync.json (docs/formats/sync.md), replaced as a whole.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/project/project.h"
#include "runtime/reconcile/schedule.h"

namespace opsc {

// One thing that happened: a revision that was tried, drift that was seen.
struct SyncEntry {
  Time time{};
  std::string state = {};  // synced, healed, drifted, refused, failed
  std::string revision = {};
  std::string author = {};
  std::string subject = {};  // of the commit
  std::string signer = {};
  std::string message = {};
  std::string run = {};  // in the sync's journal; empty: nothing was done
};

struct SyncRecord {
  std::string name;
  std::string url;                 // without a password
  std::string path;                // of the directory in the repository
  std::string ref;                 // "branch `main`"
  std::string rules;               // digest of the sync's fields when `applied` was made true
  SyncMemory memory;               // its times are not kept: a start looks at everything anew
  std::string fetch_error;         // why the origin could not be read the last time; empty: it was
  std::vector<std::string> left;   // no longer in Git, and there
  std::vector<SyncEntry> history;  // oldest first, bounded

  const SyncEntry* last() const { return history.empty() ? nullptr : &history.back(); }
  // Of the revision that the world was last made to be.
  const SyncEntry* applied() const;
  void Add(SyncEntry entry);
};

std::string SyncStateDirectory(const Project& project, const std::string& name);

// nullopt: there is none yet. kCorrupt where it cannot be read.
Result<std::optional<SyncRecord>> ReadSyncRecord(Env& env, const std::string& state_dir);
Status WriteSyncRecord(Env& env, const std::string& state_dir, const SyncRecord& record);

// Of every sync that an agent has worked on here, by name.
Result<std::vector<SyncRecord>> ReadSyncRecords(Env& env, const Project& project);

nlohmann::ordered_json SyncEntryJson(const SyncEntry& entry);

}  // namespace opsc
