// One apply while it goes on: what its steps share. Internal to runtime/exec.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/exec/apply.h"
#include "runtime/graph/workers.h"

namespace opsc {

// How one node ended.
enum class NodeResult : uint8_t { kWaiting, kOk, kFailed, kSkipped, kCancelled };
std::string_view ResultName(NodeResult result);  // as in StepRecord and `result(x)`

// Takes events and does nothing with them.
class NullSink : public EventSink {
 public:
  void Take(const Event&) override {}
};

// What the steps of one item read, from its turn on until it has ended.
struct ApplyWork {
  std::optional<Observed> observed;  // sealed; read again before the start
  Program::Resolved resolved;
  Value sealed;  // resolved.fields as they are recorded
  TaskKey key;
  double cpu = 1;  // processors it takes while it runs
  Time started{};
  std::chrono::steady_clock::time_point began{};
  Value outs;                               // until they are known to all
  std::stop_source stop{std::nostopstate};  // made when it starts
};

// One node of the plan (or a pipeline or other note between them: `change` is null).
struct ApplyItem {
  const Change* change = nullptr;
  const Node* node = nullptr;  // null: only in the state
  NodeResult result = NodeResult::kWaiting;
  bool restored = false;  // a cached task whose outputs are in place
  enum class Room : uint8_t { kNone, kLookup, kEffect, kProcessors } room = Room::kNone;
  bool running = false;
  bool cached = false;     // its recorded result stands
  bool unchanged = false;  // there was nothing to do
  bool journaled = false;  // its step is in the journal already
  std::atomic<bool> timed_out = false;

  const std::string& address() const { return change != nullptr ? change->address : node->address; }
  // Made at the first use: of many items few are at work at the same time.
  ApplyWork& work() {
    if (!work_) work_ = std::make_unique<ApplyWork>();
    return *work_;
  }
  const ApplyWork& work() const;  // an empty one where there is none
  // It has ended: gives back what only its own steps read.
  void Release() { work_.reset(); }

 private:
  std::unique_ptr<ApplyWork> work_;
};

// What a worker says about an item. `error` with `fatal` is one of opsc itself: it ends the run.
struct Answer {
  enum class Kind {
    kMissed,     // a task whose result is not known: to be run
    kCached,     // a task whose recorded result stands
    kDone,       // `outs` are known now
    kUnchanged,  // turned out to be as desired
    kFailed,
    kCancelled,
    kFlushed,  // a batch of records is durable (no item)
    kWake,     // look at the stop token (no item)
  };
  Kind kind = Kind::kDone;
  size_t item = SIZE_MAX;
  Value outs;
  std::string message;
  bool journaled = false;  // its step is in the journal already
  bool denied = false;     // kFailed: a gate said no
  std::optional<Error> fatal;
};

// The shared part of a run: read by workers, changed only by the coordinating thread.
struct ApplyRun {
  static constexpr size_t kEffects = 64;  // at the same time: what one commit of the journal groups
  static constexpr size_t kLookups = 32;  // tasks being keyed at the same time
  static constexpr int kKindCalls = 16;   // by default

  ApplyRun(const Plan& the_plan, const ApplyInputs& the_inputs, const ApplyOptions& the_options)
      : plan(the_plan),
        inputs(the_inputs),
        options(the_options),
        kind_calls(the_options.parallel > 0 ? the_options.parallel : kKindCalls) {}

  const Plan& plan;
  const ApplyInputs& inputs;
  const ApplyOptions& options;
  std::string run_id;
  std::vector<ApplyItem> items;                        // never grows: items stay where they are
  std::unordered_map<std::string_view, size_t> index;  // of items, by address
  std::vector<OpenIntent> abandoned;  // tasks that a killed opsc had running elsewhere
  std::unordered_map<std::string, StateEntry> entries;  // the state at the start, after moves
  NullSink null_sink;
  std::counting_semaphore<> kind_calls;
  ApplyResult result;

  EventSink& events() {
    return inputs.kind_context.events != nullptr ? *inputs.kind_context.events : null_sink;
  }
  Time Now() const;
  const StateEntry* Prior(const std::string& address) const {
    auto found = entries.find(address);
    return found == entries.end() ? nullptr : &found->second;
  }
  const std::string& salt() const { return inputs.journal->secret_salt(); }
  void Say(Event::Type type, const std::string& address, std::string message,
           std::chrono::nanoseconds duration = {});
  // A step of `item` that ends now.
  StepRecord Step(const ApplyItem& item, std::string_view action, std::string_view outcome,
                  std::string message) const;
  // Never the same for two effects; the same for all attempts of one.
  std::string Token(const ApplyItem& item, std::string_view action) const;
  KindContext Context(std::stop_token stop) const;
};

// "what happened (the way out)".
std::string Text(const Error& error);
Answer FatalAnswer(size_t item, Error error);

// --- before anything is done ---

// Refuses a plan that does not fit the sources, the state or the world any more, or that a check
// denies; remembers what it saw in the items.
Status CheckFresh(ApplyRun& run, Workers& workers);
// Renames in the state what the plan moves.
Status ApplyMoves(const Plan& plan, Journal& journal);

// Fills in `abandoned`, and removes at once what the plan does not want: it may hold what others
// need. What is wanted is found and carried on when its turn comes.
Status FindAbandonedTasks(ApplyRun& run);
// Closes all of them at the end, when nothing of them is wanted any more.
Status CloseAbandonedTasks(ApplyRun& run);
// Of one task, once its token is known. On workers.
void RemoveOtherRuns(ApplyRun& run, const std::string& address, const std::string& token);

// --- on workers ---

// Key, look-up and, where the result is known, outputs in place; kMissed otherwise.
Answer LookUpTask(ApplyRun& run, ApplyItem& item);
// Puts the outputs of a task that the plan found cached in place; kMissed where the store lost
// them.
Answer RestoreOutputs(ApplyRun& run, ApplyItem& item);
Answer RunTask(ApplyRun& run, ApplyItem& item);
Answer RunAction(ApplyRun& run, ApplyItem& item);
// Create, update, replace, adopt: what the item's change says, if its resolved fields still need
// it.
Answer MakeTrue(ApplyRun& run, ApplyItem& item);
Answer DeleteResource(ApplyRun& run, ApplyItem& item);
Answer ForgetEntry(ApplyRun& run, ApplyItem& item);

// Calls `attempt` until it succeeds or says not to try again, at most Meta.retries more times, and
// waits in between. A stop ends it.
enum class Attempt { kDone, kFailed, kFinal };
void WithRetries(ApplyRun& run, ApplyItem& item, const std::function<Attempt()>& attempt);

}  // namespace opsc
