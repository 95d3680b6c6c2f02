// A resource kind: how things of one type are observed, compared and made true.
// Adding one is a declaration in stdlib/, a file in runtime/kind/ and a row in its table.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/event.h"
#include "runtime/base/watch.h"
#include "runtime/graph/state.h"

namespace opsc {

class ContentStore;

// Whether a change is done when it is made, or when what was made works.
enum class Await : uint8_t { kHealthy, kNothing };

// What a kind may use. All pointers outlive the call.
struct KindContext {
  Env* env = nullptr;
  ContentStore* store = nullptr;
  std::string project_root;  // absolute; where relative paths of what is made lead
  std::string source_root;   // absolute; where files of the sources are read; empty: project_root
  std::string state_dir;     // absolute: PROJECT/.ops
  std::string self_exe;      // absolute path of this opsc, for supervisors
  std::string run_id;
  std::string state_id;  // of the recorded state, the same for all who share it; no secret
  EventSink* events = nullptr;
  std::stop_token stop;
  // Questions of one pass over the world may be answered from one reading of it; 0: read anew.
  uint64_t pass = 0;
  Await await = Await::kHealthy;
  // Set while a change is made: to be called, once, when the call does nothing but wait from now on
  // for what others do, so that another change may begin.
  std::function<void()> only_waits = {};

  // Tells the user, where somebody listens, how it stands with `address`.
  void Say(Event::Type type, const std::string& address, std::string message) const;
};
// A number that no other pass of this process has.
uint64_t NewPass();

// What is really there.
struct Observed {
  bool exists = false;
  // The same shape as the recorded fields, as far as the kind can see them; only what it returns is
  // compared for drift.
  Value fields;
  Digest digest;  // of all that was seen: a plan made on another digest is stale
  Value outs{};   // those that are others by now than recorded: the pid of what was started again
  // Of a Lookup: others may have made it and keep parts of it. What differs is then changed by
  // Create and not refused; who is in the way is told by Preview.
  bool shared = false;
};

// What a change would come to, told by those who would make it.
struct Forecast {
  bool known = false;  // false: nobody can tell; what was asked for is all that is known
  Value before;        // all fields as they are; null: not there
  Value after;         // all fields as they would be: with defaults, normalised
  // What is not there yet, so that nobody could be asked: fine where the plan makes it.
  std::string missing = {};
  std::vector<std::string> remarks = {};  // to be said with the plan
};

// Names of what a thing makes available to others, and of what it needs where that is there.
struct NaturalOrder {
  std::vector<std::string> provides;
  std::vector<std::string> needs;
};

enum class Compare { kSame, kUpdate, kReplace };

// What an effect left behind.
struct Applied {
  Value outs;      // record
  Value recorded;  // the kind's notes for the next run
};

struct ApplyRequest {
  std::string address;
  std::string token;  // idempotency token of the intent
  Value fields;       // fully known
  std::optional<StateEntry> prior;
  int64_t timeout_ns = 0;
};

// What the engine does with a node of a type.
enum class Role {
  kTask,      // a computation, cached
  kAction,    // an effect, run when asked for
  kResource,  // a desired state; needs a Kind
  kNote,      // speaks about other nodes (pipeline, policy, ...): nothing is done for it
};
Role RoleOf(std::string_view type);

// Implementations are stateless and thread-safe: calls for different addresses run in parallel.
class Kind {
 public:
  virtual ~Kind() = default;
  virtual std::string_view name() const = 0;  // of the extern type

  // Reads the world. Never changes it.
  virtual Result<Observed> Observe(const KindContext& context, const StateEntry& prior) = 0;
  // Is there something at the place where `fields` would be created? Used to adopt or refuse.
  virtual Result<Observed> Lookup(const KindContext& context, const std::string& address,
                                  const Value& fields) = 0;
  // Which of the changed paths force a replacement.
  virtual bool Replaces(std::string_view path) const = 0;
  // Something half done is brought to its end by Update; false: it has to be replaced.
  virtual bool MendsByUpdate() const { return false; }
  // Beside what the program says: what of the same kind has to be there first. Fields may be
  // pending.
  virtual NaturalOrder OrderOf(const Value& fields) const;
  // What of the world a thing with these fields has for itself ("path /etc/motd", "port 8080"): two
  // that claim the same are refused. Fields may be pending; what is not known yet is left out.
  virtual std::vector<std::string> ClaimsOf(const KindContext& context, const Value& fields) const;
  // What Create or Update with `request` would come to. Never changes the world. An error is one
  // that the change would end in as well.
  virtual Result<Forecast> Preview(const KindContext& context, const ApplyRequest& request);
  // Things of one likeness are created or refused alike: a Preview of one speaks for all. Empty:
  // only for itself.
  virtual std::string LikenessOf(const Value& fields) const;
  // Creating what is there already exactly as desired succeeds and takes it over ("adopt").
  virtual Result<Applied> Create(const KindContext& context, const ApplyRequest& request) = 0;
  virtual Result<Applied> Update(const KindContext& context, const ApplyRequest& request) = 0;
  // Deleting what is gone already succeeds.
  virtual Status Delete(const KindContext& context, const StateEntry& prior,
                        const std::string& token) = 0;
  // After a crash between intent and result: what of `intent` became true? nullopt: nothing, retry.
  virtual Result<std::optional<Applied>> Recover(const KindContext& context,
                                                 const OpenIntent& intent) = 0;
  // Calls `changed`, from a thread of its own, when somebody else may have changed one of
  // `entries`. Best effort: what it misses is found by the next look. nullptr: this kind cannot
  // tell.
  virtual std::unique_ptr<Watch> WatchEntries(const KindContext& context,
                                              std::span<const StateEntry> entries,
                                              std::function<void()> changed);
};

// Kinds by name of their extern type.
class KindTable {
 public:
  void Add(std::unique_ptr<Kind> kind);
  Kind* Find(std::string_view type) const;  // nullptr where no kind has the name
  std::vector<std::string_view> Names() const;

 private:
  std::vector<std::unique_ptr<Kind>> kinds_;
};

}  // namespace opsc
