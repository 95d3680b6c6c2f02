#include "runtime/kube/object_kind.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>

#include "runtime/kube/inventory.h"
#include "runtime/kube/likeness.h"
#include "runtime/kube/manifest.h"
#include "runtime/kube/normalised.h"
#include "runtime/kube/object_order.h"
#include "runtime/kube/object_reader.h"
#include "runtime/kube/object_target.h"
#include "runtime/kube/object_wait.h"
#include "runtime/kube/object_watch.h"
#include "runtime/kube/projection.h"
#include "runtime/kube/server_side_apply.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

// Namespaces that a pass has found not to be there: asking for each of their objects tells nothing
// new. Thread-safe.
class MissingSpaces {
 public:
  std::string Find(const ObjectPlace& place, uint64_t pass) {
    std::lock_guard lock(mutex_);
    auto found = spaces_.find({place.cluster, place.name_space});
    return pass == 0 || pass != pass_ || found == spaces_.end() ? "" : found->second;
  }
  void Add(const ObjectPlace& place, uint64_t pass, const std::string& message) {
    std::lock_guard lock(mutex_);
    if (pass != pass_) spaces_.clear();
    pass_ = pass;
    spaces_[{place.cluster, place.name_space}] = message;
  }

 private:
  std::mutex mutex_;
  uint64_t pass_ = 0;
  std::map<std::pair<Cluster*, std::string>, std::string> spaces_;
};

std::string UidOf(const Value& object) {
  return TextAt(object, "metadata", "uid");
}

Digest DigestOf(const Value& object, const Value& seen, bool is_secret) {
  Hasher hasher;
  hasher.Part(UidOf(object));
  // Nothing that could be guessed back from a digest in a plan.
  if (is_secret || seen.has_secret()) {
    hasher.Part(TextAt(object, "metadata", "resourceVersion"));
  } else {
    hasher.Part(EncodeValue(seen, ""));
  }
  return hasher.Finish();
}

// What an observation of the entry depends on beside the object.
Digest ContentOf(const StateEntry& entry) {
  Hasher hasher;
  hasher.Part(EncodeValue(entry.fields, "")).Part(EncodeValue(entry.recorded, ""));
  return hasher.Finish();
}

Observed Absent() {
  Observed observed;
  observed.digest = Sha256("absent");
  return observed;
}

// Did the write that made opsc an owner also make the object? Its only trace is the time.
bool WasCreatedByUs(const Value& object) {
  const Value* metadata = object.Find("metadata");
  const Value* managers = metadata == nullptr ? nullptr : metadata->Find("managedFields");
  if (managers == nullptr || !managers->is(ValueKind::kList)) return false;
  std::string born = TextAt(*metadata, "creationTimestamp");
  for (const Value& manager : managers->AsList()) {
    if (TextAt(manager, "manager") == kFieldManager && TextAt(manager, "time") == born) return true;
  }
  return false;
}

class KubernetesKind : public Kind {
 public:
  explicit KubernetesKind(HealthJudge judge) : judge_(std::move(judge)) {}

  std::string_view name() const override { return "kubernetes"; }
  bool Replaces(std::string_view path) const override {
    return path == "kind" || path == "metadata.name" || path == "metadata.namespace" ||
           path == "cluster.kubeconfig" || path == "cluster.context" || path == "cluster.namespace";
  }
  bool MendsByUpdate() const override { return true; }
  NaturalOrder OrderOf(const Value& fields) const override { return OrderOfObject(fields); }
  std::vector<std::string> ClaimsOf(const KindContext&, const Value& fields) const override {
    return ClaimsOfObject(fields);
  }

  std::string LikenessOf(const Value& fields) const override { return opsc::LikenessOf(fields); }

  Result<Observed> Observe(const KindContext& context, const StateEntry& prior) override {
    OPS_ASSIGN(const Target target, Aim(context, prior.fields, prior.recorded));
    if (!target.place) return Absent();
    const bool watched = seen_.IsWatched(*target.place);
    Digest of = watched ? ContentOf(prior) : Digest{};
    if (auto known = watched ? seen_.Find(*target.place, of) : std::nullopt)
      return *std::move(known);
    // What is watched is kept in less; who wants all of it asks again.
    const Afterwards afterwards = watched ? Afterwards::kForget : Afterwards::kKeep;
    OPS_ASSIGN(const Reading live,
               reader_.Read(*target.place, context.pass, context.stop, afterwards));
    Observed observed = Absent();
    if (live.object) {
      observed = Seen(target, *live.object);
      observed.fields = Denormalise(target.manifest.object, observed.fields,
                                    ObjectNotes::Of(prior.recorded).normalised);
    }
    if (watched) seen_.Keep(*target.place, live.asked, of, observed);
    return observed;
  }

  Result<Observed> Lookup(const KindContext& context, const std::string&,
                          const Value& fields) override {
    if (fields.has_pending()) return Observed{};  // what is there is shared, and told by Preview
    OPS_ASSIGN(const Target target, Aim(context, fields, Value::Null()));
    if (!target.place) return Absent();
    OPS_ASSIGN(const Reading live, reader_.Read(*target.place, context.pass, context.stop));
    if (!live.object) return Absent();
    return Seen(target, *live.object);
  }

