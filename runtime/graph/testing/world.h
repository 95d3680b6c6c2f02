// A world in memory for plan → apply scenarios: a program, a journal that can lose its power, tasks
// and one kind of resource. Thread-safe where the interfaces say so.
//
//   World world;
//   world.source.Task("build").Set("emit", "v1");
//   world.source.Thing("web").Ref("image", "build", "out");
//   ASSERT_EQ(Show(world.Plan()), "run build; create web; ");
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/graph/diff.h"
#include "runtime/graph/kind.h"
#include "runtime/graph/state.h"
#include "runtime/graph/task.h"
#include "runtime/value/encode.h"

namespace opsc::testing {

inline Value Record(std::vector<std::pair<const char*, Value>> fields) {
  std::vector<Field> out;
  for (auto& [name, value] : fields) out.emplace_back(Symbol(name), value);
  return Value::Record(std::move(out));
}

inline std::string TextOf(const Value& record, std::string_view name) {
  const Value* value = record.Find(name);
  return value != nullptr && value->is(ValueKind::kString) ? std::string(value->AsString()) : "";
}

inline int64_t IntOf(const Value& record, std::string_view name, int64_t otherwise = 0) {
  const Value* value = record.Find(name);
  return value != nullptr && value->is(ValueKind::kInt) ? value->AsInt() : otherwise;
}

// --- the program ---

// One instance of the source: fields that are values, or computed from the outs of others.
class Instance {
 public:
  using Compute = std::function<Value(const Outputs&)>;

  explicit Instance(Node node) : node_(std::move(node)) {}

  Instance& Set(const char* name, Value value) {
    return Field(name, [value](const Outputs&) { return value; });
  }
  Instance& Set(const char* name, const char* text) { return Set(name, Value::String(text)); }
  Instance& Set(const char* name, int number) { return Set(name, Value::Int(number)); }
  Instance& Secret(const char* name, const char* text) {
    return Set(name, Value::String(text).WithSecret());
  }
  // `name: address.out`
  Instance& Ref(const char* name, const std::string& address, const char* out) {
    node_.edges.push_back({address, Edge::Reason::kData, name});
    return Field(name, [address, out](const Outputs& known) {
      auto found = known.find(address);
      const Value* value = found == known.end() ? nullptr : found->second.Find(out);
      return value != nullptr ? *value : Value::Pending({address});
    });
  }
  // `name: result(address)`
  Instance& ResultOf(const char* name, const std::string& address) {
    return Ref(name, address, "$result");
  }
  Instance& After(const std::string& address) {
    node_.edges.push_back({address, Edge::Reason::kAfter, "after"});
    return *this;
  }
  Meta& meta() { return node_.meta; }

  Value Fields(const Outputs& known) const {
    std::vector<opsc::Field> fields;
    for (const auto& [name, compute] : fields_) fields.emplace_back(Symbol(name), compute(known));
    return Value::Record(std::move(fields));
  }
  Node ToNode() const {
    Node node = node_;
    node.fields = Fields({});
    return node;
  }

 private:
  Instance& Field(const char* name, Compute compute) {
    std::erase_if(fields_, [&](const auto& field) { return field.first == name; });
    fields_.emplace_back(name, std::move(compute));
    return *this;
  }

  Node node_;
  std::vector<std::pair<std::string, Compute>> fields_;
};

// The source: change it between runs.
class Source : public Program {
 public:
  Instance& Add(const std::string& address, const std::string& type) {
    Node node;
    node.address = address;
    node.type = type;
    node.origin = {"main.ops", 1, 1};
    if (!instances_.contains(address)) order_.push_back(address);
    return instances_.insert_or_assign(address, Instance(std::move(node))).first->second;
  }
  Instance& Thing(const std::string& address) {
    return Add(address, "thing").Set("name", address.c_str());
  }
  Instance& Task(const std::string& address) { return Add(address, "task"); }
  Instance& Act(const std::string& address) { return Add(address, "action"); }
  Instance& operator[](const std::string& address) { return instances_.at(address); }
  void Clear() {
    instances_.clear();
    order_.clear();
  }
  bool Has(const std::string& address) const { return instances_.contains(address); }
  bool IsTask(const std::string& address) const {
    return instances_.at(address).ToNode().type == "task";
  }
  void Drop(const std::string& address) {
    instances_.erase(address);
    std::erase(order_, address);
  }

