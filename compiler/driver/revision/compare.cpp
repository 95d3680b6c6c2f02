#include "compiler/driver/revision/compare.h"

#include "compiler/driver/project/kinds.h"
#include "compiler/driver/project/planning.h"
#include "compiler/driver/revision/graph_journal.h"
#include "compiler/driver/revision/revision_tasks.h"

namespace opsc {
namespace {

std::unexpected<Error> NotHere() {
  return Fail(ErrorKind::kInput, "a comparison of revisions does not look at the world");
}

// A kind that knows its rules and sees nothing.
class BlindKind : public Kind {
 public:
  explicit BlindKind(Kind* rules) : rules_(rules) {}

  std::string_view name() const override { return rules_->name(); }
  bool Replaces(std::string_view path) const override { return rules_->Replaces(path); }
  bool MendsByUpdate() const override { return rules_->MendsByUpdate(); }
  Result<Observed> Observe(const KindContext&, const StateEntry&) override { return NotHere(); }
  Result<Observed> Lookup(const KindContext&, const std::string&, const Value& fields) override {
    return Observed{false, fields, {}};
  }
  Result<Applied> Create(const KindContext&, const ApplyRequest&) override { return NotHere(); }
  Result<Applied> Update(const KindContext&, const ApplyRequest&) override { return NotHere(); }
  Status Delete(const KindContext&, const StateEntry&, const std::string&) override {
    return NotHere();
  }
  Result<std::optional<Applied>> Recover(const KindContext&, const OpenIntent&) override {
    return NotHere();
  }

 private:
  Kind* rules_;
};

}  // namespace

Result<Plan> CompareRevisions(PreparedRevision from, PreparedRevision to, PlanOptions options,
                              const std::vector<std::string>& words) {
  AssumedResults results;
  RevisionTasks before(from.prepared.project.root, &from.env, &results);
  RevisionTasks after(to.prepared.project.root, &to.env, &results);
  KindTable rules, kinds;
  AddKinds(rules);
  for (std::string_view name : rules.Names()) {
    kinds.Add(std::make_unique<BlindKind>(rules.Find(name)));
  }
  OPS_ASSIGN(auto journal, MakeGraphJournal(*from.prepared.program, before));
  Evaluation& evaluation = *to.prepared.program->evaluation;
  OPS_ASSIGN(options, ResolvePlanOptions(evaluation, *journal, std::move(options), words));
  options.refresh = false;
  PlanInputs inputs;
  inputs.graph = &evaluation.graph();
  inputs.program = &evaluation;
  inputs.journal = journal.get();
  inputs.tasks = &after;
  inputs.kinds = &kinds;
  return MakePlan(inputs, options);
}

}  // namespace opsc
