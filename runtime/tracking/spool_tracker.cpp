#include "runtime/tracking/spool_tracker.h"

#include "runtime/ml/artefact.h"
#include "runtime/tracking/spool.h"

namespace opsc {
namespace {

class SpoolTracker : public ModelTracker {
 public:
  Status Judged(const KindContext& context, const JudgedCandidate& candidate) override {
    TrackedRun run;
    run.artefact = candidate.artefact;
    run.at = FormatTime(context.env->Now());
    run.run = context.run_id;
    run.verdict = candidate.passed ? "passed" : "refused";
    run.note = candidate.verdict;
    run.card = CardText(candidate.card);
    const TrackedModel model{candidate.address, context.state_id, candidate.tracking};
    return SpoolEvent(SpoolDir(context.state_dir), {model, std::move(run)}, *context.env);
  }
};

}  // namespace

std::unique_ptr<ModelTracker> MakeSpoolTracker() {
  return std::make_unique<SpoolTracker>();
}

}  // namespace opsc