  Result<Forecast> Preview(const KindContext& context, const ApplyRequest& request) override {
    OPS_ASSIGN(const Target target, Aim(context, request.fields, RecordedOf(request)));
    Forecast forecast;
    if (!target.place) {
      forecast.missing = fmt::format("the cluster knows no {} of `{}`", target.manifest.kind,
                                     target.manifest.api_version);
      return forecast;
    }
    forecast.missing = missing_.Find(*target.place, context.pass);
    if (!forecast.missing.empty()) return forecast;
    auto applied = ServerSideApply(*target.place, target.manifest, EarlierOf(request),
                                   {request.address, "", SetOf(context, target).id},
                                   ApplyMode::kDryRun, context.stop);
    if (!applied) {
      ApplyRefusal& refusal = applied.error();
      if (refusal.missing) forecast.missing = refusal.error.message;
      if (refusal.missing) missing_.Add(*target.place, context.pass, forecast.missing);
      if (refusal.missing || refusal.no_dry_run) return forecast;
      return std::unexpected(std::move(refusal.error));
    }
    OPS_ASSIGN(const Reading live, reader_.Read(*target.place, context.pass, context.stop));
    forecast.known = true;
    for (const std::string& taken : applied->taken)
      forecast.remarks.push_back("takes back " + taken);
    if (live.object) forecast.before = Essence(*live.object);
    forecast.after = Essence(applied->object);
    return forecast;
  }

  Result<Applied> Create(const KindContext& context, const ApplyRequest& request) override {
    return Apply(context, request);
  }
  Result<Applied> Update(const KindContext& context, const ApplyRequest& request) override {
    return Apply(context, request);
  }
  Status Delete(const KindContext& context, const StateEntry& prior,
                const std::string& token) override;
  Result<std::optional<Applied>> Recover(const KindContext& context,
                                         const OpenIntent& intent) override;

 private:
  static Value RecordedOf(const ApplyRequest& request) {
    return request.prior ? request.prior->recorded : Value::Null();
  }
  static Value EarlierOf(const ApplyRequest& request) {
    return request.prior ? request.prior->fields : Value::Null();
  }
  std::unique_ptr<Watch> WatchEntries(const KindContext& context,
                                      std::span<const StateEntry> entries,
                                      std::function<void()> changed) override {
    std::vector<ObjectPlace> places;
    for (const StateEntry& entry : entries) {
      auto target = Aim(context, entry.fields, entry.recorded);
      if (target && target->place) places.push_back(*target->place);
    }
    return watches_.Begin(places, std::move(changed));
  }

  Result<Target> Aim(const KindContext& context, const Value& fields, const Value& recorded);
  static Observed Seen(const Target& target, const Value& live);
  static SetName SetOf(const KindContext& context, const Target& target) {
    return SetName::Of(context.state_id, target.cluster->client->config().name_space);
  }
  void Announce(const KindContext& context, const ObjectPlace& place, const SetName& set);
  Result<Applied> Apply(const KindContext& context, const ApplyRequest& request);
  static Status Release(const KindContext& context, const ObjectPlace& place,
                        const Manifest& manifest);
  static Status Leave(const KindContext& context, const std::string& address, const Target& target,
                      const std::string& what);
  static Applied ResultOf(const Target& target, const Value& object, bool created);

  const HealthJudge judge_;
  Clusters clusters_;
  ObjectReader reader_;
  SeenObjects seen_;
  ObjectWatches watches_{seen_};
  MissingSpaces missing_;
  Inventory inventory_;
  std::atomic<bool> told_ = false;  // that the inventory cannot be kept
};

Result<Target> KubernetesKind::Aim(const KindContext& context, const Value& fields,
                                   const Value& recorded) {
  return AimAt(clusters_, context, fields, recorded);
}

Observed KubernetesKind::Seen(const Target& target, const Value& live) {
  Observed observed;
  observed.exists = true;
  observed.shared = true;
  observed.fields = Project(target.manifest.object, live);
  observed.digest = DigestOf(live, observed.fields, target.manifest.is_secret());
  return observed;
}

Applied KubernetesKind::ResultOf(const Target& target, const Value& object, bool created) {
  ObjectNotes notes;
  notes.name_space = target.place->name_space;
  notes.uid = UidOf(object);
  notes.created = created;
  notes.normalised = NormalisedBy(target.manifest.object, Project(target.manifest.object, object));
  const Value* status = object.Find("status");
  Applied applied;
  applied.outs = Value::Record({{Symbol("status"), status == nullptr ? Value::Record({}) : *status},
                                {Symbol("uid"), Value::String(notes.uid)}});
  applied.recorded = notes.Record();
  return applied;
}

