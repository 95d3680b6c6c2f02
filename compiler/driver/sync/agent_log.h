// What an agent says: lines for people, or events for machines (docs/formats/events.md).
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/live/run_output.h"
#include "compiler/driver/sync/sync_record.h"

namespace opsc {

// Thread-safe: lines of several syncs do not mix.
class AgentLog {
 public:
  explicit AgentLog(const CliSession& session) : session_(session) {}

  // One thing that happened to the sync `name`; `details` (several lines) for people only.
  void Say(const std::string& name, const SyncEntry& entry, const std::string& details = {});
  // Of the agent itself.
  void Note(const std::string& message);
  // What a run of the sync does: its addresses are `NAME/ADDRESS`.
  std::unique_ptr<RunOutput> MakeOutput(const std::string& name);

 private:
  friend class SyncOutput;
  void Write(const std::string& text);

  const CliSession& session_;
  std::mutex mutex_;
};

}  // namespace opsc
