// May a candidate take the champion's place?
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/column/kernel.h"
#include "runtime/ml/train.h"
#include "runtime/registry/gate_clauses.h"

namespace opsc {

// Measures of the model in charge, held against a candidate's.
struct ChampionMeasures {
  int64_t version = 0;  // 0: there is none
  std::vector<Measured> metrics;
  bool same_rows = false;  // measured on the candidate's own test rows, not on those of its time
  bool may_know_rows = false;  // it may have been trained on some of them
};

// May one model have been trained on rows on which another is tested? Not where these all happened
// later, and not where both divide by the same keys: a row then stays on its side. Of a card that
// does not say when its rows happened nothing is known: no.
bool MayHaveLearnt(const ModelCard& trained, const ModelCard& tested);

// The one row on which a gate is computed: `rows`, `positives` (int); each measure of the
// objective, with `NAME_low` and `NAME_high`; the same under `champion.`; `has_champion`. Without a
// champion its measures are worse than any: minus infinity where higher is better, else infinity.
SchemaPtr GateSchema(Objective objective);
Batch GateRow(const ModelCard& candidate, const ChampionMeasures& champion);

// kDenied, with a table of the measures, where the gate says no; kInput where it reads a measure
// that models of this objective do not have. `text`: the gate's source; of its `clauses` the
// refusal says which ones fail.
Status AskGate(const Kernel& gate, std::string_view text, const ModelCard& candidate,
               const ChampionMeasures& champion, std::span<const GateClause> clauses = {});

// That the champion may know the rows that it was measured on, in a sentence; empty: it does not.
std::string KnownRowsText(const ChampionMeasures& champion);

// The measures of both side by side, a line each.
std::string CompareText(const ModelCard& candidate, const ChampionMeasures& champion);

}  // namespace opsc