  std::vector<Move> moves;
  std::vector<std::string> removed;
  std::vector<GraphCheck> checks;
  std::map<std::string, Digest> files = {{"main.ops", Sha256("1")}};
  std::atomic<int> resolves = 0;

  Graph ToGraph() const {
    Graph graph;
    for (const std::string& address : order_)
      graph.nodes.push_back(instances_.at(address).ToNode());
    graph.moves = moves;
    graph.removed = removed;
    graph.checks = checks;
    graph.sources = files;
    return graph;
  }
  Result<Resolved> Resolve(const std::string& address, const Outputs& known) override {
    ++resolves;
    return Resolved{instances_.at(address).Fields(known), {}};
  }
  Result<Value> ResolveOut(Symbol, const Outputs&) override { return Value::Null(); }

 private:
  std::map<std::string, Instance> instances_;
  std::vector<std::string> order_;
};

// --- the journal ---

// In memory. `lose_power_at` N: the N-th write is the last that counts (or the first that does
// not), and every call after it fails, until `Restart`.
class MemoryJournal : public Journal {
 public:
  enum class Power { kAfterWrite, kBeforeWrite };

  void LosePowerAt(int write, Power power) {
    lose_at_ = writes_ + write;
    power_ = power;
  }
  void LosePower() { lost_ = true; }
  void Restart() {
    lost_ = false;
    lose_at_ = -1;
  }
  int writes() const { return writes_; }
  bool lost() const { return lost_; }
  std::map<std::string, StateEntry> state;
  std::map<uint64_t, OpenIntent> open;
  std::vector<StepRecord> steps;
  std::map<std::string, int64_t> durations;

  Result<std::vector<StateEntry>> Entries() override {
    std::vector<StateEntry> entries;
    for (auto& [address, entry] : state) entries.push_back(entry);
    return entries;
  }
  Result<std::optional<StateEntry>> Entry(const std::string& address) override {
    auto found = state.find(address);
    return found == state.end() ? std::nullopt : std::optional(found->second);
  }
  Result<uint64_t> Serial() override { return serial_; }
  Result<std::vector<OpenIntent>> OpenIntents() override {
    std::vector<OpenIntent> intents;
    for (auto& [id, intent] : open) intents.push_back(intent);
    return intents;
  }
  Result<std::vector<RunRecord>> Runs(size_t) override { return std::vector<RunRecord>{}; }
  Result<std::vector<StepRecord>> Steps(const std::string&) override { return steps; }
  Result<std::map<std::string, int64_t>> ExpectedDurations() override { return durations; }

  Result<std::string> BeginRun(const std::string&) override {
    std::string id;
    OPS_TRY(Write([&] { id = "run" + std::to_string(++runs_); }));
    return id;
  }
  Status EndRun(const std::string&, RunOutcome outcome, const std::string& summary) override {
    return Write([&] {
      last_outcome = outcome;
      last_summary = summary;
    });
  }
  Result<uint64_t> Intent(const IntentRequest& request) override {
    uint64_t id = 0;
    OPS_TRY(Write([&] {
      id = ++intents_;
      open[id] = {id,
                  request.run,
                  request.address,
                  request.type,
                  request.action,
                  request.token,
                  Stored(request.fields),
                  Stored(request.recorded)};
    }));
    return id;
  }
  Status Complete(uint64_t intent, const std::optional<StateEntry>& entry,
                  const StepRecord& step) override {
    return Write([&] {
      std::string address = open.at(intent).address;
      open.erase(intent);
      if (entry)
        Put(*entry);
      else
        state.erase(address);
      steps.push_back(step);
      ++serial_;
    });
  }
  Status Abandon(uint64_t intent, bool half_done, const StepRecord& step) override {
    return Write([&] {
      OpenIntent closed = open.at(intent);
      open.erase(intent);
      steps.push_back(step);
      if (!half_done) return;
      StateEntry& entry = state[closed.address];
      if (entry.address.empty()) {
        entry.address = closed.address;
        entry.type = closed.type;
        entry.fields = closed.fields;
        entry.recorded = closed.recorded;
      }
      entry.tainted = true;
      ++serial_;
    });
  }
  Status Record(std::span<const StateEntry> entries,
                std::span<const StepRecord> new_steps) override {
    return Write([&] {
      for (const StateEntry& entry : entries) Put(entry);
      steps.insert(steps.end(), new_steps.begin(), new_steps.end());
      serial_ += entries.size();
    });
  }
  Status Move(const std::string& from, const std::string& to) override {
    return Write([&] {
      auto node = state.extract(from);
      node.key() = to;
      node.mapped().address = to;
      state.insert(std::move(node));
      ++serial_;
    });
  }
  Status Remove(const std::string& address) override {
    return Write([&] {
      state.erase(address);
      ++serial_;
    });
  }
  Result<std::string> Export() override { return ""; }
  Status Import(std::string_view) override { return {}; }
  const std::string& secret_salt() const override { return salt_; }

