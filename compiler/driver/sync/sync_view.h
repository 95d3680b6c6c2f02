// Syncs for those who look: status, history, drift and why. Reads beside a running agent.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/driver/project/prepare.h"
#include "compiler/driver/sync/sync_record.h"
#include "compiler/driver/sync/sync_spec.h"
#include "compiler/driver/sync/synced_program.h"

namespace opsc {

// A table with one row a sync, and what is amiss; empty where there is none.
std::string SyncsText(const std::vector<SyncRecord>& records, Time now, bool color);
nlohmann::ordered_json SyncJson(const SyncRecord& record);

// What happened, newest first, at most `limit`.
std::string SyncHistoryText(const SyncRecord& record, size_t limit, Time now, bool color);
nlohmann::ordered_json SyncHistoryJson(const SyncRecord& record, size_t limit);

// `word` is "NAME" or "NAME/REST"; nullptr: it names no sync.
std::pair<const SyncRecord*, std::string> FindSync(const std::vector<SyncRecord>& records,
                                                   const std::string& word);

// What differs from the record, under addresses as `NAME/ADDRESS`. Empty before the first sync.
// REQUIRES: the command has kRunningGroup.
Result<std::vector<Drift>> SyncedDrift(const CliSession& session, const Args& args,
                                       const SyncSpec& spec);

// The program that a sync has applied, and the address in it that the user named.
struct SyncedAddress {
  SyncSpec spec;
  SyncRecord record;
  std::unique_ptr<SyncedProgram> program;
  std::string address;
};
// nullopt: `word` does not begin with the name of a sync and a slash.
Result<std::optional<SyncedAddress>> FindSynced(const CliSession& session, const Prepared& prepared,
                                                const std::string& word);

// Where something that a sync keeps was declared.
struct SyncOrigin {
  SyncRecord record;
  std::string path;  // of the sync's directory in the repository

  std::string FileOf(const Node& node) const;          // relative to the repository's root
  std::string CommitOf(const std::string& run) const;  // " (1a2b3c4d5e Ada: first)" or ""
};
std::string SyncOriginText(const SyncOrigin& origin, Time now);
nlohmann::ordered_json SyncOriginJson(const SyncOrigin& origin);

}  // namespace opsc
