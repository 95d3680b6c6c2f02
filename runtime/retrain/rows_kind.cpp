// What is recorded: { rows: the table that is trained on, since, why, cooling: a trigger
// fired before the cooldown was over }.
#include "runtime/retrain/rows_kind.h"

#include <fmt/format.h>

#include "runtime/graph/content_store.h"
#include "runtime/retrain/trigger.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

// A table of the content store, mapped.
Result<std::shared_ptr<const ChunkFile>> OpenTable(ContentStore& store, const Value& file) {
  if (!file.is(ValueKind::kFile) || file.AsFile().digest.empty()) {
    return Fail(ErrorKind::kCorrupt, "a model without rows");
  }
  OPS_ASSIGN(const std::vector<TreeEntry> entries, store.GetTree(file.AsFile().digest));
  if (entries.size() != 1) return Fail(ErrorKind::kCorrupt, "the rows of a model are no file");
  return ChunkFile::Open(store.BlobPath(entries.front().blob));
}

bool SameContent(const Value& a, const Value& b) {
  return a.is(ValueKind::kFile) && b.is(ValueKind::kFile) && a.AsFile().digest == b.AsFile().digest;
}

Applied Take(const KindContext& context, const Value& rows, const std::string& why) {
  Value decided =
      Value::Record({{Symbol("rows"), rows},
                     {Symbol("since"), Value::Time(context.env->Now().time_since_epoch().count())},
                     {Symbol("why"), Value::String(why)}});
  return {decided, decided};
}

class TrainingRowsKind : public Kind {
 public:
  explicit TrainingRowsKind(KernelLoader* kernels) : kernels_(kernels) {}

  std::string_view name() const override { return "training_rows"; }
  bool Replaces(std::string_view) const override { return false; }

  Result<Observed> Observe(const KindContext& context, const StateEntry& prior) override {
    Observed observed;
    observed.exists = true;
    OPS_ASSIGN(const auto triggers, TriggersFrom(FieldOf(prior.fields, "triggers"), *kernels_));
    const Time now = context.env->Now();
    const Time last = LastOf(prior);
    const bool held_back =
        !SameContent(FieldOf(prior.fields, "rows"), FieldOf(prior.recorded, "rows"));
    const bool cooled =
        held_back && now >= last + CooldownOf(prior.fields) && WaitsForCooldown(prior);
    const bool due = cooled || IsTimeFor(triggers, last, now);
    observed.fields = WithField(prior.fields, "due", Value::Bool(due));
    observed.digest = Sha256(due ? "due" : "not due");
    return observed;
  }
  Result<Observed> Lookup(const KindContext&, const std::string&, const Value&) override {
    return Observed{};
  }
  Result<Forecast> Preview(const KindContext&, const ApplyRequest& request) override {
    OPS_TRY(TriggersFrom(FieldOf(request.fields, "triggers"), *kernels_));
    return Forecast{};
  }
  Result<Applied> Create(const KindContext& context, const ApplyRequest& request) override {
    return Take(context, FieldOf(request.fields, "rows"), "first training");
  }
  Result<Applied> Update(const KindContext& context, const ApplyRequest& request) override {
    const Value rows = FieldOf(request.fields, "rows");
    if (!request.prior) return Take(context, rows, "first training");
    const StateEntry& prior = *request.prior;
    OPS_ASSIGN(const auto triggers, TriggersFrom(FieldOf(request.fields, "triggers"), *kernels_));
    OPS_ASSIGN(const auto before, OpenTable(*context.store, FieldOf(prior.recorded, "rows")));
    OPS_ASSIGN(const auto after, OpenTable(*context.store, rows));
    // Another row type is another model: what was learnt cannot be compared.
    if (ToJsonText(*before->schema()) != ToJsonText(*after->schema())) {
      return Take(context, rows, "other features");
    }
    const Time now = context.env->Now();
    OPS_ASSIGN(const auto why, WhyRetrain(triggers, {before, LastOf(prior)}, after, now));
    const bool cooling = now < LastOf(prior) + CooldownOf(request.fields);
    if (why && !cooling) {
      context.Say(Event::Type::kProgress, request.address, fmt::format("retrains: {}", *why));
      return Take(context, rows, *why);
    }
    context.Say(Event::Type::kProgress, request.address,
                why ? fmt::format("{}, but the cooldown is not over", *why)
                    : "no trigger fires: the model stays as it is");
    return Applied{prior.outs, WithField(prior.recorded, "cooling", Value::Bool(why.has_value()))};
  }
  Status Delete(const KindContext&, const StateEntry&, const std::string&) override { return {}; }
  // All that is done is noted with the result: without it nothing was.
  Result<std::optional<Applied>> Recover(const KindContext&, const OpenIntent& intent) override {
    if (intent.action == "delete") return Applied{};
    return std::nullopt;
  }

 private:
  static Time LastOf(const StateEntry& prior) {
    const Value at = FieldOf(prior.recorded, "since");
    return Time(std::chrono::nanoseconds(at.is(ValueKind::kTime) ? at.AsInt() : 0));
  }
  static std::chrono::nanoseconds CooldownOf(const Value& fields) {
    return std::chrono::nanoseconds(NumberField(fields, "cooldown"));
  }
  static bool WaitsForCooldown(const StateEntry& prior) {
    return BoolField(prior.recorded, "cooling");
  }

  KernelLoader* kernels_;
};

}  // namespace

std::unique_ptr<Kind> MakeTrainingRowsKind(KernelLoader* kernels) {
  return std::make_unique<TrainingRowsKind>(kernels);
}

}  // namespace opsc