  RunOutcome last_outcome = RunOutcome::kRunning;
  std::string last_summary;

 private:
  Value Stored(const Value& value) const { return *DecodeValue(EncodeValue(value, salt_)); }
  void Put(const StateEntry& entry) {
    StateEntry stored = entry;
    stored.fields = Stored(entry.fields);
    stored.outs = Stored(entry.outs);
    stored.recorded = Stored(entry.recorded);
    state[entry.address] = std::move(stored);
  }
  Status Write(const std::function<void()>& change) {
    std::lock_guard lock(mutex_);
    if (lost_) return Fail(ErrorKind::kEnvironment, "the journal is gone");
    ++writes_;
    lost_ = writes_ == lose_at_;
    if (!lost_ || power_ == Power::kAfterWrite) change();
    if (lost_) return Fail(ErrorKind::kEnvironment, "the journal is gone");
    return {};
  }

  std::mutex mutex_;
  std::string salt_ = "salt-salt-salt-salt-salt-salt-32";
  uint64_t serial_ = 1;
  uint64_t intents_ = 0;
  int runs_ = 0;
  std::atomic<int> writes_ = 0;
  int lose_at_ = -1;
  Power power_ = Power::kAfterWrite;
  std::atomic<bool> lost_ = false;
};

// --- tasks ---

// Fields: `emit` becomes the out "out"; `reads` names an input in `files`; `fail` is how many runs
// fail first; `sleep_ms` is how long it takes (a stop ends it).
class MemoryTasks : public TaskRunner {
 public:
  std::map<std::string, std::string> files;
  std::map<Digest, Value> results;
  std::map<std::string, Digest> last_keys;
  std::set<std::string> materialized;
  std::map<std::string, int> attempts;
  std::vector<std::string> ran;  // addresses, and tokens of actions
  std::atomic<int> running = 0;
  std::atomic<int> most_running = 0;
  bool lost_outputs = false;

