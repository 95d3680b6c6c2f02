// Rows of a table of features that were corrected later.
#pragma once

#include <vector>

#include "runtime/column/batch.h"

namespace opsc {

// The rows without those that a later one corrects: of rows with equal `@key`s the one with the
// latest `@known_at` stays, in its place; a null is a key like others, and known before all times.
// Nothing corrects anything where the rows have no `@key` or no `@known_at`, or where that is the
// `@event_time` too: then a later row is a later event.
std::vector<Batch> NewestRows(const std::vector<Batch>& batches);

}  // namespace opsc
