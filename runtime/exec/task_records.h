// What is known of earlier runs: results by key, and the last key of each task.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/result.h"
#include "runtime/exec/framed_file.h"
#include "runtime/exec/result_use.h"
#include "runtime/graph/content_store.h"
#include "runtime/graph/task.h"

namespace opsc {

// The last run of a task, to say what has changed since.
struct LastRun {
  Digest key;
  bool ok = false;
  std::vector<KeyPart> parts;
};

// Results are records of the content store (format: docs/formats/cache.md), with an index of all of
// them in one file, so that a look-up reads no file of its own. The store decides; index and last
// runs may be deleted at any time. What this process records itself goes to the file and is not
// kept in memory: nobody looks it up again soon. Thread-safe.
class TaskRecords {
 public:
  TaskRecords(const std::string& state_dir, ContentStore* store);

  // The outs recorded for exactly this key, if every blob of them is in the store.
  Result<std::optional<Value>> Find(const TaskKey& key);
  // REQUIRES: everything that `outs` names is in the store.
  struct Success {
    Value outs;
    int64_t duration_ns = 0;
    std::string log_path;
  };
  Status RecordSuccess(const TaskKey& key, const Success& success);
  Status RecordFailure(const TaskKey& key);
  std::optional<LastRun> Last(const std::string& address);
  // Writes what the index has learnt, and which results were used.
  Status Save(Time now);

 private:
  void LoadIndex();
  void LoadLast();
  Status RecordLast(const TaskKey& key, bool ok);
  // `encoded` is to be in the index, as the newest result of the address.
  void AddToIndex(std::string_view address, std::string encoded);
  Status WriteFresh();
  Status SaveIndex();
  Status CompactIndex();
  Status CompactLast();

  const std::string index_path_;
  const std::string last_path_;
  ContentStore* const store_;
  std::mutex mutex_;

  bool index_loaded_ = false;
  size_t index_in_file_ = 0;                       // records in the file, replaced ones too
  std::unordered_map<Digest, std::string> index_;  // by key, encoded: outs, and their blobs
  std::vector<std::string> fresh_;                 // encoded, not in the file yet
  std::unordered_set<std::string> addresses_;      // of all in the file: each has one newest result

  ResultUse use_;

  bool last_loaded_ = false;
  size_t last_in_file_ = 0;
  std::unordered_map<std::string, FramePlace> last_;  // address -> newest LastRun, in the file
};

}  // namespace opsc