// Nothing that opsc does needs the inventory: where it cannot be kept, that is said and no more.
void KubernetesKind::Announce(const KindContext& context, const ObjectPlace& place,
                              const SetName& set) {
  Status announced = inventory_.Announce(place, set, context.stop);
  if (announced || context.events == nullptr || told_.exchange(true)) return;
  context.events->Take({Event::Type::kNotice,
                        context.env->Now(),
                        "",
                        "the inventory of objects is not kept: " + announced.error().message,
                        {}});
}

Result<Applied> KubernetesKind::Apply(const KindContext& context, const ApplyRequest& request) {
  ObjectNotes before = ObjectNotes::Of(RecordedOf(request));
  OPS_ASSIGN(Target target, Aim(context, request.fields, RecordedOf(request)));
  if (!target.place) {
    OPS_ASSIGN(const ServedKind served,
               WaitUntilServed(*target.cluster, target.manifest.api_version, target.manifest.kind,
                               context.stop));
    PlaceTarget(target, served, before);
  }
  SetName set = SetOf(context, target);
  Announce(context, *target.place, set);
  auto applied =
      ServerSideApply(*target.place, target.manifest, EarlierOf(request),
                      {request.address, request.token, set.id}, ApplyMode::kReal, context.stop);
  if (!applied) return std::unexpected(std::move(applied.error().error));
  bool same = before.uid == UidOf(applied->object);
  WaitFor wait{.context = &context, .address = request.address};
  if (request.timeout_ns > 0) wait.longest = std::chrono::nanoseconds(request.timeout_ns);
  OPS_ASSIGN(const Value object,
             WaitUntilHealthy(*target.place, std::move(applied->object), judge_, wait));
  return ResultOf(target, object, applied->created || (same && before.created));
}

// Takes opsc's fields and marks back; what others own stays, and so does the object.
Status KubernetesKind::Release(const KindContext& context, const ObjectPlace& place,
                               const Manifest& manifest) {
  Value metadata = Value::Record({{Symbol("name"), Value::String(manifest.name)}});
  Value nothing = Value::Record({{Symbol("apiVersion"), Value::String(manifest.api_version)},
                                 {Symbol("kind"), Value::String(manifest.kind)},
                                 {Symbol("metadata"), std::move(metadata)}});
  return ReleaseFields(place, nothing, context.stop);
}

// What was there before opsc outlives it.
Status KubernetesKind::Leave(const KindContext& context, const std::string& address,
                             const Target& target, const std::string& what) {
  Status released = Release(context, *target.place, target.manifest);
  // Without opsc's fields it would be no valid object: nobody else wrote what it needs.
  bool needed = !released && released.error().kind == ErrorKind::kInput;
  if (!released && !needed) return released;
  if (context.events != nullptr) {
    context.events->Take({Event::Type::kNotice,
                          context.env->Now(),
                          address,
                          what + " was there before opsc: it stays, " +
                              (needed ? "as it is" : "without opsc's fields"),
                          {}});
  }
  return {};
}

Status KubernetesKind::Delete(const KindContext& context, const StateEntry& prior,
                              const std::string&) {
  OPS_ASSIGN(const Target target, Aim(context, prior.fields, prior.recorded));
  if (!target.place) return {};  // with its definition everything of the kind has gone
  ObjectNotes notes = ObjectNotes::Of(prior.recorded);
  OPS_ASSIGN(auto live, GetObject(*target.place, context.stop));
  if (!live) return {};
  std::string what = Describe(target.manifest, target.place->name_space);
  if (UidOf(*live) != notes.uid) {
    return Fail(ErrorKind::kConflict, fmt::format("{} is not the one that opsc made", what),
                "delete it by hand, or let opsc forget it: opsc state rm '" + prior.address + "'");
  }
  if (!notes.created) return Leave(context, prior.address, target, what);
  OPS_ASSIGN(const bool gone, DeleteObject(*target.place, notes.uid, context.stop));
  if (gone) return {};
  return WaitUntilGone(*target.place, notes.uid, {.context = &context, .address = prior.address});
}

Result<std::optional<Applied>> KubernetesKind::Recover(const KindContext& context,
                                                       const OpenIntent& intent) {
  OPS_ASSIGN(const Target target, Aim(context, intent.fields, intent.recorded));
  bool deletes = intent.action == "delete";
  if (!target.place) return deletes ? std::optional(Applied{}) : std::nullopt;
  OPS_ASSIGN(auto live, GetObject(*target.place, context.stop));
  ObjectNotes before = ObjectNotes::Of(intent.recorded);
  if (deletes) {
    bool gone = !live || UidOf(*live) != before.uid;
    bool released = live && !before.created && AnnotationOf(*live, kAddressAnnotation).empty();
    return gone || released ? std::optional(Applied{}) : std::nullopt;
  }
  if (!live || AnnotationOf(*live, kIntentAnnotation) != intent.token) return std::nullopt;
  bool same = before.uid == UidOf(*live);
  return ResultOf(target, *live, same ? before.created : WasCreatedByUs(*live));
}

}  // namespace

void AddKubernetesKind(KindTable& kinds, HealthJudge judge) {
  kinds.Add(std::make_unique<KubernetesKind>(std::move(judge)));
}

}  // namespace opsc
