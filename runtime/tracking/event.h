// What a tracking server is told, as files that wait for it: `opsc.tracking/1`
// (docs/formats/tracking.md).
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/registry/model_tracker.h"
#include "runtime/registry/registry.h"

namespace opsc {

// Which model an event is about, and where it is told.
struct TrackedModel {
  std::string address;
  std::string state;  // id of the state that the model is in
  Tracking tracking;
  bool operator==(const TrackedModel&) const = default;
};

// What came out of one training. The same artefact is the same run, however often it is judged.
struct TrackedRun {
  Digest artefact;
  std::string at;       // RFC 3339
  std::string run;      // of the journal; empty: not known
  std::string verdict;  // "passed", "refused"; empty: nobody was asked
  std::string note;     // why
  std::string card;     // JSON text of the card (runtime/ml/card_json.h); empty: it is gone
};

// One version as the registry has it.
struct TrackedVersion {
  int64_t version = 0;
  Digest artefact;
  std::string created;  // RFC 3339
  std::string run;
};

// A whole registry: who is told the last one knows all before it.
struct TrackedRegistry {
  std::vector<TrackedVersion> versions;  // by version
  std::vector<Promotion> promotions;     // oldest first; the last one is in charge
  int64_t challenger = 0;

  int64_t champion() const { return promotions.empty() ? 0 : promotions.back().version; }
};
TrackedRegistry Tracked(const Registry& registry);
// Tells two states of a registry apart.
Digest DigestOf(const TrackedRegistry& registry);

struct TrackingEvent {
  TrackedModel model;
  std::variant<TrackedRun, TrackedRegistry> what;
};

std::string ToText(const TrackingEvent& event);
// kCorrupt where it is no event of this format.
Result<TrackingEvent> EventFromText(std::string_view text);

}  // namespace opsc
