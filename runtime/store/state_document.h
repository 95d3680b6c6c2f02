// `opsc.state/1`: a whole state as JSON, for backup and care. See docs/formats/state.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/state.h"
#include "runtime/store/state_db.h"

namespace opsc {

// What `opsc state pull` writes.
struct StateDocument {
  StateIdentity identity;
  uint64_t serial = 0;
  std::vector<StateEntry> entries;  // sorted by address
};

std::string EncodeStateDocument(const StateDocument& document);
// kInput says what does not fit, and where.
Result<StateDocument> DecodeStateDocument(std::string_view text);

}  // namespace opsc
