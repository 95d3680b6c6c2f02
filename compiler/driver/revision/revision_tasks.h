// Tasks of a revision, which are keyed and never run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/graph/content_store.h"
#include "runtime/graph/task.h"

namespace opsc {

// The results that are taken to be there, of whatever revision.
struct AssumedResults {
  std::map<Digest, Value> outs;         // by the digest of the key
  std::map<std::string, TaskKey> keys;  // by address
};

// Keys are made of commands, environments and the inputs that `env` has below `project_root`; tools
// are left out: they are those of this machine for both revisions. One thread at a time for Assume.
class RevisionTasks : public TaskRunner {
 public:
  // Everything outlives this.
  RevisionTasks(std::string project_root, Env* env, AssumedResults* results);
  ~RevisionTasks() override;

  // Takes the task to have run, with outputs that stand for themselves.
  Result<Value> Assume(const TaskSpec& spec);

  Result<TaskKey> Key(const TaskSpec& spec) override;
  Result<std::optional<Value>> Lookup(const TaskKey& key) override;
  std::vector<Reason> Explain(const std::string& address, const TaskKey& key) override;
  Status Materialize(const std::string& address, const Value& outs) override;
  Result<TaskResult> Run(const TaskSpec& spec, const TaskKey& key, EventSink& events,
                         std::stop_token stop) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace opsc
