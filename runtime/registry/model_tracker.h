// Who hears of models beside the state, as the registry sees it.
#pragma once

#include <optional>
#include <string>

#include "runtime/graph/kind.h"
#include "runtime/ml/train.h"

namespace opsc {

// Where a model is tracked, as the field `tracking` says.
struct Tracking {
  std::string url;         // http(s), no slash at the end, no user
  std::string experiment;  // empty: named like the model
  std::string registered;  // name of the registered model; empty: like the model
  bool operator==(const Tracking&) const = default;
};

// Of the fields of a `model`; nullopt: it is not tracked. kInput where the URL cannot be used.
Result<std::optional<Tracking>> TrackingOf(const Value& fields);

// A candidate about which its gate has decided.
struct JudgedCandidate {
  std::string address;  // of the model
  Tracking tracking;
  Digest artefact;
  ModelCard card;
  bool passed = false;
  std::string verdict;  // why, a line or a table
};

// Told while a model is applied. Thread-safe.
class ModelTracker {
 public:
  virtual ~ModelTracker() = default;
  // Durable when it returns. An error fails the apply of this model: nothing is lost silently.
  virtual Status Judged(const KindContext& context, const JudgedCandidate& candidate) = 0;
};

}  // namespace opsc