  Result<TaskKey> Key(const TaskSpec& spec) override {
    std::lock_guard lock(mutex_);
    std::string reads = TextOf(spec.fields, "reads");
    if (!reads.empty() && !files.contains(reads)) {
      return Fail(ErrorKind::kInput, "input `" + reads + "` is missing");
    }
    Digest digest = Hasher()
                        .Part(DigestOf(spec.fields, "tasks"))
                        .Part(reads.empty() ? "" : files.at(reads))
                        .Finish();
    TaskKey key;
    key.digest = digest;
    return key;
  }
  Result<std::optional<Value>> Lookup(const TaskKey& key) override {
    std::lock_guard lock(mutex_);
    auto found = results.find(key.digest);
    return found == results.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<Reason> Explain(const std::string& address, const TaskKey&) override {
    std::lock_guard lock(mutex_);
    if (!last_keys.contains(address)) return {{ReasonKind::kNeverRan, ""}};
    return {{ReasonKind::kInputChanged, "a file"}};
  }
  Status Materialize(const std::string& address, const Value&) override {
    std::lock_guard lock(mutex_);
    if (lost_outputs) return Fail(ErrorKind::kCorrupt, "the store has lost it");
    materialized.insert(address);
    return {};
  }
  Result<TaskResult> Run(const TaskSpec& spec, const TaskKey& key, EventSink&,
                         std::stop_token stop) override {
    most_running = std::max(most_running.load(), ++running);
    bool stopped = false;
    for (int64_t i = 0; i < IntOf(spec.fields, "sleep_ms") && !stopped; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      stopped = stop.stop_requested();
    }
    --running;
    std::lock_guard lock(mutex_);
    TaskResult result;
    ran.push_back(spec.token.empty() ? spec.address : spec.address + " " + spec.token);
    if (stopped) {
      result.outcome = TaskResult::Outcome::kCancelled;
      result.message = "stopped";
    } else if (attempts[spec.address]++ < IntOf(spec.fields, "fail")) {
      result.outcome = TaskResult::Outcome::kFailed;
      result.message = "exit code 1";
    } else {
      const Value* emit = spec.fields.Find("emit");
      result.outs = Record({{"out", emit != nullptr ? *emit : Value::Null()}});
      if (spec.type == "task") results[key.digest] = result.outs;
      last_keys[spec.address] = key.digest;
    }
    return result;
  }

 private:
  std::mutex mutex_;
};

// --- things ---

// What exists, by `name`. `color` cannot be changed in place; `fail` lets effects fail; `size` has
// the out "size". An effect with a token that was seen already is not done again.
class ThingKind : public Kind {
 public:
  std::map<std::string, Value> there;          // name → fields
  std::map<std::string, std::string> made_by;  // name → token of the last effect
  std::vector<std::string> effects;            // "create web"
  std::map<std::string, int> failing;          // name → how many calls fail
  bool half_done = false;                      // a failing call leaves the thing there all the same
  std::atomic<int> calls = 0;
  int call_ms = 0;
  MemoryJournal* dies_with = nullptr;  // without its power nothing is done any more
  int lose_power_after = -1;           // this many effects
  bool shared = false;                 // others may own parts of what is there
  bool mends = false;                  // something half done is updated, not replaced
  std::function<Result<Forecast>(const ApplyRequest&)> preview;
  std::string likeness;  // of each; empty: none is like another

  std::string_view name() const override { return "thing"; }
  Result<Observed> Observe(const KindContext&, const StateEntry& prior) override {
    std::lock_guard lock(mutex_);
    return See(TextOf(prior.fields, "name"), prior.fields);
  }
  Result<Observed> Lookup(const KindContext&, const std::string&, const Value& fields) override {
    std::lock_guard lock(mutex_);
    return See(TextOf(fields, "name"), fields);
  }
  bool Replaces(std::string_view path) const override { return path == "color"; }
  bool MendsByUpdate() const override { return mends; }
  Result<Forecast> Preview(const KindContext& context, const ApplyRequest& request) override {
    return preview ? preview(request) : Kind::Preview(context, request);
  }
  std::string LikenessOf(const Value&) const override { return likeness; }
  Result<Applied> Create(const KindContext& context, const ApplyRequest& request) override {
    return Make("create", context, request);
  }
  Result<Applied> Update(const KindContext& context, const ApplyRequest& request) override {
    return Make("update", context, request);
  }
  Status Delete(const KindContext&, const StateEntry& prior, const std::string&) override {
    std::lock_guard lock(mutex_);
    std::string thing = TextOf(prior.fields, "name");
    if (Dead()) return Fail(ErrorKind::kEnvironment, "dead");
    if (failing[thing]-- > 0) return Fail(ErrorKind::kEnvironment, "it says no");
    if (there.erase(thing) > 0) Did("delete " + thing);
    return {};
  }
  Result<std::optional<Applied>> Recover(const KindContext&, const OpenIntent& intent) override {
    std::lock_guard lock(mutex_);
    std::string thing = TextOf(intent.fields, "name");
    if (intent.action == "delete") {
      return there.contains(thing) ? std::nullopt : std::optional(Applied{});
    }
    if (made_by[thing] != intent.token || !there.contains(thing)) return std::nullopt;
    return Outcome(there.at(thing));
  }

