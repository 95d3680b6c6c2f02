// Changes of the state by hand: `opsc state mv|rm|push`.
#pragma once

#include <string>

#include "runtime/store/journal_transaction.h"
#include "runtime/store/state_document.h"

namespace opsc {

// The entry, what depends on it and its history get the new address.
Status MoveIn(JournalTransaction& transaction, const std::string& from, const std::string& to,
              std::string_view secret_salt);
Status RemoveIn(JournalTransaction& transaction, const std::string& address);
// The state becomes what the document says; see docs/formats/state.md for what is refused.
Status ImportIn(JournalTransaction& transaction, const StateDocument& document,
                const StateIdentity& own);

}  // namespace opsc