 private:
  Observed See(const std::string& thing, const Value& like) {
    Observed observed;
    auto found = there.find(thing);
    observed.exists = found != there.end();
    observed.shared = shared;
    observed.digest = observed.exists ? DigestOf(found->second, "seen") : Sha256("missing");
    if (observed.exists) {
      // What is pending or secret for the asker cannot be read back.
      std::vector<Field> fields;
      for (const auto& [field, value] : found->second.AsRecord()) {
        const Value* asked = like.Find(field);
        if (asked == nullptr || !asked->has_secret()) fields.emplace_back(field, value);
      }
      observed.fields = Value::Record(std::move(fields));
    }
    return observed;
  }
  bool Dead() const { return dies_with != nullptr && dies_with->lost(); }
  void Did(std::string effect) {
    effects.push_back(std::move(effect));
    if (--lose_power_after == 0) dies_with->LosePower();
  }
  static Applied Outcome(const Value& fields) {
    return {Record({{"id", Value::String("id-" + TextOf(fields, "name"))},
                    {"size", Value::Int(IntOf(fields, "size"))}}),
            Record({{"note", Value::String(TextOf(fields, "name"))}})};
  }
  Result<Applied> Make(const char* what, const KindContext& context, const ApplyRequest& request) {
    ++calls;
    for (int i = 0; i < call_ms; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (context.stop.stop_requested()) return Fail(ErrorKind::kCancelled, "stopped");
    }
    std::lock_guard lock(mutex_);
    std::string thing = TextOf(request.fields, "name");
    if (Dead()) return Fail(ErrorKind::kEnvironment, "dead");
    bool fails = failing[thing]-- > 0;
    if (!fails || half_done) {
      if (made_by[thing] != request.token) Did(std::string(what) + " " + thing);
      made_by[thing] = request.token;
      there[thing] = request.fields;
    }
    if (fails) return Fail(ErrorKind::kEnvironment, "it says no");
    return Outcome(request.fields);
  }

  std::mutex mutex_;
};

// Keeps what was said, as "done web".
class EventLog : public EventSink {
 public:
  std::vector<Event> events;
  void Take(const Event& event) override {
    std::lock_guard lock(mutex_);
    events.push_back(event);
  }
  int Count(Event::Type type) const {
    return static_cast<int>(std::ranges::count(events, type, &Event::type));
  }

 private:
  std::mutex mutex_;
};

// All of it together.
struct World {
  Source source;
  MemoryJournal journal;
  MemoryTasks tasks;
  KindTable kinds;
  ThingKind* things;  // owned by `kinds`
  EventLog log;
  Graph graph;  // of the last plan

  World() {
    auto kind = std::make_unique<ThingKind>();
    things = kind.get();
    things->dies_with = &journal;
    kinds.Add(std::move(kind));
  }

  template <typename Inputs>
  Inputs InputsFor() {
    Inputs inputs;
    inputs.graph = &graph;
    inputs.program = &source;
    inputs.journal = &journal;
    inputs.tasks = &tasks;
    inputs.kinds = &kinds;
    inputs.kind_context.events = &log;
    return inputs;
  }
};

// "create web; run test (input a file changed); ": what is not up to date, in order.
inline std::string Show(const Result<Plan>& plan, bool with_reasons = false) {
  if (!plan) return "error: " + plan.error().message;
  std::string text;
  for (const Change& change : plan->changes) {
    if (change.action == Action::kNoop || change.action == Action::kCached) continue;
    text += std::string(ActionName(change.action)) + " " + change.address;
    if (!change.moved_from.empty()) text += " from " + change.moved_from;
    if (with_reasons) {
      text += " (";
      for (const Reason& reason : change.reasons) {
        text += (&reason == &change.reasons[0] ? "" : ", ") + PrintReason(reason);
      }
      text += ")";
    }
    text += "; ";
  }
  return text;
}

}  // namespace opsc::testing
